/** Compile for the simd target: the passes of every target, long reductions split, rows grouped, kernels as text. */
import type * as E from 'fp-ts/lib/Either.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import type { TensorError } from '../../error/error.js'
import { attempt } from '../../error/error.js'
import type { Graph } from '../../ir/graph.js'
import type { CompileOptions, Planned } from '../passes.js'
import { planFor } from '../passes.js'
import { emitSimd } from './emit.js'
import type { SimdProgram } from './program.js'
import { split } from './split.js'

export interface SimdCompilation extends Planned {
  readonly program: SimdProgram
}

export interface SimdCompileOptions extends Omit<CompileOptions, 'target'> {
  /** What the engine that will run it offers. */
  readonly features: Features
}

/** From a traced graph, all of whose axes have sizes, to a program; or the error that stopped it. */
export const compileForSimd = (
  graph: Graph,
  { inputs, carries, features }: SimdCompileOptions,
): E.Either<TensorError, SimdCompilation> =>
  attempt(() => {
    const made = planFor(graph, 'simd')
    const plan = split(made.plan, features)
    return { ...made, plan, program: emitSimd(plan, inputs, carries, features) }
  })
