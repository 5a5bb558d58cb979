import { binary, constant, unary } from '../scalar-expression.js'
import { erfValue } from './erf-value.js'
import { elementwise } from './family.js'

/** The density and the distribution function of the standard normal. */
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI)
const distribution = (x: number): number => 0.5 * (1 + erfValue(x / Math.SQRT2))

export const geluOp = elementwise({
  name: 'gelu',
  doc: 'x · Φ(x) of each element, Φ the normal distribution function, by erf (Hendrycks and Gimpel, 2016).',
  operands: ['f32'],
  result: 'f32',
  value: (x) => x * distribution(x),
  scalar: (x) =>
    binary('mul', x, binary('mul', constant(0.5), binary('add', constant(1), unary('erf', binary('mul', x, constant(Math.SQRT1_2)))))),
  partials: (b, [x]) => {
    if (x === undefined) return []
    const phi = b.mul(b.constant(0.5), b.add(b.constant(1), b.erf(b.mul(x, b.constant(Math.SQRT1_2)))))
    const density = b.mul(b.constant(INVERSE_SQRT_2PI), b.exp(b.mul(b.constant(-0.5), b.mul(x, x))))
    return [b.add(phi, b.mul(x, density))]
  },
  flops: 16,
})
