/** Long convolutions (fftConv) as kernels: recognised in the direct nest, computed directly or by transforms. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { directKernel } from './convolution-direct.js'
import { fftKernel } from './convolution-fft.js'
import { frameOf } from './convolution-frame.js'
import { convolutionSum } from './convolution-sum.js'
import type { VectorOf } from './expression.js'
import type { Features, SimdKernel } from './kernel.js'

export const convolutionBy = (
  kernel: ScalarKernel,
  features: Features,
  vectorOf: VectorOf,
  algorithm: 'direct' | 'fft',
): SimdKernel | null => {
  const sum = convolutionSum(kernel)
  if (sum === null) return null
  const frame = frameOf(kernel, sum, features, vectorOf)
  return algorithm === 'direct' ? directKernel(frame) : fftKernel(frame)
}
