import * as t from 'io-ts'
import { indexConst } from '../scalar-expression.js'
import type { Attributes } from '../../ir/tensor.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { DOMAIN, keySample, randomPrimitive, wordHalves } from './family.js'
import type { Key } from './key.js'
import { blockHalves } from './key-halves.js'
import { halfAt } from './split.js'

export type FoldInAttributes = {
  /** A 32-bit integer: the hash of a name, the number of a layer. */
  readonly word: number
}

const foldInAttributes: t.Type<FoldInAttributes, Attributes> = t.readonly(t.strict({ word: t.number }))

export const foldInOp = randomPrimitive<FoldInAttributes>({
  name: 'foldIn',
  doc: 'The key of one of 2^32 branches: the Threefry-2x32 block of `word`. Different words give independent keys.',
  attrs: foldInAttributes,
  domain: DOMAIN.fold,
  operands: [],
  shape: () => [4],
  accepts: ({ word }) => Number.isInteger(word) && word >= 0 && word < 2 ** 32,
  expected: 'a word from 0 to below 2^32',
  perBlock: 4,
  counter: ({ word }) => word,
  counterScalars: ({ word }) => wordHalves(word),
  element: (block, part) => blockHalves(block)[part] ?? 0,
  elementScalar: (block, at) => halfAt(block, at[0] ?? indexConst(0)),
  samples: [
    { attrs: { word: 0 }, inputs: [keySample] },
    { attrs: { word: 0xfedcba98 }, inputs: [keySample] },
  ],
})

/** The key of branch `word`, an integer from 0 to below 2^32. */
export const foldIn =
  (word: number) =>
  (key: Key): Key =>
    typedResult(apply1(foldInOp, { word }, [key]))
