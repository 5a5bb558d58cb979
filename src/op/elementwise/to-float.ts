import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { elementwise } from './family.js'

export const toFloatOp = elementwise({
  name: 'toFloat',
  doc: 'A bool as 0 or 1, an i24 as the same number: what takes part in arithmetic. No gradient flows.',
  operands: ['exact'],
  result: 'f32',
  value: (x) => x,
  scalar: (x) => x,
  partials: () => [null],
  flops: 0,
  relative: 0,
})

/** A bool as 0 or 1, an i24 as the same number, in f32. */
export const toFloat = <S extends Shape>(x: Tensor<S, 'i24' | 'bool'>): Tensor<S, 'f32'> =>
  typedResult(apply1(toFloatOp, {}, [x]))
