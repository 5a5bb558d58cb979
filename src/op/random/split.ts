import * as t from 'io-ts'
import { binary, constant, fromIndex, indexConst, select } from '../scalar-expression.js'
import type { Index, Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { DOMAIN, indexHalves, keySample, keysSample, randomPrimitive } from './family.js'
import type { Key } from './key.js'
import { blockHalves } from './key-halves.js'
import type { Halves } from './threefry.js'

export type SplitAttributes = {
  readonly count: number
}

const splitAttributes: t.Type<SplitAttributes, Attributes> = t.readonly(t.strict({ count: t.number }))

/** The half that stands at place `part` of a key. */
export const halfAt = ([first, second]: readonly [Halves, Halves], part: Index): Scalar => {
  const place = fromIndex(part)
  const before = (limit: number): Scalar => binary('lt', place, constant(limit))
  return select(
    before(2),
    select(before(1), first.high, first.low),
    select(before(3), second.high, second.low),
  )
}

export const splitOp = randomPrimitive<SplitAttributes>({
  name: 'split',
  doc: '`count` keys from one, i24[count, 4]: row i is the Threefry-2x32 block of i. A key that is split is used for nothing else.',
  attrs: splitAttributes,
  domain: DOMAIN.split,
  operands: [],
  shape: ({ count }) => [count, 4],
  accepts: ({ count }) => Number.isInteger(count) && count >= 0 && count < 2 ** 24,
  expected: 'a count from 0 to below 2^24',
  perBlock: 4,
  counter: (_, block) => block,
  counterScalars: (_, at) => indexHalves(at[0] ?? indexConst(0)),
  element: (block, part) => blockHalves(block)[part] ?? 0,
  elementScalar: (block, at) => halfAt(block, at[1] ?? indexConst(0)),
  samples: [
    { attrs: { count: 1 }, inputs: [keySample] },
    { attrs: { count: '$n' }, inputs: [keySample] },
    { attrs: { count: 3 }, inputs: [keysSample('k')] },
  ],
})

/** `count` keys from one, as rows; take them with `keyAt`. A key that is split should be used for nothing else. */
export const split =
  <const Count extends number>(count: Count) =>
  (key: Key): Tensor<readonly [Count, 4], 'i24'> =>
    typedResult(apply1(splitOp, { count }, [key]))
