/**
 * Einstein summation of two operands: a pattern such as `bij,bjk->bik` names every axis by a letter. Equal letters
 * have equal sizes, and letters that the result does not have are summed over. This is the form of the op's
 * attribute; what users may write besides is brought to it by einsum-notation.ts.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'

/** The letters of the two operands and of the result. */
export interface Contraction {
  readonly x: readonly string[]
  readonly y: readonly string[]
  readonly result: readonly string[]
  /** Letters of the operands that the result lacks, in order of appearance. */
  readonly summed: readonly string[]
}

const PATTERN = /^([A-Za-z]*),([A-Za-z]*)->([A-Za-z]*)$/
const isDistinct = (letters: readonly string[]): boolean => new Set(letters).size === letters.length

/** The pattern taken apart. */
export const parseEinsum = (where: string, pattern: string): E.Either<TensorError, Contraction> => {
  const parts = PATTERN.exec(pattern)
    ?.slice(1)
    .map((letters) => [...letters])
  const [x = [], y = [], result = []] = parts ?? []
  const known = new Set([...x, ...y])
  return parts !== undefined &&
    isDistinct(x) &&
    isDistinct(y) &&
    isDistinct(result) &&
    result.every((letter) => known.has(letter))
    ? E.right({ x, y, result, summed: [...known].filter((letter) => !result.includes(letter)) })
    : E.left(
        shapeError({
          where,
          expected: "a pattern such as 'bij,bjk->bik'",
          found: `'${pattern}'`,
          hint: 'two operands before the arrow, a letter an axis; behind it letters of theirs, none twice',
        }),
      )
}

/** The size of each letter. */
export const letterSizes = (
  where: string,
  contraction: Contraction,
  x: Shape,
  y: Shape,
): E.Either<TensorError, ReadonlyMap<string, Dim>> => {
  const found = `${printShape(x)} and ${printShape(y)}`
  if (x.length !== contraction.x.length || y.length !== contraction.y.length)
    return E.left(
      shapeError({
        where,
        expected: `operands with axes ${contraction.x.join('') || '(none)'} and ${contraction.y.join('') || '(none)'}`,
        found,
        hint: 'one letter of the pattern an axis',
      }),
    )
  const sizes = new Map<string, Dim>()
  for (const [letters, shape] of [
    [contraction.x, x],
    [contraction.y, y],
  ] as const)
    for (const [axis, letter] of letters.entries()) {
      const size = shape[axis] ?? 1
      const known = sizes.get(letter) ?? size
      if (known !== size)
        return E.left(
          shapeError({
            where,
            expected: `one size for letter ${letter}`,
            found: `${known} and ${size} in ${found}`,
            hint: 'equal letters have equal sizes; nothing is broadcast',
          }),
        )
      sizes.set(letter, size)
    }
  return E.right(sizes)
}

/** The shape of the result. */
export const einsumShape = (
  where: string,
  pattern: string,
  x: Shape,
  y: Shape,
): E.Either<TensorError, Shape> =>
  E.chain((contraction: Contraction) =>
    E.map((sizes: ReadonlyMap<string, Dim>): Shape =>
      contraction.result.map((letter) => sizes.get(letter) ?? 1),
    )(letterSizes(where, contraction, x, y)),
  )(parseEinsum(where, pattern))
