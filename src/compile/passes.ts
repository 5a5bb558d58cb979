/**
 * The compiler's table of contents.
 *
 *   check     every op known, every type its rule's              Graph → Graph
 *   simplify  rules as data; equal nodes merge, dead ones go      Graph → Graph
 *   expand    composites the target does not keep whole           Graph → Graph
 *   legalise  what kernels do badly, otherwise                    Graph → Graph
 *   trim      loops lose what nobody reads                        Graph → Graph
 *   simplify  again, over what expansion brought
 *   anchor    every result is made by a kernel of its own         Graph → Graph
 *   hoist     what constants alone decide, apart, when loaded     Graph → 2 Graphs (src/run/hold-constants.ts)
 *   fuse      skeleton + scalar expression + index maps           Graph → Plan
 *   stack     alike small kernels at the end in a row, by copies  Plan → Plan, where launches are dear
 *   schedule  what frees memory runs early                        Plan → Plan
 *   beside    reductions of the same loops in one kernel          Plan → Plan, where launches are dear
 *   emit      buffers placed, kernels as source text              Plan → Program
 *             for simd: rows grouped, kernels and schedule as WebAssembly text (src/compile/simd/)
 *
 * A loop's body is a graph in an attribute (src/ir/nested.ts): passes over graphs are taken to it as well.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../error/error.js'
import { attempt, orFail } from '../error/error.js'
import { checkGraph } from '../ir/check.js'
import type { Graph } from '../ir/graph.js'
import { everywhere } from '../ir/nested.js'
import { ops } from '../op/index.js'
import { anchor, anchorCarries } from './anchor.js'
import { beside } from './beside.js'
import { CAPABILITIES } from './capabilities.js'
import type { Carry } from './emit.js'
import { emit } from './emit.js'
import { expand } from './expand.js'
import { fuse } from './fuse.js'
import { legaliseFor } from './legalise.js'
import { place } from './place.js'
import type { Plan } from './plan.js'
import type { GpujsTarget, Program } from './program.js'
import { schedule } from './schedule.js'
import { stack } from './stack.js'
import { simplify } from './simplify.js'
import { trimLoops } from './trim-loops.js'

export interface GraphPass {
  readonly name: string
  readonly run: (graph: Graph) => Graph
}

/** Graph → Graph, in order. */
export const graphPassesFor = (target: keyof typeof CAPABILITIES): readonly GraphPass[] => [
  { name: 'check', run: (graph) => orFail(checkGraph(ops)(graph)) },
  { name: 'simplify', run: everywhere(simplify) },
  { name: 'expand', run: everywhere(expand(CAPABILITIES[target])) },
  { name: 'legalise', run: everywhere(legaliseFor(CAPABILITIES[target])) },
  { name: 'trim', run: everywhere(trimLoops) },
  { name: 'simplify again', run: everywhere(simplify) },
  { name: 'anchor', run: (graph) => anchor(everywhere(anchorCarries)(graph)) },
]

/** The passes of the gpu.js targets, which differ in nothing but their limits. */
export const graphPasses = graphPassesFor('webasm')

export interface Planned {
  /** The graph as fusion saw it. */
  readonly graph: Graph
  readonly plan: Plan
}

export interface Compilation extends Planned {
  readonly program: Program
}

export interface CompileOptions {
  readonly target: GpujsTarget
  /** Inputs in the order the program lists them. */
  readonly inputs: readonly string[]
  readonly carries: readonly Carry[]
}

/** What fewer launches may cost in memory: what is computed together lives until all of it is there. */
const MOST_MORE_MEMORY = 1.3

/** The plan with the fewest launches that holds little more, which blocks computed again to save memory may not allow. */
const withFewLaunches = (fused: Plan, inputs: number): Plan => {
  const plain = schedule(fused)
  const stacked = schedule(stack(fused))
  const most = MOST_MORE_MEMORY * place(plain).peakBytes
  const isWithin = (plan: Plan): boolean => place(plan).peakBytes <= most
  return [beside(stacked, inputs), stacked, beside(plain, inputs)].find(isWithin) ?? plain
}

/** The graph as fusion takes it; leaves by TraceFailure where a pass refuses. */
export const prepareFor = (graph: Graph, target: keyof typeof CAPABILITIES): Graph =>
  graphPassesFor(target).reduce((current, pass) => pass.run(current), graph)

/** The plan of a prepared graph. */
export const planPrepared = (graph: Graph, target: keyof typeof CAPABILITIES): Planned => {
  const { stacks = false, ...capabilities } = CAPABILITIES[target]
  const fused = fuse(graph, { ...capabilities, copies: stacks })
  return { graph, plan: stacks ? withFewLaunches(fused, capabilities.inputs) : schedule(fused) }
}

/** The plan for a target; leaves by TraceFailure where a pass refuses. */
export const planFor = (graph: Graph, target: keyof typeof CAPABILITIES): Planned =>
  planPrepared(prepareFor(graph, target), target)

/** From a prepared graph to a program; or the error that stopped it. */
export const compilePrepared = (
  graph: Graph,
  { target, inputs, carries }: CompileOptions,
): E.Either<TensorError, Compilation> =>
  attempt(() => {
    const made = planPrepared(graph, target)
    return { ...made, program: emit(target, made.plan, inputs, carries) }
  })

/** From a traced graph, all of whose axes have sizes, to a program; or the error that stopped it. */
export const compileGraph = (graph: Graph, options: CompileOptions): E.Either<TensorError, Compilation> =>
  pipe(
    attempt(() => prepareFor(graph, options.target)),
    E.chain((prepared) => compilePrepared(prepared, options)),
  )
