import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { optionError } from '../../error/error.js'
import type { Attributes } from '../../ir/tensor.js'
import { apply1, defineComposite } from '../def.js'
import { fromArray } from '../leaf/constant.js'
import { typedResult } from '../typed-result.js'
import { BLOCK_FLOPS, keySample, keysSample } from './family.js'
import { foldInWordOp } from './fold-in-word.js'
import type { Key } from './key.js'

export type FoldInAttributes = {
  /** A 32-bit integer: the hash of a name, the number of a layer. */
  readonly word: number
}

const foldInAttributes: t.Type<FoldInAttributes, Attributes> = t.readonly(t.strict({ word: t.number }))

export const foldInOp = defineComposite<FoldInAttributes>({
  name: 'foldIn',
  category: 'random',
  doc: 'The key of one of 2^32 branches: the Threefry-2x32 block of `word`. Different words give independent keys.',
  attrs: foldInAttributes,
  type: ({ word }, inputs) =>
    Number.isInteger(word) && word >= 0 && word < 2 ** 32
      ? foldInWordOp.type({}, [...inputs, { shape: [2], dtype: 'i24' }])
      : E.left(
          optionError({
            where: 'foldIn',
            expected: 'a word from 0 to below 2^32',
            found: `${word}`,
            hint: 'hash names and paths to 32 bits',
          }),
        ),
  expand: (_, { word }, [key]) =>
    key === undefined
      ? []
      : [apply1(foldInWordOp, {}, [key, fromArray(Float64Array.of(word >>> 16, word & 0xffff), [2], 'i24')])],
  evaluate: 'expand',
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { word }, inputs: [key] }) => (key === undefined ? [] : [b.foldIn(key, word)]),
  cost: () => ({ flops: 4 * BLOCK_FLOPS }),
  samples: [
    { attrs: { word: 0 }, inputs: [keySample] },
    { attrs: { word: 0xfedcba98 }, inputs: [keySample] },
    { attrs: { word: 3 }, inputs: [keysSample('n')] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/** The key of branch `word`, an integer from 0 to below 2^32. */
export const foldIn =
  (word: number) =>
  (key: Key): Key =>
    typedResult(apply1(foldInOp, { word }, [key]))
