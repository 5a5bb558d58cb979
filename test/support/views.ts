import fc from 'fast-check'
import type { Tensor } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { evaluate } from '../../src/run/reference.js'
import type { DType, Shape } from '../../src/shape/dim.js'

/** Tensors of unknown rank and their values: properties of views draw shapes when they run. */

/** The array as a constant; its type says nothing of its shape. */
export const tensorOf = ({ shape, data }: NdArray): Tensor<Shape, 'f32'> => fromArray<Shape>(data, shape)

/** What the interpreter makes of a tensor. */
export const valueOf = (tensor: Tensor<Shape, DType>): NdArray => {
  const [value] = evaluate([tensor])
  if (value === undefined) throw new RangeError('no value')
  return value
}

/** Shapes of rank 0 to 6, or between the ranks given, with empty axes and axes of size 1 among them. */
export const anyShape = (minRank = 0, maxRank = 6, minSize = 0): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: minSize, max: 3 }), { minLength: minRank, maxLength: maxRank })

/** A shape with some of its axes in any order. */
export const shapeWithAxes = (
  minRank = 0,
  count?: number,
): fc.Arbitrary<readonly [shape: readonly number[], axes: readonly number[]]> =>
  anyShape(minRank).chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        count === undefined ? {} : { minLength: count, maxLength: count },
      ),
    ),
  )

/** The axis as it is, or counted from the end. */
export const eitherEnd = (axis: number, rank: number): fc.Arbitrary<number> =>
  fc.constantFrom(axis, axis - rank)
