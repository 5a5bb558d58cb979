import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { CropOrPadCheck } from '../../shape/crop-or-pad.js'
import { cropOrPadShape } from '../../shape/crop-or-pad.js'
import type { DType, Shape } from '../../shape/dim.js'
import { printShape } from '../../shape/dim.js'
import type { Width } from '../../shape/pad.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { oneOperand } from '../operands.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from './family.js'

export type CropOrPadAttributes = {
  /** Sizes wanted; an axis may be a name, before or after. */
  readonly shape: Shape
}

/** The pad it is once names are bound; one whose name stays is left as it is. */
const expand = (b: Builder, { shape }: CropOrPadAttributes, x: Tensor): Tensor => {
  const widths = shape.map((dim, axis): Width => {
    const own = x.shape[axis]
    if (dim === own) return [0, 0]
    return typeof dim === 'number' && typeof own === 'number'
      ? [0, dim - own]
      : fail(
          shapeError({
            where: 'cropOrPad',
            expected: 'a size for every axis that changes',
            found: `${printShape(x.shape)} to ${printShape(shape)}`,
            hint: 'bind the named axes before the op is expanded into others',
          }),
        )
  })
  return widths.every(([, after]) => after === 0) ? x : b.pad(x, widths)
}

export const cropOrPadOp = defineComposite<CropOrPadAttributes>({
  name: 'cropOrPad',
  category: 'view',
  doc:
    'The operand with zeros after each axis that is shorter than `shape` wants, and without the last elements of each ' +
    'that is longer. Unlike pad and slice, which it becomes, it can be stated of named axes. Its adjoint is the same to ' +
    'the shape of the operand.',
  attrs: t.readonly(t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])) })),
  type: ({ shape }, inputs) =>
    pipe(
      oneOperand('cropOrPad', 'any', inputs),
      E.chain((x) =>
        pipe(
          cropOrPadShape('cropOrPad', x.shape, shape),
          E.map((to) => [{ shape: to, dtype: x.dtype }]),
        ),
      ),
    ),
  expand: (b, attrs, [x]) => (x === undefined ? [] : [expand(b, attrs, x)]),
  evaluate: 'expand',
  vjp: (b, { inputs: [x], cotangents: [cotangent] }) =>
    x === undefined || cotangent === undefined ? [] : [b.cropOrPad(cotangent, x.shape)],
  jvp: (b, { attrs: { shape }, tangents: [tangent] }) =>
    tangent === undefined || tangent === null ? [null] : [b.cropOrPad(tangent, shape)],
  batch: (b, { attrs: { shape }, inputs: [x], size }) =>
    x === undefined ? [] : [b.cropOrPad(x, [size, ...shape])],
  cost: () => ({ flops: 0 }),
  samples: [
    { attrs: { shape: ['$m'] }, inputs: [floatInput('n')] },
    { attrs: { shape: [5, '$n', 2] }, inputs: [floatInput(3, 'n', 6)] },
    { attrs: { shape: ['$n', 0] }, inputs: [floatInput('m', 2)] },
    { attrs: { shape: [2, 3] }, inputs: [floatInput(0, 3)] },
    { attrs: { shape: [3] }, inputs: [{ shape: [5], dtype: 'i24', domain: { below: 9 } }] },
  ],
  tolerance: { relative: 0 },
  laws: ['linear'],
})

/**
 * x with zeros after each axis that is shorter than in `to`, and cropped at the end of each that is longer.
 * @throws TraceFailure with a ShapeError where the ranks differ.
 */
export const cropOrPad =
  <const To extends Shape>(to: To) =>
  <From extends Shape, D extends DType>(x: Tensor<From, D> & CropOrPadCheck<From, To>): Tensor<To, D> =>
    typedResult(apply1(cropOrPadOp, { shape: to }, [x]))
