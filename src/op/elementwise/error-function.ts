/**
 * The error function in float64 to 1e-15 relative, and its complement to 2e-14. Near 0 by the series with positive terms (DLMF 7.6.2), which does not cancel; beyond by the
 * even part of the continued fraction of erfc (DLMF 7.9.2).
 */

/** Where the series hands over to the continued fraction. */
const BORDER = 1.5
/** Levels of the continued fraction: enough for 1e-16 at the border. */
const DEPTH = 60
/** √π */
const SQRT_PI = Math.sqrt(Math.PI)

/** exp(−x²): the square's rounding error, which the exponential would magnify, is split off (Dekker's product). */
const gaussian = (x: number): number => {
  const square = x * x
  const scaled = x * 134217729
  const high = scaled - (scaled - x)
  const low = x - high
  const rest = high * high - square + 2 * high * low + low * low
  return square > 750 ? 0 : Math.exp(-square) * (1 - rest)
}

/** erf(x) = 2/√π exp(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), for 0 ≤ x < BORDER. */
const series = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / SQRT_PI) * gaussian(x) * sum
}

/** erfc(x) = exp(−x²)/√π · 2x / (2x²+1 − 1·2/(2x²+5 − 3·4/(2x²+9 − …))), for x ≥ BORDER. */
const fraction = (x: number): number => {
  const twice = 2 * x * x
  let tail = twice + 4 * DEPTH + 1
  for (let n = DEPTH - 1; n >= 0; n--) tail = twice + 4 * n + 1 - ((2 * n + 1) * (2 * n + 2)) / tail
  return ((gaussian(x) / SQRT_PI) * 2 * x) / tail
}

/** 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = (x: number): number => {
  const size = Math.abs(x)
  if (!(size < 6)) return Number.isNaN(x) ? x : Math.sign(x)
  return Math.sign(x) * (size < BORDER ? series(size) : 1 - fraction(size))
}

/** 1 − erf(x), without the loss of precision for large x. */
export const erfc = (x: number): number => {
  if (x < BORDER) return 1 - erf(x)
  return x < 30 ? fraction(x) : Number.isNaN(x) ? x : 0
}
