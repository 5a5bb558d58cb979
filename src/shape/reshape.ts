/** Reshaping: the same elements in row-major order, in other axes. Named axes pass through whole, in order. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'

const isName = (dim: Dim): dim is string => typeof dim === 'string'
const isSize = (dim: Dim): boolean => typeof dim === 'string' || (Number.isInteger(dim) && dim >= 0)

/** The product of the axes that have sizes. */
const knownSize = (shape: Shape): number => shape.reduce<number>((product, dim) => (isName(dim) ? product : product * dim), 1)

const refuse = (where: string, expected: string, found: string): E.Either<TensorError, never> =>
  E.left(
    shapeError({
      where,
      expected,
      found,
      hint: 'a reshape keeps the number of elements; named axes stay whole and in order (permute moves them)',
    }),
  )

/** `to`, if it has as many elements as `from` and the same named axes in the same order. */
export const reshapeShape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const found = `${printShape(from)} to ${printShape(to)}`
  if (!to.every(isSize)) return refuse(where, 'sizes that are whole and not negative', found)
  const [before, after] = [from.filter(isName), to.filter(isName)]
  if (before.length !== after.length || before.some((name, i) => name !== after[i]))
    return refuse(where, `the named axes [${before.join(', ')}]`, found)
  return knownSize(from) === knownSize(to) ? E.right(to) : refuse(where, `${knownSize(from)} elements`, `${found}, which has ${knownSize(to)}`)
}

/** `to` with its one -1 replaced by the size that keeps the number of elements. */
export const inferReshape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const open = to.filter((dim) => dim === -1).length
  if (open === 0) return E.right(to)
  const rest = knownSize(to.filter((dim) => dim !== -1))
  const inferred = knownSize(from) / rest
  return open === 1 && Number.isInteger(inferred)
    ? E.right(to.map((dim) => (dim === -1 ? inferred : dim)))
    : refuse(where, open === 1 ? `${rest} to divide ${knownSize(from)}` : 'at most one -1', `${printShape(from)} to ${printShape(to)}`)
}
