/** The axes and loops that the general emitters walk along. */
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { separatedAxes } from './contraction-axes.js'

/**
 * The same kernel over fewer axes: those that indices divide are split where that takes the division away, those that
 * always run on are merged. Kernels with loops that never run, or end early, stay as they are. The output's elements keep their order.
 */
export const prepare = (kernel: ScalarKernel): ScalarKernel =>
  kernel.loops.some(({ size, extent }) => size === 0 || extent !== undefined) ? kernel : separatedAxes(kernel)

/** Expressions in one scalar, each once. */
export const sizeOfExpression = (root: Scalar): number => {
  const seen = new Set<Scalar>()
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    scalarOperands(scalar).forEach(visit)
  }
  visit(root)
  return seen.size
}
