import type { Tensor } from '../../ir/tensor.js'
import type { Broadcast, BroadcastCheck } from '../../shape/broadcast.js'
import type { Shape } from '../../shape/dim.js'
import type { ShapeError } from '../../shape/shape-error.js'
import { apply1 } from '../def.js'
import { select as selectScalar } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import type { DTypeOf, Operand, ShapeOf } from './combinator.js'
import { operandTensor } from './combinator.js'
import { elementwise } from './family.js'

export const selectOp = elementwise({
  name: 'select',
  doc: 'x where the condition holds, otherwise y; operands broadcast.',
  operands: ['bool', 'same', 'same'],
  result: 'same',
  value: (condition, x, y) => (condition !== 0 ? x : y),
  scalar: selectScalar,
  partials: (b, [condition]) => {
    if (condition === undefined) return []
    const chosen = b.toFloat(condition)
    return [null, chosen, b.sub(b.constant(1), chosen)]
  },
  relative: 0,
})

/** A plain number takes the dtype of the other operand; two of them are f32. */
type CommonDType<X extends Operand, Y extends Operand> = [DTypeOf<X | Y>] extends [never]
  ? 'f32'
  : DTypeOf<X | Y>

type DTypesCheck<X extends Operand, Y extends Operand> = [DTypeOf<X>, DTypeOf<Y>] extends [infer D, infer F]
  ? [D] extends [never]
    ? unknown
    : [F] extends [never]
      ? unknown
      : [D, F] extends [F, D]
        ? unknown
        : ShapeError<`select: dtypes ${DTypeOf<X>} and ${DTypeOf<Y>} differ`>
  : unknown

/** `unknown` where x and y have one dtype and all three broadcast, or it can only be judged at run time. */
export type SelectCheck<C extends Shape, X extends Operand, Y extends Operand> = DTypesCheck<X, Y> &
  BroadcastCheck<'select', ShapeOf<X>, ShapeOf<Y>> &
  BroadcastCheck<'select', C, Broadcast<ShapeOf<X>, ShapeOf<Y>>>

/**
 * `pipe(condition, select(x, y))`: x where the condition holds, else y, elementwise; all three broadcast.
 * @throws TraceFailure with a ShapeError where they do not, or where the dtypes of x and y differ.
 */
export const select =
  <X extends Operand, Y extends Operand>(x: X, y: Y) =>
  <C extends Shape>(
    condition: Tensor<C, 'bool'> & SelectCheck<C, X, Y>,
  ): Tensor<Broadcast<C, Broadcast<ShapeOf<X>, ShapeOf<Y>>>, CommonDType<X, Y>> => {
    const dtype = typeof x !== 'number' ? x.dtype : typeof y !== 'number' ? y.dtype : 'f32'
    return typedResult(
      apply1(selectOp, {}, [condition, operandTensor('select', x, dtype), operandTensor('select', y, dtype)]),
    )
  }
