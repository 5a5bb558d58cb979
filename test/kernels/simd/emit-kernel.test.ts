import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import type { Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { scalarKernels } from '../../support/arbitrary-scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'
import { binary, constant, contraction, sizeOf, values } from '../../support/scalar-kernels.js'

/** Arguments beyond which rounding errors of the argument show in the result. */
const CLAMPED: ReadonlySet<string> = new Set(['sin', 'cos', 'exp'])
const clamp = (x: Scalar): Scalar => binary('max', binary('min', x, constant(6)), constant(-6))

/** The expression with arguments in range; nodes shared before are shared after. */
const tamer = () => {
  const done = new Map<Scalar, Scalar>()
  const tame = (scalar: Scalar): Scalar => {
    const known = done.get(scalar)
    if (known !== undefined) return known
    const built = rebuilt(scalar)
    done.set(scalar, built)
    return built
  }
  const rebuilt = (scalar: Scalar): Scalar => {
    switch (scalar.kind) {
      case 'unary':
        return { ...scalar, x: CLAMPED.has(scalar.fn) ? clamp(tame(scalar.x)) : tame(scalar.x) }
      case 'binary':
      case 'guard':
        return { ...scalar, x: tame(scalar.x), y: tame(scalar.y) }
      case 'select':
        return { ...scalar, condition: tame(scalar.condition), x: tame(scalar.x), y: tame(scalar.y) }
      default:
        return scalar
    }
  }
  return tame
}

const tamed = (kernel: ScalarKernel): ScalarKernel => ({
  ...kernel,
  body: tamer()(kernel.body),
  epilogue: kernel.epilogue === null ? null : tamer()(kernel.epilogue),
})

/** The first element that is further off than the bound, relative to its size or to 1. */
const firstMiss = (found: Float32Array, wanted: Float64Array, bound: number): string | null => {
  const at = wanted.findIndex((exact, i) => {
    const [a, b] = [found[i] ?? NaN, Math.fround(exact)]
    return !Object.is(a, b) && a !== b && !(Math.abs(a - b) <= bound * Math.max(Math.abs(b), 1))
  })
  return at < 0 ? null : `element ${at}: ${found[at]} instead of ${wanted[at]}`
}

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
  expect(firstMiss(whole, evaluateKernel(kernel, inputs), bound)).toBeNull()
  if (emitted.units < 2) return
  expect(run({ step: 1, backwards: true })).toEqual(whole)
  expect(run({ step: 3 })).toEqual(whole)
}

describe.each(FEATURES)('kernels over four lanes, %o', (features) => {
  it('mean what their expressions mean', () => {
    fc.assert(
      fc.property(scalarKernels(false).map(tamed), fc.nat(1000), (kernel, seed) => {
        check(
          kernel,
          features,
          kernel.inputs.map((length, i) => values(length, seed + i)),
          2e-4,
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
