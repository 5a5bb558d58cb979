/** What softmax and logSoftmax share. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import type { Attributes } from '../../ir/tensor.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { Composite, Sample } from '../def.js'
import { frontAxis } from './last-axis.js'
import { atMost } from '../operands.js'

export type SoftmaxAttributes = {
  /** May count from the end. */
  readonly axis: number
}

const softmaxAttributes: t.Type<SoftmaxAttributes, Attributes> = t.readonly(t.strict({ axis: t.number }))

const softmaxType =
  (where: string): Composite<SoftmaxAttributes>['type'] =>
  ({ axis }, [x]) =>
    x !== undefined && x.dtype === 'f32' && frontAxis(axis, x.shape.length) !== null
      ? E.right([{ shape: x.shape, dtype: 'f32' }])
      : E.left(
          shapeError({
            where,
            expected: 'an f32 tensor and one of its axes',
            found: `${x === undefined ? 'nothing' : printType(x)} and axis ${axis}`,
            hint: 'axes count from 0, or from -1 at the end',
          }),
        )

const samples: readonly Sample[] = [
  { attrs: { axis: -1 }, inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'any' }] },
  { attrs: { axis: 1 }, inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'any' }] },
  { attrs: { axis: 0 }, inputs: [{ shape: [1], dtype: 'f32', domain: 'any' }] },
]

/** The fields of the record that are the same for both. */
export const softmaxCommon = (
  where: string,
): Pick<
  Composite<SoftmaxAttributes>,
  'category' | 'attrs' | 'type' | 'cost' | 'samples' | 'tolerance' | 'laws'
> => ({
  category: 'composite',
  attrs: softmaxAttributes,
  type: atMost(where, 1, softmaxType(where)),
  cost: (_, __, [output]) => ({ flops: 12 * sizeOf(output?.shape ?? []) }),
  samples,
  tolerance: { relative: 1e-5 },
  laws: [],
})
