import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { SHAPE_EXPECTED, isRandomShape, shapeAttributes } from './shape-attributes.js'

export const exponentialOp = drawComposite<ShapeAttributes>({
  name: 'exponential',
  doc:
    'Exponential numbers of mean 1 by inversion, −log(1 − u) of a uniform number; divide by a rate for others. The tail ' +
    'reaches 24·log 2 = 16.6, beyond which lies 2^−24 of the mass.',
  attrs: shapeAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape }) => isRandomShape(shape),
  expected: SHAPE_EXPECTED,
  hint: 'give sizes and names of axes',
  draw: (b, key, { shape }) => b.neg(b.log(b.sub(b.constant(1), b.uniform(key, shape)))),
  blocks: 1,
  flops: 12,
  samples: [
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [] }, inputs: [keysSample('k')] },
  ],
  relative: 1e-6,
})

/** Exponential numbers of mean 1: `pipe(key, exponential([2, 3]))`. No gradient flows. */
export const exponential =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(exponentialOp, { shape }, [key]))
