import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { binary } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { elementwise } from './family.js'

export const isNaNOp = elementwise({
  name: 'isNaN',
  doc: 'Whether each element is not a number. No gradient flows.',
  operands: ['f32'],
  result: 'bool',
  value: (x) => Number(Number.isNaN(x)),
  scalar: (x) => binary('ne', x, x),
  partials: () => [null],
})

/** Whether each element is not a number. */
export const isNaN = <S extends Shape>(x: Tensor<S, 'f32'>): Tensor<S, 'bool'> =>
  typedResult(apply1(isNaNOp, {}, [x]))
