import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite, rowOfDraw } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { SHAPE_EXPECTED, isRandomShape, shapeAttributes } from './shape-attributes.js'

export const normalOp = drawComposite<ShapeAttributes>({
  name: 'normal',
  doc:
    'Standard normal numbers by Box and Muller (1958): √(−2·log(1 − u))·cos(2πv) of two uniform numbers. Chosen over the ' +
    'inverse error function because it needs only log, √ and cos, whose float32 error is bounded on every target: the result ' +
    'is good to about 1e-6 absolutely, the tail included, and reaches 5.77 deviations. It costs two blocks a number.',
  attrs: shapeAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape }) => isRandomShape(shape),
  expected: SHAPE_EXPECTED,
  hint: 'give sizes and names of axes',
  draw: (b, key, { shape }) => {
    const pair = b.uniform(key, [2, ...shape])
    const [first, second] = [rowOfDraw(b, pair, key, 0), rowOfDraw(b, pair, key, 1)]
    const radius = b.sqrt(b.mul(b.log(b.sub(b.constant(1), first)), b.constant(-2)))
    return b.mul(radius, b.cos(b.mul(second, b.constant(2 * Math.PI))))
  },
  blocks: 2,
  flops: 25,
  samples: [
    { attrs: { shape: [] }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [3] }, inputs: [keysSample('k')] },
  ],
  relative: 1e-5,
})

/** Standard normal numbers: `pipe(key, normal([2, 3]))`. */
export const normal =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(normalOp, { shape }, [key]))
