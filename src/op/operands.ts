/** Counting and checking the operands an op record is given, before its own rule looks at their shapes. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { DType, TensorType } from '../shape/dim.js'
import { printType } from '../shape/dim.js'

/** What the operand of one position may be. */
export type OperandDType = DType | 'any'

const mismatch = (
  where: string,
  wanted: readonly OperandDType[],
  inputs: readonly TensorType[],
): E.Either<TensorError, never> =>
  E.left(
    shapeError({
      where,
      expected: `operands of dtype ${wanted.join(', ')}`,
      found: inputs.map(printType).join(', ') || 'none',
      hint: 'convert with toFloat first; only f32 takes part in arithmetic, and only i24 indexes',
    }),
  )

const fits = (wanted: OperandDType, input: TensorType): boolean => wanted === 'any' || wanted === input.dtype

/** The one operand of an op. */
export const oneOperand = (
  where: string,
  wanted: OperandDType,
  inputs: readonly TensorType[],
): E.Either<TensorError, TensorType> => {
  const [x] = inputs
  return x !== undefined && inputs.length === 1 && fits(wanted, x)
    ? E.right(x)
    : mismatch(where, [wanted], inputs)
}

/** The two operands of an op. */
export const twoOperands = (
  where: string,
  wanted: readonly [OperandDType, OperandDType],
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly [TensorType, TensorType]> => {
  const [x, y] = inputs
  return x !== undefined && y !== undefined && inputs.length === 2 && fits(wanted[0], x) && fits(wanted[1], y)
    ? E.right([x, y])
    : mismatch(where, wanted, inputs)
}

type TypeRule<A> = (attrs: A, inputs: readonly TensorType[]) => E.Either<TensorError, readonly TensorType[]>

/** A type rule that refuses more operands than `count`; what it misses it says itself. */
export const atMost =
  <A>(where: string, count: number, rule: TypeRule<A>): TypeRule<A> =>
  (attrs, inputs) =>
    inputs.length <= count
      ? rule(attrs, inputs)
      : E.left(
          shapeError({
            where,
            expected: count === 1 ? '1 operand' : `${count} operands`,
            found: `${inputs.length}: ${inputs.map(printType).join(', ')}`,
            hint: 'leave out what the op does not read',
          }),
        )
