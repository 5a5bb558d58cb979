import fc from 'fast-check'
import { describe, it } from 'vitest'
import { emitGeneral } from '../../../kernels/simd/emit-general.js'
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { scalarKernels } from '../../support/arbitrary-scalar.js'
import { FEATURES } from '../../support/run-simd-kernel.js'
import { binary, constant, contraction, values } from '../../support/scalar-kernels.js'
import { checkKernel } from './check-kernel.js'

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

describe.each(FEATURES)('kernels over four lanes, %o', (features) => {
  it('mean what their expressions mean', () => {
    fc.assert(
      fc.property(scalarKernels(false).map(tamed), fc.nat(1000), (kernel, seed) => {
        checkKernel(
          emitSimdKernel(kernel, features),
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
    const kernel = contraction(m, k, n)
    const inputs = [values(m * k), values(k * n, 2)]
    checkKernel(emitGeneral(kernel, features), kernel, features, inputs, 1e-5)
  })
})
