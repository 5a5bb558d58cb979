/** Groups of consecutive channels, and heads: both must divide what they split. */
import type { Dim } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { Divides } from './size-arithmetic.js'

/** `unknown` where the groups divide the channels, or only the run can tell. */
export type GroupsCheck<
  Where extends string,
  Channels extends Dim,
  Groups extends number,
  What extends string = 'groups',
> = number extends Groups
  ? unknown
  : Channels extends number
    ? number extends Channels
      ? unknown
      : Divides<Groups, Channels> extends true
        ? unknown
        : ShapeError<`${Where}: ${Groups} ${What} do not divide ${Channels} channels`>
    : ShapeError<`${Where}: the number of channels '${Channels & string}' is not known`>
