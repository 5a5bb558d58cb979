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

/** First values of a parameter: as large as its initialiser makes them, drawn from N(0, ·) whatever its law. */
export const firstValues = ({ init, shape }: ParameterSpec, seed: number): Tensor => {
  const size = sizeOf(shape)
  if (init.kind === 'constant') return fromArray(new Float32Array(size).fill(init.value), shape)
  if (init.kind === 'values') return fromArray(Float32Array.from(init.values), shape)
  return gaussian(seed, shape, init.kind === 'normal' ? init.deviation : 1 / Math.sqrt(3 * fanInOf(shape)))
}
