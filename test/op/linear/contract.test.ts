import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { einsum, matmul } from '../../../src/op/linear/contract.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { coordinatesOf, elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

/** Σ over all letters that the result lacks, straight from the definition. */
const contractNaively = (
  x: NdArray,
  y: NdArray,
  left: string,
  right: string,
  result: string,
  sizes: ReadonlyMap<string, number>,
): NdArray => {
  const summed = [...sizes.keys()].filter((letter) => !result.includes(letter))
  const places = coordinatesOf(summed.map((letter) => sizes.get(letter) ?? 0))
  return tabulate(
    [...result].map((letter) => sizes.get(letter) ?? 0),
    (at) =>
      places.reduce((sum, place) => {
        const where = (letter: string): number =>
          (result.includes(letter) ? at[result.indexOf(letter)] : place[summed.indexOf(letter)]) ?? -1
        return sum + elementAt(x, [...left].map(where)) * elementAt(y, [...right].map(where))
      }, 0),
  )
}

const letters = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'E'], { maxLength: 4 }).map((word) => word.join(''))
const contractions = fc.tuple(letters, letters).chain(([left, right]) => {
  const all = [...new Set(left + right)]
  return fc
    .tuple(
      fc.shuffledSubarray(all),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: all.length, maxLength: all.length }),
    )
    .chain(([result, drawn]) => {
      const sizes = new Map(all.map((letter, i) => [letter, drawn[i] ?? 1]))
      const shapeOf = (word: string): readonly number[] => [...word].map((letter) => sizes.get(letter) ?? 1)
      return fc.record({
        left: fc.constant(left),
        right: fc.constant(right),
        result: fc.constant(result.join('')),
        sizes: fc.constant(sizes),
        x: wholeNumbers(shapeOf(left)),
        y: wholeNumbers(shapeOf(right)),
      })
    })
})

test('any pattern sums what its definition says', () => {
  fc.assert(
    fc.property(contractions, ({ left, right, result, sizes, x, y }) => {
      const [found] = evaluate([
        pipe(
          fromArray<Shape>(x.data, x.shape),
          einsum(`${left},${right}->${result}`)(fromArray<Shape>(y.data, y.shape)),
        ),
      ])
      const expected = contractNaively(x, y, left, right, result, sizes)
      expect(found?.shape).toEqual(expected.shape)
      // Adding 0 makes -0, the sum of no more than negative zeros, 0.
      expect([...(found?.data ?? [])].map((value) => value + 0)).toEqual(
        [...expected.data].map((value) => value + 0),
      )
    }),
  )
})

/** Words in which letters may stand twice, and sizes for each letter. */
const repeated = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'C'), { maxLength: 4 }),
    fc.array(fc.constantFrom('a', 'b', 'C'), { maxLength: 3 }),
    fc.shuffledSubarray(['a', 'b', 'C']),
    fc.tuple(...['a', 'b', 'C'].map(() => fc.integer({ min: 0, max: 3 }))),
  )
  .chain(([left, right, shuffled, drawn]) => {
    const used = new Set<string>([...left, ...right])
    const sizes = new Map<string, number>(
      ['a', 'b', 'C'].map((letter, i) => [letter, drawn[i] ?? 1] as const),
    )
    const shapeOf = (word: readonly string[]) => word.map((letter) => sizes.get(letter) ?? 1)
    return fc.record({
      left: fc.constant(left.join('')),
      right: fc.constant(right.join('')),
      result: fc.constant(shuffled.filter((letter) => used.has(letter)).join('')),
      sizes: fc.constant(new Map([...sizes].filter(([letter]) => used.has(letter)))),
      x: wholeNumbers(shapeOf(left)),
      y: wholeNumbers(shapeOf(right)),
    })
  })

const plain = ({ shape, data }: NdArray) => ({ shape, data: [...data].map((value) => value + 0) })

const contracted = (pattern: string, x: NdArray, y: NdArray) => {
  const [found] = evaluate([
    pipe(fromArray<Shape>(x.data, x.shape), einsum(pattern)(fromArray<Shape>(y.data, y.shape))),
  ])
  return found === undefined ? null : plain(found)
}

test('a letter twice in an operand is its diagonal; without a result those that stand once are it', () => {
  fc.assert(
    fc.property(repeated, ({ left, right, result, sizes, x, y }) => {
      expect(contracted(`${left},${right}->${result}`, x, y)).toEqual(
        plain(contractNaively(x, y, left, right, result, sizes)),
      )
      const once = ['C', 'a', 'b'].filter((letter) => (left + right).split(letter).length === 2).join('')
      expect(contracted(`${left},${right}`, x, y)).toEqual(
        plain(contractNaively(x, y, left, right, once, sizes)),
      )
    }),
  )
})

test('dots stand for the axes without a letter, aligned at their ends', () => {
  const small = fc.integer({ min: 0, max: 3 })
  const cases = fc
    .tuple(fc.array(small, { maxLength: 3 }), fc.nat(3), small, small)
    .chain(([rest, dropped, inner, columns]) =>
      fc.record({
        rest: fc.constant('xyz'.slice(3 - rest.length)),
        fewer: fc.constant('xyz'.slice(3 - rest.slice(dropped).length)),
        x: wholeNumbers([...rest, 2, inner]),
        y: wholeNumbers([inner, ...rest.slice(dropped), columns]),
      }),
    )
  fc.assert(
    fc.property(cases, ({ rest, fewer, x, y }) => {
      expect(contracted('...ij,j...k->k...i', x, y)).toEqual(
        contracted(`${rest}ij,j${fewer}k->k${rest}i`, x, y),
      )
      expect(contracted('...ij,j...k', x, y)).toEqual(contracted(`${rest}ij,j${fewer}k->${rest}ik`, x, y))
    }),
  )
})

const sizes = fc.integer({ min: 0, max: 3 })

test('matmul multiplies the last two axes, by one matrix or by one for each', () => {
  const products = fc
    .tuple(fc.array(sizes, { maxLength: 2 }), sizes, sizes, sizes, fc.boolean())
    .chain(([lead, rows, inner, columns, shared]) =>
      fc.tuple(wholeNumbers([...lead, rows, inner]), wholeNumbers([...(shared ? [] : lead), inner, columns])),
    )
  fc.assert(
    fc.property(products, ([x, w]) => {
      const [found] = evaluate([
        pipe(fromArray<Shape>(x.data, x.shape), matmul(fromArray<Shape>(w.data, w.shape))),
      ])
      const inner = x.shape.at(-1) ?? 0
      const expected = tabulate([...x.shape.slice(0, -1), w.shape.at(-1) ?? 0], (at) => {
        const lead = w.shape.length === 2 ? [] : at.slice(0, -2)
        return Array.from(
          { length: inner },
          (_, k) => elementAt(x, [...at.slice(0, -1), k]) * elementAt(w, [...lead, k, at.at(-1) ?? -1]),
        ).reduce((sum, term) => sum + term, 0)
      })
      expect(found?.shape).toEqual(expected.shape)
      expect([...(found?.data ?? [])].map((value) => value + 0)).toEqual(
        [...expected.data].map((value) => value + 0),
      )
    }),
  )
})

test('a row times a matrix is a row', () => {
  const [found] = evaluate([
    pipe(fromArray(Float64Array.of(1, 2), [2]), matmul(fromArray(Float64Array.of(3, 4, 5, 6), [2, 2]))),
  ])
  expect([...(found?.data ?? [])]).toEqual([13, 16])
})

test('named axes are letters like any other', () => {
  const x = inputTensor('x', ['batch', 'time', 16], 'f32')
  const w = inputTensor('w', [16, 4], 'f32')
  expect(pipe(x, matmul(w)).shape).toEqual(['batch', 'time', 4])
  expect(pipe(x, einsum('bti,bsi->bts')(inputTensor('y', ['batch', 'space', 16], 'f32'))).shape).toEqual([
    'batch',
    'time',
    'space',
  ])
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test.each([
  [
    'inner axes',
    () => pipe(open(2, 16), matmul(open(17, 3))),
    'ShapeError in matmul: expected inner axes that agree, not 16 and 17, found [2, 16] × [17, 3].',
  ],
  [
    'leading axes',
    () => pipe(open(2, 3, 4), matmul(open(5, 4, 3))),
    'expected leading axes that agree, not 2 and 5, found [2, 3, 4] × [5, 4, 3].',
  ],
  [
    'ranks',
    () => pipe(open(4), matmul(open(5, 4, 3))),
    'expected [...B, I] × [I, O] or [...B, I, K] × [...B, K, O], found [4] × [5, 4, 3].',
  ],
  [
    'letters of two sizes',
    () => pipe(open(2, 3), einsum('ij,jk->ik')(open(4, 5))),
    'ShapeError in einsum: expected one size for letter j, found 3 and 4 in [2, 3] and [4, 5].',
  ],
  [
    'letters and rank',
    () => pipe(open(2), einsum('ij,jk->ik')(open(4, 5))),
    'expected operands with axes ij and jk, found [2] and [4, 5].',
  ],
  [
    'what is no pattern',
    () => pipe(open(2), einsum<string>('i j')(open(2))),
    "expected a pattern such as 'bij,bjk->bik', found 'i j'.",
  ],
  [
    'letters twice in the result',
    () => pipe(open(2, 2), einsum<string>('ij,i->ii')(open(2))),
    "found 'ij,i->ii'.",
  ],
  [
    'diagonals of what is not square',
    () => pipe(open(2, 3), einsum('ii,i->i')(open(2))),
    "expected one size for a letter that stands twice in an operand, found 'ii,i->i' for [2, 3] and [2].",
  ],
  [
    'dots for fewer than no axis',
    () => pipe(open(2), einsum('...ij,jk->...ik')(open(4, 5))),
    "expected an axis for every letter, found '...ij,jk->...ik' for [2] and [4, 5].",
  ],
  [
    'dots that the result lacks',
    () => pipe(open(2, 4), einsum<string>('...i,i->i')(open(4))),
    "expected '...' in the result",
  ],
  [
    'dots of the result alone',
    () => pipe(open(4), einsum<string>('i,i->...i')(open(4))),
    "expected '...' in an operand",
  ],
  [
    'axes of the dots that differ',
    () => pipe(open(2, 4), einsum('...i,...i->...')(open(3, 4))),
    'found 2 and 3 in [2, 4] and [3, 4].',
  ],
  ['letters of the result alone', () => pipe(open(2), einsum<string>('i,i->k')(open(2))), "found 'i,i->k'."],
])('%s are refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
