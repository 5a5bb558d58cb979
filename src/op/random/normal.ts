import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { BLOCK_FLOPS, keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { shapeAttributes } from './shape-attributes.js'
import { drawType } from './uniform.js'

export const normalOp = defineComposite<ShapeAttributes>({
  name: 'normal',
  category: 'random',
  doc:
    'Standard normal numbers by Box and Muller (1958): √(−2·log(1 − u))·cos(2πv) of two uniform numbers. Chosen over the ' +
    'inverse error function because it needs only log, √ and cos, whose float32 error is bounded on every target: the result ' +
    'is good to about 1e-6 absolutely, the tail included, and reaches 5.77 deviations. It costs two blocks a number.',
  attrs: shapeAttributes,
  type: drawType('f32'),
  expand: (b, { shape }, [key]) => {
    if (key === undefined) return []
    const lead = key.shape.slice(0, -1)
    const pair = b.uniform(key, [2, ...shape])
    const part = (which: 0 | 1): Tensor =>
      b.reshape(
        b.slice(pair, [...lead.map(() => 0), which, ...shape.map(() => 0)], [...lead, which + 1, ...shape]),
        [...lead, ...shape],
      )
    const radius = b.sqrt(b.mul(b.log(b.sub(b.constant(1), part(0))), b.constant(-2)))
    return [b.mul(radius, b.cos(b.mul(part(1), b.constant(2 * Math.PI))))]
  },
  evaluate: 'expand',
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { shape }, inputs: [key] }) => (key === undefined ? [] : [b.normal(key, shape)]),
  cost: (_, __, [output]) => ({ flops: (2 * BLOCK_FLOPS + 25) * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { shape: [] }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [3] }, inputs: [keysSample('k')] },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/** Standard normal numbers: `pipe(key, normal([2, 3]))`. */
export const normal =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(normalOp, { shape }, [key]))
