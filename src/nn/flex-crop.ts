/** Where a Gaussian mask over the grid of a kernel falls below a threshold, and the kernel is cut there. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'

const { ceil, fround, log, sqrt } = Math

/** Distance, in deviations, at which the mask is the threshold. */
const deviations = (threshold: number): number => fround(sqrt(fround(-2 * fround(log(fround(threshold))))))

/** From one tap to the next on [−1, 1]. */
const stepOf = (taps: number): number => fround(2 / (taps - 1))

/**
 * Equally spaced positions on [−1, 1] as float32 numbers: high frequencies multiply their rounding, so every device
 * and the interpreter are given the same ones. Counted from the nearer end, the middle one from 1.
 */
export const tapPositions = (taps: number): readonly number[] =>
  Array.from({ length: taps }, (_, i) =>
    i < Math.floor(taps / 2) ? fround(-1 + stepOf(taps) * i) : fround(1 - stepOf(taps) * (taps - 1 - i)),
  )

/**
 * Taps of an axis that lie within the threshold of a mask: all of them where the farther of its two ends leaves
 * [−1, 1], else the taps nearer to the middle than that end. In float32, as the released code decides it.
 */
export const croppedTaps = (taps: number, threshold: number, sigma: number, mean = 0): number => {
  const reach = fround(fround(sigma) * deviations(threshold))
  const end = Math.max(Math.abs(fround(fround(mean) - reach)), Math.abs(fround(fround(mean) + reach)))
  return taps === 1 || end >= 1 ? taps : 2 * ceil(fround(fround(end / stepOf(taps)) + 1e-8)) - 1
}

/** Which of the `kept` middle taps of an axis lie within the threshold: 1 or 0 each, without a derivative. */
export const withinThreshold = (
  taps: number,
  kept: number,
  threshold: number,
  sigma: Tensor,
  mean: Tensor,
): Tensor => {
  const reach = build.mul(build.abs(sigma), build.constant(deviations(threshold)))
  const end = build.add(build.abs(mean), reach)
  const steps = build.add(build.div(end, build.constant(stepOf(taps))), build.constant(1e-8))
  const middle = (kept - 1) / 2
  const distance = build.table(
    Float64Array.from({ length: kept }, (_, i) => Math.abs(i - middle)),
    [kept],
  )
  const all = build.greaterEqual(end, build.constant(1))
  return build.stopGradient(build.toFloat(build.or(build.less(distance, steps), all)))
}
