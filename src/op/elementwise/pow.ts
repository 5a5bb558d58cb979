import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** JavaScript's pow, but for 1^NaN, 1^∞ and (−1)^∞, which IEEE 754 makes 1. */
const power = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y)

/** What is not chosen must be finite too: a derivative of it times 0 would be NaN. */
const derivatives = (b: Builder, x: Tensor, y: Tensor, result: Tensor): readonly Tensor[] => {
  const [zero, one] = [b.constant(0), b.constant(1)]
  const isZero = b.equal(x, zero)
  const isFlat = b.and(isZero, b.equal(y, zero))
  const slope = b.mul(y, b.pow(x, b.select(isFlat, one, b.sub(y, one))))
  return [b.select(isFlat, zero, slope), b.mul(result, b.log(b.select(isZero, one, x)))]
}

export const powOp = elementwise({
  name: 'pow',
  doc: 'x to the power y, elementwise; operands broadcast. For x < 0 only integers y are defined, others give NaN; 0^y is 0, 1 or ∞ for y above, at or below 0; x^0 and 1^y are 1 even for NaN (IEEE 754 pow). ∂/∂x = y x^(y−1), ∂/∂y = x^y log x; at x = 0 they are the limits where these exist, and ∂/∂y is NaN for x < 0.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: power,
  scalar: (x, y) => binary('pow', x, y),
  partials: (b, [x, y], result) => (x === undefined || y === undefined ? [] : derivatives(b, x, y, result)),
  flops: 20,
  domains: ['positive', 'any'],
})

/**
 * `pipe(x, pow(y))`: x to the power y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const pow = binaryCombinator(powOp)
