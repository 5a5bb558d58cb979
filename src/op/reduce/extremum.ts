/** The largest and the smallest element: one rule, two directions. */
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { Primitive } from '../def.js'
import type { ReduceAttributes } from './family.js'
import { reduction } from './family.js'

/** 1 where x is the chosen element, else 0. */
const peaks = (b: Builder, x: Tensor, chosen: Tensor, kept: Shape): Tensor =>
  b.toFloat(b.equal(x, b.broadcast(b.reshape(chosen, kept), x.shape)))

/** The record of max or min. Equal extreme elements share the gradient equally. */
export const extremum = <const Name extends 'max' | 'min'>(
  name: Name,
  doc: string,
): Primitive<ReduceAttributes> & { readonly name: Name } =>
  reduction({
    name,
    doc,
    start: name === 'max' ? -Infinity : Infinity,
    step: name === 'max' ? Math.max : Math.min,
    combine: name,
    dtypes: ['f32', 'i24'],
    vjp: (b, { inputs: [x], output, kept, axes, cotangent }) => {
      if (x === undefined) return null
      const mask = peaks(b, x, output, kept)
      return b.mul(b.div(b.reshape(cotangent, kept), b.sum(mask, axes, true)), mask)
    },
    jvp: (b, { inputs: [x], output, kept, axes, keepDims, tangent }) => {
      if (x === undefined) return null
      const mask = peaks(b, x, output, kept)
      return b.div(b.sum(b.mul(tangent, mask), axes, keepDims), b.sum(mask, axes, keepDims))
    },
    laws: ['idempotent'],
    relative: 0,
    domain: 'apart',
    samples: [
      {
        attrs: { axes: [1], keepDims: false },
        inputs: [{ shape: ['n', 'm'], dtype: 'i24', domain: { below: 5 } }],
      },
    ],
  })
