import { indexConst } from '../scalar-expression.js'
import type { NoAttributes } from '../elementwise/family.js'
import { noAttributes } from '../elementwise/family.js'
import { DOMAIN, keySample, keysSample, randomPrimitive } from './family.js'
import { blockHalves } from './key-halves.js'
import { halfAt } from './split.js'

export const foldInWordOp = randomPrimitive<NoAttributes>({
  name: 'foldInWord',
  doc: 'foldIn with its word as data, i24[2], the high half first: all branches of a model share one kernel.',
  attrs: noAttributes,
  domain: DOMAIN.fold,
  operands: [{ shape: [2], dtype: 'i24' }],
  shape: () => [4],
  accepts: () => true,
  expected: 'no attributes',
  perBlock: 4,
  counter: (_, __, [word]) => (word?.data[0] ?? 0) * 0x10000 + (word?.data[1] ?? 0),
  counterScalars: (_, __, ___, read) => ({ high: read(1, [indexConst(0)]), low: read(1, [indexConst(1)]) }),
  element: (block, part) => blockHalves(block)[part] ?? 0,
  elementScalar: (block, at) => halfAt(block, at[0] ?? indexConst(0)),
  samples: [
    { attrs: {}, inputs: [keySample, { shape: [2], dtype: 'i24', domain: { below: 0x10000 } }] },
    { attrs: {}, inputs: [keysSample('n'), { shape: ['n', 2], dtype: 'i24', domain: { below: 0x10000 } }] },
    { attrs: {}, inputs: [keySample, { shape: ['n', 2], dtype: 'i24', domain: { below: 0x10000 } }] },
  ],
})
