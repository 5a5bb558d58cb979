import fc from 'fast-check'
import type { NdArray } from '../../src/op/def.js'
import { sizeOf, stridesOf } from '../../src/shape/dim.js'

/** Small arrays told apart element by element: the naive oracles of ops that move or contract elements. */

/** Every coordinate of a shape, in row-major order. */
export const coordinatesOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )

/** The element at coordinates, which lie in the array. */
export const elementAt = ({ shape, data }: NdArray, at: readonly number[]): number => {
  if (at.length !== shape.length || at.some((i, axis) => i < 0 || i >= (shape[axis] ?? 0)))
    throw new RangeError(`[${at.join(', ')}] does not lie in [${shape.join(', ')}]`)
  return (
    data[stridesOf(shape).reduce((flat, stride, axis) => flat + stride * (at[axis] ?? 0), 0)] ?? Number.NaN
  )
}

/** The array whose element at each coordinate `f` states. */
export const tabulate = (shape: readonly number[], f: (at: readonly number[]) => number): NdArray => ({
  shape,
  data: Float64Array.from(coordinatesOf(shape), f),
})

/** Elements 1, 2, 3, …: a wrong position shows. */
export const counting = (shape: readonly number[]): NdArray => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
})

/** Small whole numbers, whose sums of products are exact in float64. */
export const wholeNumbers = (shape: readonly number[]): fc.Arbitrary<NdArray> =>
  fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values) => ({ shape, data: Float64Array.from(values) }))

/** Shapes of any rank to 4, with empty axes among them. */
export const shapes = (minRank = 0): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: 0, max: 4 }), { minLength: minRank, maxLength: 4 })
