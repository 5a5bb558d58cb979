import { expect } from 'vitest'
import type { Features, SimdKernel } from '../../../kernels/simd/kernel.js'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { runSimdKernel } from '../../support/run-simd-kernel.js'
import { sizeOf } from '../../support/scalar-kernels.js'

/** The first element that is further off than the bound, relative to its size or to 1. */
const firstMiss = (found: Float32Array, wanted: Float64Array, bound: number): string | null => {
  const at = wanted.findIndex((exact, i) => {
    const [a, b] = [found[i] ?? NaN, Math.fround(exact)]
    return !Object.is(a, b) && a !== b && !(Math.abs(a - b) <= bound * Math.max(Math.abs(b), 1))
  })
  return at < 0 ? null : `element ${at}: ${found[at]} instead of ${wanted[at]}`
}

/** The kernel's output, held to the float64 meaning and to be the same however its units are divided. */
export const checkKernel = (
  emitted: SimdKernel,
  kernel: ScalarKernel,
  features: Features,
  inputs: readonly Float32Array[],
  bound: number,
): Float32Array => {
  const length = sizeOf(kernel.shape)
  const run = (options: { readonly step?: number; readonly backwards?: boolean }) => {
    const { output, isTidy } = runSimdKernel(emitted, features, length, inputs, options)
    expect(isTidy).toBe(true)
    return output
  }
  const whole = run({})
  expect(firstMiss(whole, evaluateKernel(kernel, inputs), bound)).toBeNull()
  if (emitted.units < 2) return whole
  expect(run({ step: 1, backwards: true })).toEqual(whole)
  expect(run({ step: 3 })).toEqual(whole)
  return whole
}
