import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { binary, constant } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { DOMAIN, flatIndex, indexHalves, keySample, keysSample, randomPrimitive } from './family.js'
import type { Key } from './key.js'
import type { ShapeAttributes } from './shape-attributes.js'
import { SHAPE_EXPECTED, isRandomShape, shapeAttributes } from './shape-attributes.js'

export const randomBitsOp = randomPrimitive<ShapeAttributes>({
  name: 'randomBits',
  doc:
    'Integers uniform in [0, 2^24), one an element: the upper 24 bits of the first word of the Threefry-2x32 block of the ' +
    'element’s row-major position under the key (Salmon et al. 2011). The same bits on every target.',
  attrs: shapeAttributes,
  domain: DOMAIN.bits,
  operands: [],
  shape: ({ shape }) => shape,
  accepts: ({ shape }) => isRandomShape(shape),
  expected: SHAPE_EXPECTED,
  perBlock: 1,
  counter: (_, block) => block,
  counterScalars: (_, at, shape) => indexHalves(flatIndex(at, shape)),
  element: ([first]) => first >>> 8,
  elementScalar: ([{ high, low }]) =>
    binary('add', binary('ishl', high, constant(8)), binary('ishr', low, constant(8))),
  samples: [
    { attrs: { shape: [] }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'] }, inputs: [keySample] },
    { attrs: { shape: [0, 3] }, inputs: [keySample] },
    { attrs: { shape: ['$m'] }, inputs: [keysSample('n', 2)] },
  ],
})

/** Integers uniform in [0, 2^24): `pipe(key, randomBits([2, 3]))`. */
export const randomBits =
  <const S extends Shape>(shape: S) =>
  (key: Key): Tensor<S, 'i24'> =>
    typedResult(apply1(randomBitsOp, { shape }, [key]))
