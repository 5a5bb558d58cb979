/** Numbers to compute with: drawn by a plain generator, the same on every machine, without a device. */
import type { Tensor } from '../../ir/tensor.js'
import { fanInOf } from '../../nn/initialiser.js'
import type { ParameterSpec } from '../../nn/parameter.js'
import { fromArray } from '../../op/leaf/constant.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'

/** N(0, deviation²) by Box and Muller's method from a linear congruential generator (constants of Numerical Recipes). */
const gaussianNumbers = (seed: number, count: number, deviation: number): Float32Array => {
  let state = Math.imul(seed + 1, 2654435769) >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return Float32Array.from(
    { length: count },
    () => deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

/** A tensor of numbers from N(0, deviation²); equal seeds give equal numbers. */
export const gaussian = <const S extends Shape>(seed: number, shape: S, deviation = 1): Tensor<S, 'f32'> =>
  fromArray(gaussianNumbers(seed, sizeOf(shape), deviation), shape)

/** The standard deviation of an initialiser's numbers. */
const deviationOf = ({ init, shape }: ParameterSpec): number => {
  switch (init.kind) {
    case 'normal':
      return init.deviation
    case 'uniform':
      return (init.high - init.low) / Math.sqrt(12)
    case 'pytorchLinear':
      return 1 / Math.sqrt(3 * fanInOf(shape))
    default:
      return 0.02
  }
}

/** First values of a parameter: constants as specified, others normal with the deviation of their initialiser. */
export const firstValues = (spec: ParameterSpec, seed: number): Tensor => {
  const { init, shape } = spec
  return init.kind === 'constant'
    ? fromArray(new Float32Array(sizeOf(shape)).fill(init.value), shape)
    : gaussian(seed, shape, deviationOf(spec))
}
