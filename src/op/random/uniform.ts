import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Composite } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { BLOCK_FLOPS, keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import { randomBitsOp } from './random-bits.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { shapeAttributes } from './shape-attributes.js'

/** The type of random bits of a shape, as another dtype; behind the leading axes of the key if it has any. */
export const drawType =
  (dtype: 'f32' | 'bool'): Composite<ShapeAttributes>['type'] =>
  (attrs, inputs) =>
    E.map((types: readonly TensorType[]) => types.map(({ shape }) => ({ shape, dtype })))(
      randomBitsOp.type({ shape: attrs.shape }, inputs),
    )

export const uniformOp = defineComposite<ShapeAttributes>({
  name: 'uniform',
  category: 'random',
  doc: 'Uniform in [0, 1): 24 random bits times 2^−24, all of which float32 holds exactly.',
  attrs: shapeAttributes,
  type: drawType('f32'),
  expand: (b, { shape }, [key]) =>
    key === undefined ? [] : [b.mul(b.toFloat(b.randomBits(key, shape)), b.constant(2 ** -24))],
  evaluate: 'expand',
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { shape }, inputs: [key] }) => (key === undefined ? [] : [b.uniform(key, shape)]),
  cost: (_, __, [output]) => ({ flops: (BLOCK_FLOPS + 1) * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { shape: [] }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [3] }, inputs: [keysSample('k')] },
  ],
  tolerance: { relative: 1e-7 },
  laws: [],
})

/** Numbers uniform in [0, 1): `pipe(key, uniform([2, 3]))`. */
export const uniform =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(uniformOp, { shape }, [key]))
