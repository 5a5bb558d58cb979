import type { Tensor } from '../../ir/tensor.js'
import { apply1 } from '../def.js'
import { binary, constant, indexConst } from '../scalar-expression.js'
import type { NoAttributes } from '../elementwise/family.js'
import { noAttributes } from '../elementwise/family.js'
import { typedResult } from '../typed-result.js'
import { DOMAIN, keySample, keysSample, randomPrimitive } from './family.js'
import type { Key } from './key.js'
import { blockHalves } from './key-halves.js'
import { halfAt } from './split.js'

export const foldInStepOp = randomPrimitive<NoAttributes>({
  name: 'foldInStep',
  doc: 'As foldIn, by an integer that is only known when the program runs, i24[]: the number of a training step.',
  attrs: noAttributes,
  domain: DOMAIN.foldStep,
  operands: [{ shape: [], dtype: 'i24' }],
  shape: () => [4],
  accepts: () => true,
  expected: 'no attributes',
  perBlock: 4,
  counter: (_, __, [step]) => step?.data[0] ?? 0,
  counterScalars: (_, __, ___, read) => {
    const step = read(1, [])
    return { high: binary('ishr', step, constant(16)), low: binary('iand', step, constant(0xffff)) }
  },
  element: (block, part) => blockHalves(block)[part] ?? 0,
  elementScalar: (block, at) => halfAt(block, at[0] ?? indexConst(0)),
  samples: [
    { attrs: {}, inputs: [keySample, { shape: [], dtype: 'i24', domain: { below: 16_777_216 } }] },
    { attrs: {}, inputs: [keysSample('n'), { shape: [], dtype: 'i24', domain: { below: 16_777_216 } }] },
    { attrs: {}, inputs: [keysSample('n', 2), { shape: ['n', 2], dtype: 'i24', domain: { below: 9 } }] },
  ],
})

/** The key of an integer that is only known when the program runs. */
export const foldInStep =
  (step: Tensor<readonly [], 'i24'>) =>
  (key: Key): Key =>
    typedResult(apply1(foldInStepOp, {}, [key, step]))
