/** The order of the bins of a spectrum: their frequencies, and zero frequency in the middle. */
import { fail, orFail, optionError, shapeError } from '../../error/error.js'
import { mapTensors } from '../../ir/tensor-tree.js'
import type { Tensor } from '../../ir/tensor.js'
import { printType } from '../../shape/dim.js'
import type { Shape } from '../../shape/dim.js'
import { axesFromFront, checkAxes } from '../../shape/permute.js'
import type { HalfLength, SizedAxesCheck } from '../../shape/signal.js'
import { apply1 } from '../def.js'
import { fromArray } from '../leaf/constant.js'
import { typedResult } from '../typed-result.js'
import { rollOp } from '../view/roll.js'
import type { Complex } from './complex.js'
import { halfLength } from './fourier-attributes.js'

/** The shape of a tensor or of complex planes. */
type ShapeIn<X> = X extends { readonly shape: infer S extends Shape }
  ? S
  : X extends { readonly re: { readonly shape: infer S extends Shape } }
    ? S
    : Shape

/** x with each of the axes rolled by `shift(size)`. */
const rolled = (
  where: string,
  x: Tensor,
  axes: readonly number[],
  shift: (size: number) => number,
): Tensor => {
  const front = orFail(checkAxes(where, x.shape, axesFromFront(axes, x.shape.length)))
  const shifts = front.map((axis) => {
    const size = x.shape[axis]
    return typeof size === 'number'
      ? shift(size)
      : fail(
          shapeError({
            where,
            expected: 'a size for every axis that is shifted',
            found: `${printType(x)} and axis ${axis}`,
            hint: 'a named axis has no middle before it is bound',
          }),
        )
  })
  return apply1(rollOp, { shifts, axes: front }, [x])
}

/**
 * A tensor, or complex planes, rotated along the axes so that bin 0, which is first, stands at floor(N/2): bins then
 * run from the lowest negative frequency to the highest positive one. As `fftshift` in NumPy.
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x with sizes.
 */
export const fftShift =
  <const Axes extends readonly number[]>(axes: Axes) =>
  <X extends Tensor | Complex>(x: X & SizedAxesCheck<'fftShift', ShapeIn<X>, Axes>): X =>
    mapTensors<X>(x, (tensor) => rolled('fftShift', tensor, axes, (size) => Math.floor(size / 2)))

/**
 * Undoes `fftShift`, of odd sizes too: bin 0 returns from floor(N/2) to the front.
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x with sizes.
 */
export const ifftShift =
  <const Axes extends readonly number[]>(axes: Axes) =>
  <X extends Tensor | Complex>(x: X & SizedAxesCheck<'ifftShift', ShapeIn<X>, Axes>): X =>
    mapTensors<X>(x, (tensor) => rolled('ifftShift', tensor, axes, (size) => Math.ceil(size / 2)))

const frequencies = (
  where: string,
  length: number,
  spacing: number,
  bins: number,
  bin: (k: number) => number,
): Float64Array =>
  Number.isInteger(length) && length >= 1 && Number.isFinite(spacing) && spacing > 0
    ? Float64Array.from({ length: bins }, (_, k) => bin(k) / (length * spacing))
    : fail(
        optionError({
          where,
          expected: 'a whole length of at least 1 and a spacing above 0',
          found: `length ${length} and spacing ${spacing}`,
          hint: 'the length is the number of points transformed',
        }),
      )

/**
 * The frequency of each bin of `fft` over N points that lie `spacing` apart (1 unless stated), in cycles per unit of
 * the spacing: k/(N·spacing), where bins from N/2 on are negative frequencies. As `fftfreq` in NumPy.
 * @throws TraceFailure with an OptionError where the length is not a whole number of at least 1 or the spacing is not positive.
 */
export const fftFrequencies = <const N extends number>(length: N, spacing = 1): Tensor<readonly [N], 'f32'> =>
  fromArray(
    frequencies('fftFrequencies', length, spacing, length, (k) => (2 * k < length ? k : k - length)),
    [length],
  )

/**
 * The frequency of each bin of `rfft` over N points that lie `spacing` apart, in cycles per unit of the spacing:
 * k/(N·spacing) for k ≤ N/2. As `rfftfreq` in NumPy.
 * @throws TraceFailure with an OptionError where the length is not a whole number of at least 1 or the spacing is not positive.
 */
export const rfftFrequencies = <const N extends number>(
  length: N,
  spacing = 1,
): Tensor<readonly [HalfLength<N>], 'f32'> => {
  const values = frequencies('rfftFrequencies', length, spacing, halfLength(length), (k) => k)
  return typedResult(fromArray(values, [values.length]))
}
