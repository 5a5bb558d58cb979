import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { fail, orFail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { Contraction } from '../../shape/einsum.js'
import { einsumShape, letterSizes, parseEinsum } from '../../shape/einsum.js'
import type { NotatedOperand } from '../../shape/einsum-notation.js'
import { plainEinsum } from '../../shape/einsum-notation.js'
import type { EinsumCheck, EinsumShape } from '../../shape/einsum-types.js'
import type { MatmulCheck, MatmulShape } from '../../shape/matmul.js'
import { matmulPattern } from '../../shape/matmul.js'
import type { Builder } from '../builder.js'
import { apply1, definePrimitive } from '../def.js'
import { twoOperands } from '../operands.js'
import { binary, indexConst } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { diagonalOp } from '../view/diagonal.js'
import { floatInput } from '../view/family.js'
import { contractValues } from './contract-values.js'

export type ContractAttributes = {
  /** Such as `bij,bjk->bik`. */
  readonly pattern: string
}

const taken = (pattern: string): Contraction => orFail(parseEinsum('einsum', pattern))

/** The size of every letter, from shapes that have sizes. */
const sizesOf = (contraction: Contraction, x: Shape, y: Shape): ReadonlyMap<string, number> =>
  new Map(
    [...orFail(letterSizes('einsum', contraction, x, y))].map(([letter, size]) => [letter, Number(size)]),
  )

/**
 * The cotangent of an operand with axes `own`: the cotangent of the result contracted with the `other`
 * operand. Along a letter that was summed in this operand alone the result does not depend on the place.
 */
const pullOperand = (
  b: Builder,
  own: { readonly letters: readonly string[]; readonly shape: Shape },
  other: { readonly letters: readonly string[]; readonly x: Tensor },
  result: { readonly letters: readonly string[]; readonly cotangent: Tensor },
): Tensor => {
  const reached = own.letters.filter(
    (letter) => other.letters.includes(letter) || result.letters.includes(letter),
  )
  const pattern = `${result.letters.join('')},${other.letters.join('')}->${reached.join('')}`
  const pulled = b.einsum(pattern, result.cotangent, other.x)
  if (reached.length === own.letters.length) return pulled
  const kept = own.shape.map((size, axis) => (reached.includes(own.letters[axis] ?? '') ? size : 1))
  return b.broadcast(b.reshape(pulled, kept), own.shape)
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

/** A letter for one more axis. */
const freeLetter = (pattern: string): string =>
  LETTERS.find((letter) => !pattern.includes(letter)) ??
  fail(
    shapeError({
      where: 'einsum',
      expected: `at most ${LETTERS.length} letters, one of them for the axis that is mapped over`,
      found: `'${pattern}'`,
      hint: 'reshape axes that stay together into one',
    }),
  )

export const contractOp = definePrimitive<ContractAttributes>({
  name: 'contract',
  category: 'linear',
  doc:
    'Einstein summation of two operands, such as bij,bjk->bik: the product over all letters, summed over those the result lacks. ' +
    'No letter stands twice in one operand, equal letters have equal sizes, nothing is broadcast.',
  attrs: t.readonly(t.strict({ pattern: t.string })),
  type: ({ pattern }, inputs) =>
    pipe(
      twoOperands('einsum', ['f32', 'f32'], inputs),
      E.chain(([x, y]) => einsumShape('einsum', pattern, x.shape, y.shape)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: ({ pattern }, [x, y], [output = []]) => {
    if (x === undefined || y === undefined) return []
    const contraction = taken(pattern)
    return [contractValues(contraction, sizesOf(contraction, x.shape, y.shape), x, y, output)]
  },
  vjp: (b, { attrs, inputs: [x, y], cotangents: [cotangent] }) => {
    if (x === undefined || y === undefined || cotangent === undefined) return []
    const { x: left, y: right, result: letters } = taken(attrs.pattern)
    const result = { letters, cotangent }
    return [
      pullOperand(b, { letters: left, shape: x.shape }, { letters: right, x: y }, result),
      pullOperand(b, { letters: right, shape: y.shape }, { letters: left, x }, result),
    ]
  },
  jvp: (b, { attrs: { pattern }, inputs: [x, y], tangents: [dx = null, dy = null] }) => {
    if (x === undefined || y === undefined) return [null]
    const left = dx === null ? null : b.einsum(pattern, dx, y)
    const right = dy === null ? null : b.einsum(pattern, x, dy)
    return [left === null ? right : right === null ? left : b.add(left, right)]
  },
  batch: (b, { attrs: { pattern }, inputs: [x, y], isMapped }) => {
    if (x === undefined || y === undefined) return []
    const { x: left, y: right, result } = taken(pattern)
    const place = freeLetter(pattern)
    const own = (letters: readonly string[], mapped: boolean | undefined): string =>
      `${mapped === true ? place : ''}${letters.join('')}`
    return [b.einsum(`${own(left, isMapped[0])},${own(right, isMapped[1])}->${own(result, true)}`, x, y)]
  },
  lower: {
    skeleton: 'contract',
    nest: ({ pattern }, [x = [], y = []]) => {
      const contraction = taken(pattern)
      const sizes = sizesOf(contraction, x, y)
      return {
        loops: () => contraction.summed.map((letter) => ({ size: sizes.get(letter) ?? 1 })),
        combine: contraction.summed.length === 0 ? null : 'sum',
        body: ({ at, counters, read }) => {
          const place = (letter: string) =>
            at[contraction.result.indexOf(letter)] ??
            counters[contraction.summed.indexOf(letter)] ??
            indexConst(0)
          return binary('mul', read(0, contraction.x.map(place)), read(1, contraction.y.map(place)))
        },
      }
    },
  },
  cost: ({ pattern }, [x, y]) => {
    const sizes = sizesOf(taken(pattern), x?.shape ?? [], y?.shape ?? [])
    return { flops: [...sizes.values()].reduce((product, size) => product * size, 2) }
  },
  samples: [
    { attrs: { pattern: 'ij,jk->ik' }, inputs: [floatInput('n', 'm'), floatInput('m', 'k')] },
    { attrs: { pattern: 'bij,bjk->bik' }, inputs: [floatInput(2, 'n', 'm'), floatInput(2, 'm', 'k')] },
    { attrs: { pattern: 'bni,io->bno' }, inputs: [floatInput(2, 'n', 'm'), floatInput('m', 'k')] },
    { attrs: { pattern: 'ij,kj->ki' }, inputs: [floatInput('n', 'm'), floatInput('k', 'm')] },
    { attrs: { pattern: 'i,j->ij' }, inputs: [floatInput('n'), floatInput('m')] },
    { attrs: { pattern: 'ij,jk->k' }, inputs: [floatInput('n', 'm'), floatInput('m', 'k')] },
    { attrs: { pattern: 'ij,ij->' }, inputs: [floatInput('n', 'm'), floatInput('n', 'm')] },
    { attrs: { pattern: ',i->i' }, inputs: [floatInput(), floatInput('n')] },
    { attrs: { pattern: 'ij,jk->ik' }, inputs: [floatInput('n', 0), floatInput(0, 'k')] },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['bilinear'],
})

/** The operand with one axis a letter. */
const withDiagonals = (x: Tensor, { diagonals }: NotatedOperand): Tensor =>
  diagonals.reduce<Tensor>((left, axes) => apply1(diagonalOp, { offset: 0, axes }, [left]), x)

/**
 * Einstein summation of x (first in the pattern) and y (second): `pipe(x, einsum('bij,bjk->bik')(y))`. Letters that
 * the result lacks are summed over. A letter twice in one operand is its diagonal; `...` stands for axes without a
 * letter, aligned at their ends: `einsum('...ij,jk->...ik')`; without `->` the result has those, then the letters
 * that stand once, in ASCII order. As in NumPy, save that sizes of 1 are not broadcast.
 * @throws TraceFailure with a ShapeError where the operands do not fit the pattern.
 */
export const einsum =
  <const Pattern extends string>(pattern: Pattern) =>
  <B extends Shape>(y: Tensor<B, 'f32'>) =>
  <A extends Shape>(
    x: Tensor<A, 'f32'> & EinsumCheck<Pattern, A, B>,
  ): Tensor<EinsumShape<Pattern, A, B>, 'f32'> => {
    const plain = orFail(plainEinsum('einsum', pattern, x.shape, y.shape))
    return typedResult(
      apply1(contractOp, { pattern: plain.pattern }, [withDiagonals(x, plain.x), withDiagonals(y, plain.y)]),
    )
  }

/**
 * x · w: [...B, I] × [I, O] → [...B, O], or [...B, I, K] × [...B, K, O] → [...B, I, O].
 * @throws TraceFailure with a ShapeError where inner or leading axes differ.
 */
export const matmul =
  <W extends Shape>(w: Tensor<W, 'f32'>) =>
  <X extends Shape>(x: Tensor<X, 'f32'> & MatmulCheck<X, W>): Tensor<MatmulShape<X, W>, 'f32'> =>
    typedResult(apply1(contractOp, { pattern: orFail(matmulPattern('matmul', x.shape, w.shape)) }, [x, w]))
