import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { unary } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { elementwise } from './family.js'

export const notOp = elementwise({
  name: 'not',
  doc: 'Whether each bool does not hold. No gradient flows.',
  operands: ['bool'],
  result: 'bool',
  value: (x) => (x === 0 ? 1 : 0),
  scalar: (x) => unary('not', x),
  partials: () => [null],
  laws: ['involution'],
})

/** Whether each bool does not hold. */
export const not = <S extends Shape>(x: Tensor<S, 'bool'>): Tensor<S, 'bool'> =>
  typedResult(apply1(notOp, {}, [x]))
