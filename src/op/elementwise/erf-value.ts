/** Below this the Maclaurin series of erf converges quickly and without loss; above, the continued fraction does. */
const SERIES_LIMIT = 2.5

/** erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5…(2n+1)): all terms positive (Abramowitz and Stegun 7.1.6). */
const series = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** erfc(x) for large x by its continued fraction (Abramowitz and Stegun 7.1.14), from the inside out. */
const complement = (x: number): number => {
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction))
}

/** The error function in float64, to about 1e-15. */
export const erfValue = (x: number): number => {
  if (Number.isNaN(x) || x === 0) return x
  const size = Math.abs(x)
  const value = size < SERIES_LIMIT ? series(size) : 1 - complement(size)
  return x < 0 ? -value : value
}
