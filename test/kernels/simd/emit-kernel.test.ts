import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import { scalarKernels } from '../../support/arbitrary-scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'
import { contraction, distance, sizeOf, values } from '../../support/scalar-kernels.js'

/** The kernel's output, held to the float64 meaning and to be the same however its units are divided. */
const check = (kernel: ScalarKernel, features: Features, inputs: readonly Float32Array[], bound: number) => {
  const emitted = emitSimdKernel(kernel, features)
  const length = sizeOf(kernel.shape)
  const run = (options: { readonly step?: number; readonly backwards?: boolean }) => {
    const { output, isTidy } = runSimdKernel(emitted, features, length, inputs, options)
    expect(isTidy).toBe(true)
    return output
  }
  const whole = run({})
  expect(distance(whole, evaluateKernel(kernel, inputs))).toBeLessThan(bound)
  if (emitted.units < 2) return
  expect(run({ step: 1, backwards: true })).toEqual(whole)
  expect(run({ step: 3 })).toEqual(whole)
}

describe.each(FEATURES)('kernels over four lanes, %o', (features) => {
  it('mean what their expressions mean', () => {
    fc.assert(
      fc.property(scalarKernels(false), fc.nat(1000), (kernel, seed) => {
        check(
          kernel,
          features,
          kernel.inputs.map((length, i) => values(length, seed + i)),
          1e-4,
        )
      }),
    )
  })

  it.each([
    [1, 1, 1],
    [3, 7, 5],
    [16, 33, 64],
  ])('sum products of %d by %d by %d', (m, k, n) => {
    check(contraction(m, k, n), features, [values(m * k), values(k * n, 2)], 1e-5)
  })
})
