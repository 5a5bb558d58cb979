import * as t from 'io-ts'
import { orFail } from '../../error/error.js'
import { flatten, quotientOf, remainderOf } from '../../ir/index-map.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { Reshaped, ReshapeCheck } from '../../shape/reshape.js'
import { inferReshape, reshapeShape } from '../../shape/reshape.js'
import type { Coordinates } from '../def.js'
import { apply1 } from '../def.js'
import { indexConst } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput, view } from './family.js'

export type ReshapeAttributes = {
  readonly shape: Shape
}

/** Consecutive axes of two shapes that hold the same elements: the finest such split. */
interface Block {
  readonly from: readonly [start: number, end: number]
  readonly to: readonly [start: number, end: number]
}

const splitIntoBlocks = (from: readonly number[], to: readonly number[]): readonly Block[] => {
  const blocks: Block[] = []
  let [i, j] = [0, 0]
  while (i < from.length || j < to.length) {
    const [startFrom, startTo] = [i, j]
    let [a, b] = [from[i++] ?? 1, to[j++] ?? 1]
    while (a !== b) {
      if (a < b) a *= from[i++] ?? 1
      else b *= to[j++] ?? 1
    }
    blocks.push({ from: [startFrom, Math.min(i, from.length)], to: [startTo, Math.min(j, to.length)] })
  }
  return blocks
}

/** Where element `at` of the result lies in the operand. Each block is numbered by itself, so indices stay small. */
const sourceCoordinates = (from: readonly number[], to: readonly number[], at: Coordinates): Coordinates => {
  if (sizeOf(to) === 0) return from.map(() => indexConst(0))
  return splitIntoBlocks(from, to).flatMap((block) => {
    const sizes = from.slice(...block.from)
    const flat = flatten(at.slice(...block.to), stridesOf(to.slice(...block.to)))
    return stridesOf(sizes).map((stride, axis) => {
      const whole = quotientOf(flat, stride)
      return axis === 0 ? whole : remainderOf(whole, sizes[axis] ?? 1)
    })
  })
}

export const reshapeOp = view<ReshapeAttributes>({
  name: 'reshape',
  doc: 'The same elements in row-major order, in axes of other sizes. Named axes pass through whole and in order.',
  attrs: t.readonly(t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])) })),
  shape: ({ shape }, from) => reshapeShape('reshape', from, shape),
  values: (_, x) => x.data,
  body: (_, from, to, { at, read }) => read(0, sourceCoordinates(from, to, at)),
  pull: (b, _, x, cotangent) => b.reshape(cotangent, x.shape),
  push: (b, _, tangent, output) => b.reshape(tangent, output),
  mapped: ({ shape }, _, size) => ({ shape: [size, ...shape] }),
  samples: [
    { attrs: { shape: ['$n*m'] }, inputs: [floatInput('n', 'm')] },
    { attrs: { shape: ['$m', '$n*k'] }, inputs: [floatInput('n', 'm', 'k')] },
    { attrs: { shape: ['$n', 1, '$m'] }, inputs: [floatInput('n', 'm')] },
    { attrs: { shape: [4, 3] }, inputs: [floatInput(2, 6)] },
    { attrs: { shape: [] }, inputs: [floatInput(1)] },
    { attrs: { shape: [3, 0] }, inputs: [floatInput(0, 5)] },
  ],
})

/**
 * The same elements in row-major order, in the axes `to`; one of them may be -1 and is inferred. Named axes
 * pass through whole and in order.
 * @throws TraceFailure with a ShapeError where the numbers of elements differ.
 */
export const reshape =
  <const To extends Shape>(to: To) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & ReshapeCheck<From, To>,
  ): Tensor<Reshaped<From, To>, D> =>
    typedResult(apply1(reshapeOp, { shape: orFail(inferReshape('reshape', x.shape, to)) }, [x]))
