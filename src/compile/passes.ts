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
 *   fuse      skeleton + scalar expression + index maps           Graph → Plan
 *   schedule  what frees memory runs early                        Plan → Plan
 *   emit      buffers placed, kernels as source text              Plan → Program
 *
 * A loop's body is a graph in an attribute (src/ir/nested.ts): passes over graphs are taken to it as well.
 */
import type * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { attempt, orFail } from '../error/error.js'
import { checkGraph } from '../ir/check.js'
import type { Graph } from '../ir/graph.js'
import { everywhere } from '../ir/nested.js'
import { ops } from '../op/index.js'
import { anchor, anchorCarries } from './anchor.js'
import { CAPABILITIES } from './capabilities.js'
import type { Carry } from './emit.js'
import { emit } from './emit.js'
import { expand } from './expand.js'
import { fuse } from './fuse.js'
import { legalise } from './legalise.js'
import type { Plan } from './plan.js'
import type { GpujsTarget, Program } from './program.js'
import { schedule } from './schedule.js'
import { simplify } from './simplify.js'
import { trimLoops } from './trim-loops.js'

/** Graph → Graph, in order. */
export const graphPasses: readonly { readonly name: string; readonly run: (graph: Graph) => Graph }[] = [
  { name: 'check', run: (graph) => orFail(checkGraph(ops)(graph)) },
  { name: 'simplify', run: everywhere(simplify) },
  { name: 'expand', run: everywhere(expand) },
  { name: 'legalise', run: everywhere(legalise) },
  { name: 'trim', run: everywhere(trimLoops) },
  { name: 'simplify again', run: everywhere(simplify) },
  { name: 'anchor', run: (graph) => anchor(everywhere(anchorCarries)(graph)) },
]

export interface Compilation {
  /** The graph as fusion saw it. */
  readonly graph: Graph
  readonly plan: Plan
  readonly program: Program
}

export interface CompileOptions {
  readonly target: GpujsTarget
  /** Inputs in the order the program lists them. */
  readonly inputs: readonly string[]
  readonly carries: readonly Carry[]
}

/** From a traced graph, all of whose axes have sizes, to a program; or the error that stopped it. */
export const compileGraph = (
  graph: Graph,
  { target, inputs, carries }: CompileOptions,
): E.Either<TensorError, Compilation> =>
  attempt(() => {
    const ready = graphPasses.reduce((current, pass) => pass.run(current), graph)
    const plan = schedule(fuse(ready, { inputs: CAPABILITIES[target].inputs }))
    return { graph: ready, plan, program: emit(target, plan, inputs, carries) }
  })
