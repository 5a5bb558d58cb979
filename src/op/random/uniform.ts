import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { SHAPE_EXPECTED, isRandomShape, shapeAttributes } from './shape-attributes.js'

export const uniformOp = drawComposite<ShapeAttributes>({
  name: 'uniform',
  doc: 'Uniform in [0, 1): 24 random bits times 2^−24, all of which float32 holds exactly.',
  attrs: shapeAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape }) => isRandomShape(shape),
  expected: SHAPE_EXPECTED,
  hint: 'give sizes and names of axes',
  draw: (b, key, { shape }) => b.mul(b.toFloat(b.randomBits(key, shape)), b.constant(2 ** -24)),
  blocks: 1,
  flops: 1,
  samples: [
    { attrs: { shape: [] }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [3] }, inputs: [keysSample('k')] },
  ],
  relative: 1e-7,
})

/** Numbers uniform in [0, 1): `pipe(key, uniform([2, 3]))`. */
export const uniform =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(uniformOp, { shape }, [key]))
