/** Long convolutions (fftConv) as kernels: recognised in the direct nest, computed directly or by transforms. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import type { ConvolutionChoice } from './convolution-cost.js'
import { convolutionChoice } from './convolution-cost.js'
import { directKernel } from './convolution-direct.js'
import { fftKernel, isShared } from './convolution-fft.js'
import type { Arrangement } from './convolution-frame.js'
import { arrangementOf } from './convolution-frame.js'
import { convolutionSum } from './convolution-sum.js'
import type { VectorOf } from './expression.js'
import type { Features, SimdKernel } from './kernel.js'

const choiceFor = (arrangement: Arrangement): ConvolutionChoice => {
  const { kernel, sum, perUnit, perEntry, units } = arrangement
  return convolutionChoice({
    grid: sum.grid,
    results: [...perUnit, ...perEntry].reduce((all, { size }) => all * size, 1),
    summed: sum.summed.reduce((all, loop) => all * (kernel.loops[loop]?.size ?? 1), 1),
    filters: isShared(arrangement) ? units : 0,
  })
}

/** The cost model's answer for a kernel, with its reason; null where the kernel is no long convolution. */
export const explainConvolution = (kernel: ScalarKernel): ConvolutionChoice | null => {
  const sum = convolutionSum(kernel)
  return sum === null ? null : choiceFor(arrangementOf(kernel, sum))
}

/** Nanoseconds that a call should last at least. */
const SHORTEST_CALL = 10_000

/**
 * Recognises long convolutions: `convolutionWith(vectorOf)(kernel, features)` is their kernel, by the algorithm given or
 * the one the cost model chooses, and null for other kernels. A unit is a filter of four lanes with all results that it
 * serves, or with a part of them.
 */
export const convolutionWith =
  (vectorOf: VectorOf, forced?: ConvolutionChoice['algorithm']) =>
  (kernel: ScalarKernel, features: Features): SimdKernel | null => {
    const sum = convolutionSum(kernel)
    if (sum === null) return null
    const arrangement = arrangementOf(kernel, sum)
    const { algorithm, nanoseconds, reason } = choiceFor(arrangement)
    const chosen = forced ?? algorithm
    const frame = { ...arrangement, features, vectorOf }
    const made = chosen === 'direct' ? directKernel(frame) : fftKernel(frame)
    const unit = nanoseconds[chosen] / made.units
    const grain = Math.max(1, Math.min(made.units, Math.floor(SHORTEST_CALL / unit)))
    return { ...made, grain, ...(forced === undefined ? { reason } : {}) }
  }
