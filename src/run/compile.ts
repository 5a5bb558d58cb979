/**
 * Compile: a function of tensors becomes a function that runs on a device. Values go in and come out as
 * constant tensors, so what `compile` returns composes like the function it was given.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Traced, TracedLeaf, Sizes } from '../compile/trace.js'
import { trace } from '../compile/trace.js'
import type { TensorError } from '../error/error.js'
import { shapeError, valueError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { tensorPaths, withTensors } from '../ir/tensor-tree.js'
import { constantValues, fromArray } from '../op/leaf/constant.js'
import { printType, sameType } from '../shape/dim.js'
import type { Device, LoadedGraph, ProgramFacts } from './device.js'

export interface CompileSettings {
  /** Sizes of the axes that the specifications give by name. */
  readonly sizes?: Sizes
}

export interface Compiled<Args extends readonly unknown[], Out> {
  /** Runs on constant tensors (see `fromArray`) of the compiled types. */
  readonly run: (...args: Args) => TE.TaskEither<TensorError, Out>
  readonly facts: ProgramFacts
  readonly destroy: () => void
}

/** Checks one argument against the type it was compiled for and takes its values. */
const valuesFor = (expected: TracedLeaf, given: Tensor | undefined): E.Either<TensorError, Float32Array> => {
  if (given === undefined || !sameType(given, expected.type))
    return E.left(
      shapeError({
        where: `argument ${expected.name}`,
        expected: printType(expected.type),
        found: given === undefined ? 'nothing' : printType(given),
        hint: 'a compiled function takes the shapes it was compiled for; compile again for others',
      }),
    )
  const values = constantValues(given)
  return values === null
    ? E.left(
        valueError({
          where: `argument ${expected.name}`,
          expected: 'a tensor with values',
          found: 'an expression that has not been computed',
          hint: 'make values with fromArray, or compute the expression first with evaluate or compile',
        }),
      )
    : E.right(values instanceof Float32Array ? values : Float32Array.from(values))
}

/** Writes all arguments to the device, or says which does not fit; nothing is written then. */
export const writeArguments = (
  loaded: LoadedGraph,
  expected: readonly TracedLeaf[],
  args: unknown,
): E.Either<TensorError, void> => {
  const given = new Map(tensorPaths(args).map(({ path, leaf }) => [path, leaf]))
  const writes: { readonly name: string; readonly data: Float32Array }[] = []
  for (const leaf of expected) {
    const data = valuesFor(leaf, given.get(leaf.name))
    if (E.isLeft(data)) return data
    writes.push({ name: leaf.name, data: data.right })
  }
  return pipe(
    writes,
    E.traverseArray(({ name, data }) => loaded.write(name, data)),
    E.map(() => undefined),
  )
}

/** Copies the named results back as constant tensors, in order. */
export const readTensors = (
  loaded: LoadedGraph,
  leaves: readonly TracedLeaf[],
): TE.TaskEither<TensorError, readonly Tensor[]> =>
  pipe(
    leaves,
    TE.traverseSeqArray(({ name, type }) =>
      pipe(
        loaded.read(name),
        TE.map((data): Tensor => fromArray(data, type.shape, type.dtype)),
      ),
    ),
  )

const runOnce =
  <Args extends readonly unknown[], Out>(loaded: LoadedGraph, traced: Traced<Out>) =>
  (...args: Args): TE.TaskEither<TensorError, Out> =>
    pipe(
      TE.fromEither(writeArguments(loaded, traced.inputs, args)),
      TE.chain(() => loaded.run),
      TE.chain(() => readTensors(loaded, traced.outputs)),
      TE.map((tensors) => withTensors(traced.result, tensors)),
    )

/**
 * Traces `f` on the types of `specifications`, compiles it for the device and loads it. Tensors with values that f closes
 * over are constants, and what depends on them alone is computed once, now. Errors: a shape that does not fit inside f, an
 * axis without a size, a program too large for the device.
 */
export const compile =
  (device: Device, { sizes = {} }: CompileSettings = {}) =>
  <Args extends readonly unknown[], Out>(f: (...args: Args) => Out) =>
  (...specifications: Args): TE.TaskEither<TensorError, Compiled<Args, Out>> =>
    pipe(
      TE.fromEither(trace(f, sizes)(...specifications)),
      TE.chain((traced) =>
        pipe(
          device.load(traced.graph, { inputs: traced.inputs.map(({ name }) => name), carries: [] }),
          TE.map((loaded) => ({
            run: runOnce<Args, Out>(loaded, traced),
            facts: loaded.facts,
            destroy: loaded.destroy,
          })),
        ),
      ),
    )
