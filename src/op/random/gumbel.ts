import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { SHAPE_EXPECTED, isRandomShape, shapeAttributes } from './shape-attributes.js'

/** Half of the smallest uniform number above 0: where 0 is drawn, so that logarithms are finite. */
export const SMALLEST_UNIFORM = 2 ** -25

export const gumbelOp = drawComposite<ShapeAttributes>({
  name: 'gumbel',
  doc:
    'Standard Gumbel numbers by inversion, −log(−log u) of a uniform number, of which 0 is taken as 2^−25: always finite, ' +
    'from −2.86 to 16.64, beyond which lies 2^−24 of the mass on either side.',
  attrs: shapeAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape }) => isRandomShape(shape),
  expected: SHAPE_EXPECTED,
  hint: 'give sizes and names of axes',
  draw: (b, key, { shape }) =>
    b.neg(b.log(b.neg(b.log(b.maximum(b.uniform(key, shape), b.constant(SMALLEST_UNIFORM)))))),
  blocks: 1,
  flops: 25,
  samples: [
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [3] }, inputs: [keysSample('k')] },
  ],
  relative: 1e-6,
})

/** Standard Gumbel numbers: `pipe(key, gumbel([2, 3]))`. No gradient flows. */
export const gumbel =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(gumbelOp, { shape }, [key]))
