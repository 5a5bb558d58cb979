import * as t from 'io-ts'
import type { Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { binary, constant } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { DOMAIN, flatIndex, indexHalves, keySample, keysSample, randomPrimitive } from './family.js'
import type { Key } from './key.js'
import { SHAPE_EXPECTED, isRandomShape } from './shape-attributes.js'

export type RandomIntegerAttributes = {
  readonly shape: readonly (number | string)[]
  readonly low: number
  /** Above all that is drawn. */
  readonly high: number
}

const randomIntegerAttributes: t.Type<RandomIntegerAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), low: t.number, high: t.number }),
)

const isRange = (low: number, high: number): boolean =>
  Number.isInteger(low) && Number.isInteger(high) && low >= 0 && low < high && high <= 2 ** 24

const LOW_BITS = constant(0xfff)
const upper = (x: Scalar): Scalar => binary('ishr', x, constant(12))
const lower = (x: Scalar): Scalar => binary('iand', x, LOW_BITS)
const plus = (...xs: readonly Scalar[]): Scalar => xs.reduce((sum, x) => binary('add', sum, x))

/**
 * ⌊bits·span / 2^24⌋ for 24 bits and a span up to 2^24, by products of 12 bits: no value reaches 2^24 where a float32
 * would round, save a span of 2^24 itself, which leaves the bits as they are.
 */
const scaledBits = (bits: Scalar, span: number): Scalar => {
  if (span === 2 ** 24) return bits
  const [high, low] = [upper(bits), lower(bits)]
  const times = (x: Scalar, by: number): Scalar => binary('mul', x, constant(by))
  const [spanHigh, spanLow] = [Math.floor(span / 0x1000), span % 0x1000]
  const [a, c] = [times(high, spanLow), times(low, spanHigh)]
  const carry = upper(plus(lower(a), lower(c), upper(times(low, spanLow))))
  return plus(times(high, spanHigh), upper(a), upper(c), carry)
}

export const randomIntegerOp = randomPrimitive<RandomIntegerAttributes>({
  name: 'randomInteger',
  doc:
    'Integers from `low` to below `high`, within 0 to 2^24: low + ⌊bits·(high − low) / 2^24⌋ of 24 random bits. The ' +
    'probability of each is within 2^−24 of 1 / (high − low), and equal to it where that is a power of two. ' +
    'The same integers on every target.',
  attrs: randomIntegerAttributes,
  domain: DOMAIN.integer,
  operands: [],
  shape: ({ shape }) => shape,
  accepts: ({ shape, low, high }) => isRandomShape(shape) && isRange(low, high),
  expected: `${SHAPE_EXPECTED}, and integers 0 ≤ low < high ≤ 2^24`,
  perBlock: 1,
  counter: (_, block) => block,
  counterScalars: (_, at, shape) => indexHalves(flatIndex(at, shape)),
  element: ([first], _, { low, high }) => low + Math.floor(((first >>> 8) * (high - low)) / 2 ** 24),
  elementScalar: ([{ high: top, low: bottom }], _, { low, high }) =>
    plus(
      scaledBits(plus(binary('ishl', top, constant(8)), binary('ishr', bottom, constant(8))), high - low),
      constant(low),
    ),
  samples: [
    { attrs: { shape: ['$n', '$m'], low: 3, high: 13 }, inputs: [keySample] },
    { attrs: { shape: [5], low: 0, high: 16_777_216 }, inputs: [keySample] },
    { attrs: { shape: ['$n'], low: 7, high: 16_777_215 }, inputs: [keysSample('k')] },
  ],
})

/**
 * Integers from `low` to below `high`: `pipe(key, randomInteger([2, 3], 0, 10))`. No gradient flows.
 * @throws TraceFailure with a ShapeError where not 0 ≤ low < high ≤ 2^24.
 */
export const randomInteger =
  <const S extends Shape>(shape: S, low: number, high: number) =>
  (key: Key): Tensor<S, 'i24'> =>
    typedResult(apply1(randomIntegerOp, { shape, low, high }, [key]))
