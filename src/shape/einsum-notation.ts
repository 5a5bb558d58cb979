/**
 * What users may write as an einsum pattern, brought to the plain form of einsum.ts: a letter twice in one operand is
 * its diagonal; `...` stands for the axes that have no letter, aligned at their ends; without `->` the result has
 * those and then the letters that stand once, in ASCII order. As in NumPy, save that nothing is broadcast.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'

/** An operand whose repeated letters are still to be taken as diagonals: pairs of axes, each of what the one before left. */
export interface NotatedOperand {
  readonly letters: readonly string[]
  readonly diagonals: readonly (readonly [number, number])[]
}

/** A pattern in plain form, and what to do to the operands first. */
export interface Notated {
  readonly pattern: string
  readonly x: NotatedOperand
  readonly y: NotatedOperand
}

/** A word such as `b...ij` taken apart; `rest` says whether it has the dots. */
interface Word {
  readonly before: readonly string[]
  readonly rest: boolean
  readonly after: readonly string[]
}

const WORD = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/
const ALPHABET = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']

const wordOf = (text: string): Word | null => {
  const [whole, before = '', dots, after = ''] = WORD.exec(text) ?? []
  return whole === undefined ? null : { before: [...before], rest: dots !== undefined, after: [...after] }
}

/** The letters with those of the dots put in: the last `count` of `names`. */
const filled = ({ before, rest, after }: Word, names: readonly string[], count: number): readonly string[] =>
  rest ? [...before, ...names.slice(names.length - count), ...after] : [...before, ...after]

/** Letters that stand once, in ASCII order. */
const single = (letters: readonly string[]): readonly string[] =>
  ALPHABET.filter((letter) => letters.filter((other) => other === letter).length === 1)

/** The operand with one axis a letter. */
const diagonalised = (letters: readonly string[]): NotatedOperand => {
  const first = letters.findIndex((letter, axis) => letters.indexOf(letter, axis + 1) > 0)
  const letter = letters[first]
  if (letter === undefined) return { letters, diagonals: [] }
  const second = letters.indexOf(letter, first + 1)
  // A diagonal becomes the last axis.
  const left = [...letters.filter((_, axis) => axis !== first && axis !== second), letter]
  const rest = diagonalised(left)
  return { letters: rest.letters, diagonals: [[first, second], ...rest.diagonals] }
}

/** Whether the axes of every letter of one operand have one size. */
const isSquare = (letters: readonly string[], shape: Shape): boolean =>
  letters.every((letter, axis) => shape[axis] === shape[letters.indexOf(letter)])

/** The pattern for operands of these shapes, in plain form. */
export const plainEinsum = (
  where: string,
  pattern: string,
  x: Shape,
  y: Shape,
): E.Either<TensorError, Notated> => {
  const refuse = (expected: string, found: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  const [operands = '', result, ...more] = pattern.split('->')
  const words = [...operands.split(','), ...(result === undefined ? [] : [result])].map(wordOf)
  const [left, right, wanted] = words
  if (!left || !right || wanted === null || operands.split(',').length !== 2 || more.length > 0)
    return refuse(
      "a pattern such as 'bij,bjk->bik'",
      `'${pattern}'`,
      "two operands with one letter an axis; '...' stands for axes without a letter",
    )
  const countOf = (word: Word, shape: Shape): number =>
    word.rest ? shape.length - word.before.length - word.after.length : 0
  const [countX, countY] = [countOf(left, x), countOf(right, y)]
  const found = `'${pattern}' for ${printShape(x)} and ${printShape(y)}`
  if (countX < 0 || countY < 0)
    return refuse('an axis for every letter', found, "'...' may stand for no axis")
  const dots = left.rest || right.rest
  if (wanted !== undefined && wanted.rest !== dots)
    return refuse(
      dots ? "'...' in the result" : "'...' in an operand",
      found,
      "the axes that '...' stands for are those of the result",
    )
  const free = ALPHABET.toReversed().filter((letter) => !pattern.includes(letter))
  const count = Math.max(countX, countY)
  if (free.length < count) return refuse('at most 52 axes', found, 'reshape axes that stay together into one')
  const names = free.slice(0, count)
  const [lettersX, lettersY] = [filled(left, names, countX), filled(right, names, countY)]
  const written = [...left.before, ...left.after, ...right.before, ...right.after]
  const to = wanted === undefined ? [...names, ...single(written)] : filled(wanted, names, count)
  if (!isSquare(lettersX, x) || !isSquare(lettersY, y))
    return refuse(
      'one size for a letter that stands twice in an operand',
      found,
      'it is the diagonal of its axes',
    )
  const [operandX, operandY] = [diagonalised(lettersX), diagonalised(lettersY)]
  return E.right({
    pattern: `${operandX.letters.join('')},${operandY.letters.join('')}->${to.join('')}`,
    x: operandX,
    y: operandY,
  })
}
