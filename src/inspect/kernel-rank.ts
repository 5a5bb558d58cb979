/**
 * Ranks of kernels. Exact ranks count float64 numbers as the rational numbers that they are; numerical ranks count
 * singular values above a stated part of the largest, which is what can be asked of a trained kernel.
 *
 * The rank of a tensor of more than two axes is hard to compute; that of each of its unfoldings bounds it from below.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../error/error.js'
import { shapeError, valueError } from '../error/error.js'
import type { NdArray } from '../op/def.js'
import { stridesOf } from '../shape/dim.js'

/** Rows of equal length. */
export type Matrix = readonly (readonly number[])[]

const checkMatrix = (where: string, matrix: Matrix): E.Either<TensorError, Matrix> => {
  const columns = matrix[0]?.length ?? 0
  const uneven = matrix.findIndex((row) => row.length !== columns)
  if (uneven >= 0)
    return E.left(
      shapeError({
        where,
        expected: `rows of ${columns} numbers, as the first has`,
        found: `${matrix[uneven]?.length ?? 0} in row ${uneven}`,
        hint: 'unfold a tensor with `unfolding`',
      }),
    )
  const strange = matrix.flat().find((value) => !Number.isFinite(value))
  return strange === undefined
    ? E.right(matrix)
    : E.left(
        valueError({
          where,
          expected: 'finite numbers',
          found: `${strange}`,
          hint: 'a kernel that has overflowed has no rank',
        }),
      )
}

/** A number as whole · 2^exponent. */
const parts = (value: number): readonly [whole: bigint, exponent: number] => {
  let [exponent, rest] = [0, value]
  for (; !Number.isInteger(rest); rest *= 2) exponent -= 1
  return [BigInt(rest), exponent]
}

/** All numbers times one power of two, which makes them whole. */
const wholeNumbers = (matrix: Matrix): readonly (readonly bigint[])[] => {
  const all = matrix.map((row) => row.map(parts))
  const least = Math.min(0, ...all.flatMap((row) => row.map(([, exponent]) => exponent)))
  return all.map((row) => row.map(([whole, exponent]) => whole * 2n ** BigInt(exponent - least)))
}

/** Index of the first row from `from` that is not 0 in a column; −1 where there is none. */
const pivotRow = (rows: readonly (readonly bigint[])[], from: number, column: number): number =>
  rows.findIndex((row, i) => i >= from && row[column] !== 0n)

/** Fraction-free elimination (Bareiss 1968): every division leaves no remainder. */
const eliminated = (start: readonly (readonly bigint[])[]): number => {
  const rows = start.map((row) => [...row])
  const columns = rows[0]?.length ?? 0
  let [rank, divisor] = [0, 1n]
  for (let column = 0; column < columns && rank < rows.length; column++) {
    const pivot = pivotRow(rows, rank, column)
    if (pivot < 0) continue
    const [top = [], moved = []] = [rows[pivot], rows[rank]]
    rows[pivot] = moved
    rows[rank] = top
    const lead = top[column] ?? 0n
    for (const row of rows.slice(rank + 1)) {
      const factor = row[column] ?? 0n
      for (let j = column; j < columns; j++)
        row[j] = (lead * (row[j] ?? 0n) - factor * (top[j] ?? 0n)) / divisor
    }
    divisor = lead
    rank += 1
  }
  return rank
}

/** The rank of a matrix of finite numbers over the rationals: no rounding, no tolerance. */
export const exactRank = (matrix: Matrix): E.Either<TensorError, number> =>
  pipe(
    checkMatrix('exactRank', matrix),
    E.map((checked) => eliminated(wholeNumbers(checked))),
  )

type Column = readonly number[]

/** The rotation that brings two columns to a right angle, as cosine and sine; null where they stand at one. */
const rotationOf = (a: Column, b: Column): readonly [c: number, s: number] | null => {
  let [aa, bb, ab] = [0, 0, 0]
  a.forEach((x, i) => {
    const y = b[i] ?? 0
    aa += x * x
    bb += y * y
    ab += x * y
  })
  if (Math.abs(ab) <= Number.EPSILON * Math.sqrt(aa * bb)) return null
  const zeta = (bb - aa) / (2 * ab)
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
  const c = 1 / Math.hypot(1, t)
  return [c, c * t]
}

const MOST_SWEEPS = 60

/** The columns rotated in pairs until all are orthogonal. */
const orthogonal = (columns: readonly Column[]): readonly Column[] => {
  const own = [...columns]
  for (let [sweep, moved] = [0, true]; moved && sweep < MOST_SWEEPS; sweep++) {
    moved = false
    for (let i = 0; i < own.length; i++)
      for (let j = i + 1; j < own.length; j++) {
        const [a = [], b = []] = [own[i], own[j]]
        const rotation = rotationOf(a, b)
        if (rotation === null) continue
        const [c, s] = rotation
        own[i] = a.map((x, k) => c * x - s * (b[k] ?? 0))
        own[j] = b.map((y, k) => s * (a[k] ?? 0) + c * y)
        moved = true
      }
  }
  return own
}

const transposed = (matrix: Matrix): Matrix =>
  (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0))

/** Singular values, largest first, by one-sided Jacobi rotations in float64 (Hestenes 1958). */
export const singularValues = (matrix: Matrix): E.Either<TensorError, readonly number[]> =>
  pipe(
    checkMatrix('singularValues', matrix),
    E.map((checked) => {
      const largest = Math.max(0, ...checked.flat().map(Math.abs))
      if (largest === 0) return new Array<number>(Math.min(checked.length, checked[0]?.length ?? 0)).fill(0)
      const unit = checked.map((row) => row.map((value) => value / largest))
      // As few columns as possible: a matrix and its transpose have the same singular values.
      const columns = unit.length < (unit[0]?.length ?? 0) ? unit : transposed(unit)
      return orthogonal(columns)
        .map((column) => largest * Math.hypot(...column))
        .sort((a, b) => b - a)
    }),
  )

/** What float32 kernels are usually judged by: the longer side times its machine epsilon, 2^−23. */
export const float32Tolerance = (rows: number, columns: number): number => Math.max(rows, columns) * 2 ** -23

/** How many singular values are larger than `tolerance` times the largest. */
export const numericalRank = (matrix: Matrix, tolerance: number): E.Either<TensorError, number> =>
  pipe(
    singularValues(matrix),
    E.map((values) => values.filter((value) => value > tolerance * (values[0] ?? 0)).length),
  )

/** The matrix of an array whose rows are the places of one axis, the others' places side by side. */
export const unfolding = ({ shape, data }: NdArray, axis: number): Matrix => {
  const [size = 1, stride = 1] = [shape[axis], stridesOf(shape)[axis]]
  const others = size === 0 ? 0 : data.length / size
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: others }, (_unused, j) => {
      const outer = Math.floor(j / stride)
      return data[(outer * size + i) * stride + (j % stride)] ?? 0
    }),
  )
}

/** The largest rank over all unfoldings: no tensor has a smaller rank than this. */
const overUnfoldings = (
  array: NdArray,
  rank: (matrix: Matrix) => E.Either<TensorError, number>,
): E.Either<TensorError, number> =>
  pipe(
    array.shape.map((_, axis) => rank(unfolding(array, axis))),
    E.sequenceArray,
    E.map((ranks) => Math.max(0, ...ranks)),
  )

/** A lower bound of a tensor's rank, exact for a matrix. */
export const exactRankBound = (array: NdArray): E.Either<TensorError, number> =>
  overUnfoldings(array, exactRank)

/** The kernel [...grid] of each channel of [...grid, channels]. */
export const kernelChannels = ({ shape, data }: NdArray): readonly NdArray[] => {
  const channels = shape.at(-1) ?? 0
  return Array.from({ length: channels }, (_, c) => ({
    shape: shape.slice(0, -1),
    data: data.filter((_value, i) => i % channels === c),
  }))
}

/**
 * The numerical rank of each channel of a kernel [...grid, channels]: singular values above `tolerance` times the
 * largest, over the unfolding that has most. On more than two axes it bounds the tensor's rank from below.
 */
export const kernelRanks = (kernel: NdArray, tolerance: number): E.Either<TensorError, readonly number[]> =>
  pipe(
    kernelChannels(kernel),
    E.traverseArray((channel) => overUnfoldings(channel, (matrix) => numericalRank(matrix, tolerance))),
  )
