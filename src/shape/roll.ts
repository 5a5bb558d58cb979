/** Rolling: elements are shifted around along axes; the shape stays. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'
import type { AxesCheck } from './permute.js'
import { checkAxes } from './permute.js'
import type { ShapeError } from './shape-error.js'

/** The shape itself, if there is one whole shift for each of distinct axes (counted from 0). */
export const rollShape = (
  where: string,
  from: Shape,
  shifts: readonly number[],
  axes: readonly number[],
): E.Either<TensorError, Shape> =>
  shifts.length === axes.length && shifts.every(Number.isSafeInteger)
    ? E.map(() => from)(checkAxes(where, from, axes))
    : E.left(
        shapeError({
          where,
          expected: `one whole shift for each of the axes [${axes.join(', ')}]`,
          found: `shifts [${shifts.join(', ')}] of ${printShape(from)}`,
          hint: 'a positive shift moves elements towards the end, and those that fall off come in at the front',
        }),
      )

/** `unknown` where there is one shift for each of distinct axes. */
export type RollCheck<
  From extends Shape,
  Shifts extends readonly number[],
  Axes extends readonly number[],
> = number extends Shifts['length'] | Axes['length']
  ? unknown
  : [Shifts['length'], Axes['length']] extends [Axes['length'], Shifts['length']]
    ? AxesCheck<'roll', From, Axes>
    : ShapeError<`roll: ${Shifts['length']} shifts for ${Axes['length']} axes`>
