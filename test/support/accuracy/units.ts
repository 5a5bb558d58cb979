/** Errors in units in the last place of float32. */

const SMALLEST_NORMAL = 2 ** -126
/** Above this a result of float32 may round to infinity. */
const LARGEST = 2 ** 127

/**
 * The distance of neighbouring float32 numbers at x; but at least the smallest normal number, because a shader flushes
 * what is below it to 0, within an expression too.
 */
export const unitAt = (x: number): number => {
  const size = Math.abs(x)
  if (!(size >= SMALLEST_NORMAL)) return SMALLEST_NORMAL
  const exponent = Math.floor(Math.log2(size))
  // The logarithm of the number just below a power of two may round up to that power's.
  const exact = 2 ** exponent > size ? exponent - 1 : exponent
  return Math.max(2 ** (exact - 23), SMALLEST_NORMAL)
}

/** Units between a float32 and the exact result: ½ at most where it is correctly rounded; infinite for a missed NaN. */
export const unitsOff = (found: number, exact: number): number => {
  if (found === exact || (Number.isNaN(found) && Number.isNaN(exact))) return 0
  // What overflows is not measured here: the special values are tested by themselves.
  if (Math.abs(exact) > LARGEST) return 0
  return Number.isFinite(found - exact) ? Math.abs(found - exact) / unitAt(exact) : Infinity
}

/** The largest finite magnitude. */
export const largest = (values: ArrayLike<number>): number => {
  let norm = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0)
    if (size > norm && size < Infinity) norm = size
  }
  return norm
}

/** ‖found − exact‖∞; infinite where a NaN or an infinity is missed. */
export const distance = (found: ArrayLike<number>, exact: ArrayLike<number>): number => {
  let worst = 0
  for (let i = 0; i < exact.length; i++) {
    const [value, wanted] = [found[i] ?? Number.NaN, exact[i] ?? Number.NaN]
    if (value === wanted || Object.is(value, wanted)) continue
    const away = Math.abs(value - wanted)
    worst = Math.max(worst, Number.isNaN(away) ? Infinity : away)
  }
  return worst
}

/** A distance in units of the last place of numbers as large as `scale`: 2^-23 of it. */
export const unitsOf = (away: number, scale: number): number => (away === 0 ? 0 : away / (scale * 2 ** -23))

/** Rounded up to two significant digits. */
export const roundedUp = (x: number): number => {
  if (x === 0 || !Number.isFinite(x)) return x
  const step = 10 ** (Math.floor(Math.log10(x)) - 1)
  const up = Math.ceil(x / step - 1e-9) * step
  return Number(up.toPrecision(2))
}
