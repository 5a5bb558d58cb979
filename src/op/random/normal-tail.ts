import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'

/** A ratio of polynomials, coefficients from the constant on. */
interface Ratio {
  readonly above: readonly number[]
  readonly below: readonly number[]
}

/** Wichura's PPND7 (Algorithm AS 241, 1988), one part in 10^7: near a half, in the tail, far out in the tail. */
const CENTRE: Ratio = {
  above: [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
  below: [1, 17.895169469, 78.757757664, 67.1875636],
}
const TAIL: Ratio = {
  above: [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
  below: [1, 0.7370016425, 0.12021132975],
}
const FAR: Ratio = {
  above: [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
  below: [1, 0.24197894225, 0.012258202635],
}
/** Distance from a half up to which the centre is used. */
const CENTRAL = 0.425
/** Where √(−log t) passes from the tail to far out, and what the tail subtracts from it. */
const BORDER = 5
const TAIL_START = 1.6

const polynomial = (b: Builder, coefficients: readonly number[], x: Tensor): Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight<Tensor>(
      (sum, coefficient) => b.add(b.mul(sum, x), b.constant(coefficient)),
      b.constant(coefficients.at(-1) ?? 0),
    )

const ratio = (b: Builder, { above, below }: Ratio, x: Tensor): Tensor =>
  b.div(polynomial(b, above, x), polynomial(b, below, x))

/** The standard normal number above which lies mass t, 0 < t ≤ 1/2: √2·erfc⁻¹(2t), to 2e-7 of max(1, itself). */
export const normalTail = (b: Builder, t: Tensor): Tensor => {
  const fromHalf = b.sub(b.constant(0.5), t)
  const centre = b.mul(fromHalf, ratio(b, CENTRE, b.sub(b.constant(CENTRAL ** 2), b.mul(fromHalf, fromHalf))))
  const root = b.sqrt(b.neg(b.log(t)))
  const tail = b.select(
    b.lessEqual(root, b.constant(BORDER)),
    ratio(b, TAIL, b.sub(root, b.constant(TAIL_START))),
    ratio(b, FAR, b.sub(root, b.constant(BORDER))),
  )
  return b.select(b.lessEqual(fromHalf, b.constant(CENTRAL)), centre, tail)
}
