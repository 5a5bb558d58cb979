/** Compile for the simd target: the passes of every target, long reductions split, rows grouped, kernels as text. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import type { TensorError } from '../../error/error.js'
import { attempt } from '../../error/error.js'
import type { Graph } from '../../ir/graph.js'
import type { CompileOptions, Planned } from '../passes.js'
import { planPrepared, prepareFor } from '../passes.js'
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

/** From a prepared graph to a program; or the error that stopped it. */
export const compilePreparedForSimd = (
  graph: Graph,
  { inputs, carries, features }: SimdCompileOptions,
): E.Either<TensorError, SimdCompilation> =>
  attempt(() => {
    const made = planPrepared(graph, 'simd')
    const plan = split(made.plan, features)
    return { ...made, plan, program: emitSimd(plan, inputs, carries, features) }
  })

/** From a traced graph, all of whose axes have sizes, to a program; or the error that stopped it. */
export const compileForSimd = (
  graph: Graph,
  options: SimdCompileOptions,
): E.Either<TensorError, SimdCompilation> =>
  pipe(
    attempt(() => prepareFor(graph, 'simd')),
    E.chain((prepared) => compilePreparedForSimd(prepared, options)),
  )
