/**
 * The typed combinators of the elementwise family, curried and data last: `pipe(x, sub(y))` is x − y. Shapes
 * broadcast in the type as at run time; an operand given as a plain number is a constant.
 */
import { fail, valueError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { isTensor } from '../../ir/tensor-tree.js'
import type { Broadcast, BroadcastCheck } from '../../shape/broadcast.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { filled } from '../leaf/constant.js'
import { typedResult } from '../typed-result.js'
import type { ElementwiseOp } from './family.js'

/** What a combinator takes beside its data: a tensor, or a number for every element. */
export type Operand<S extends Shape = Shape, D extends DType = DType> = Tensor<S, D> | number

/** The shape of an operand; that of a plain number is empty. */
export type ShapeOf<Y extends Operand> = Y extends Tensor<infer S> ? S : readonly []

/** The dtype of an operand; a plain number has none of its own. */
export type DTypeOf<Y extends Operand> = Y extends Tensor<Shape, infer D> ? D : never

/** The dtypes that may stand beside an operand in a comparison. */
type Comparable<Y extends Operand> = [DTypeOf<Y>] extends [never] ? 'f32' | 'i24' : DTypeOf<Y>

/** The operand as a tensor; only whole numbers from 0 below 2^24 are an i24. */
export const operandTensor = (where: string, operand: Operand, dtype: DType): Tensor => {
  if (isTensor(operand)) return operand
  // Types refuse the rest, but not everyone has types.
  if (typeof operand !== 'number')
    return fail(
      valueError({
        where,
        expected: 'a tensor or a number',
        found: typeof operand,
        hint: 'make a tensor of a list with fromArray',
      }),
    )
  const fits =
    dtype === 'f32' ||
    (Number.isInteger(operand) && operand >= 0 && operand < (dtype === 'bool' ? 2 : 2 ** 24))
  return fits
    ? filled(operand, [], dtype)
    : fail(
        valueError({
          where,
          expected:
            dtype === 'bool' ? '0 or 1 beside a bool' : 'a whole number from 0 below 2^24 beside an i24',
          found: `${operand}`,
          hint: 'convert the tensor with toFloat to meet other numbers',
        }),
      )
}

/** A function of f32 at every element. */
export const unaryCombinator =
  (op: ElementwiseOp) =>
  <S extends Shape>(x: Tensor<S, 'f32'>): Tensor<S, 'f32'> =>
    typedResult(apply1(op, {}, [x]))

/** A function of any dtype that keeps it. */
export const keepingCombinator =
  (op: ElementwiseOp) =>
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> =>
    typedResult(apply1(op, {}, [x]))

/** Arithmetic of two operands. */
export const binaryCombinator =
  <Name extends string>(op: ElementwiseOp<Name>) =>
  <Y extends Operand<Shape, 'f32'>>(y: Y) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & BroadcastCheck<Name, S, ShapeOf<Y>>,
  ): Tensor<Broadcast<S, ShapeOf<Y>>, 'f32'> =>
    typedResult(apply1(op, {}, [x, operandTensor(op.name, y, 'f32')]))

/** A question asked of two f32 or two i24. */
export const comparison =
  <Name extends string>(op: ElementwiseOp<Name>) =>
  <Y extends Operand<Shape, 'f32' | 'i24'>>(y: Y) =>
  <S extends Shape>(
    x: Tensor<S, Comparable<Y>> & BroadcastCheck<Name, S, ShapeOf<Y>>,
  ): Tensor<Broadcast<S, ShapeOf<Y>>, 'bool'> =>
    typedResult(apply1(op, {}, [x, operandTensor(op.name, y, x.dtype)]))

/** A connective of two bools; a plain number is 0 or 1. */
export const connective =
  <Name extends string>(op: ElementwiseOp<Name>) =>
  <Y extends Operand<Shape, 'bool'>>(y: Y) =>
  <S extends Shape>(
    x: Tensor<S, 'bool'> & BroadcastCheck<Name, S, ShapeOf<Y>>,
  ): Tensor<Broadcast<S, ShapeOf<Y>>, 'bool'> =>
    typedResult(apply1(op, {}, [x, operandTensor(op.name, y, 'bool')]))

/** Arithmetic of three operands, the data first. */
export const ternaryCombinator =
  <Name extends string>(op: ElementwiseOp<Name>) =>
  <Y extends Operand<Shape, 'f32'>, Z extends Operand<Shape, 'f32'>>(y: Y, z: Z) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> &
      BroadcastCheck<Name, ShapeOf<Y>, ShapeOf<Z>> &
      BroadcastCheck<Name, S, Broadcast<ShapeOf<Y>, ShapeOf<Z>>>,
  ): Tensor<Broadcast<S, Broadcast<ShapeOf<Y>, ShapeOf<Z>>>, 'f32'> =>
    typedResult(apply1(op, {}, [x, operandTensor(op.name, y, 'f32'), operandTensor(op.name, z, 'f32')]))
