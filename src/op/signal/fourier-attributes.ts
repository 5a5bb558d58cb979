/** What the Fourier transforms share: attributes, axes, half spectra and their weights, the check of types. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { printType } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import type { Builder } from '../builder.js'

export type FourierAttributes = {
  /** Distinct axes, which may count from the end; over the last one listed the transform is real. */
  readonly axes: readonly number[]
  /** Number of points of the transform along each axis, in the order of `axes`. */
  readonly lengths: readonly number[]
}

export const fourierAttributes: t.Type<FourierAttributes, Attributes> = t.readonly(
  t.strict({ axes: t.readonlyArray(t.number), lengths: t.readonlyArray(t.number) }),
)

/** Bins kept of a real signal's spectrum: the others are their conjugates. */
export const halfLength = (length: number): number => Math.floor(length / 2) + 1

/** Sizes along the transformed axes of the half spectrum. */
export const spectrumLengths = (lengths: readonly number[]): readonly number[] =>
  lengths.map((length, i) => (i === lengths.length - 1 ? halfLength(length) : length))

/** The shape with the sizes along `axes` replaced. */
export const withSizes = (shape: Shape, axes: readonly number[], sizes: readonly Dim[]): Shape =>
  shape.map((dim, axis) => sizes[axesFromFront(axes, shape.length).indexOf(axis)] ?? dim)

/** Refuses axes and lengths that no transform of a tensor of this type has. */
export const checkFourier = (
  where: string,
  { axes, lengths }: FourierAttributes,
  x: TensorType | undefined,
): E.Either<TensorError, TensorType> => {
  const rank = x?.shape.length ?? 0
  const front = axesFromFront(axes, rank)
  const goodAxes =
    front.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank) &&
    new Set(front).size === front.length
  const goodLengths =
    lengths.length === axes.length && lengths.every((length) => Number.isInteger(length) && length >= 1)
  return x !== undefined && x.dtype === 'f32' && axes.length > 0 && goodAxes && goodLengths
    ? E.right(x)
    : E.left(
        shapeError({
          where,
          expected: `an f32 tensor, at least one of its axes, none twice, and a length of at least 1 for each`,
          found: `${x === undefined ? 'nothing' : printType(x)}, axes [${axes.join(', ')}] and lengths [${lengths.join(', ')}]`,
          hint: 'axes count from 0, or from -1 at the end; lengths are given in the order of the axes',
        }),
      )
}

/** How often a bin of the half spectrum occurs in the whole one: 1 at 0 and at length / 2, else 2. */
export const binWeight = (length: number, bin: number): number => (bin === 0 || 2 * bin === length ? 1 : 2)

/** A factor f(bin) for each bin of the half spectrum, shaped to broadcast over a spectrum of rank `rank`. */
export const binTable = (
  b: Builder,
  rank: number,
  axis: number,
  bins: number,
  f: (bin: number) => number,
): Tensor =>
  b.table(
    Float64Array.from({ length: bins }, (_, bin) => f(bin)),
    Array.from({ length: rank }, (_, at) => (at === axis ? bins : 1)),
  )
