/**
 * Tests of distributions. Every bound is passed by one sample in 10^8 that is drawn as it should be, so with fixed
 * seeds a failure is a defect.
 */

const FALSE_ALARM = 1e-8
/** A normal number lies beyond so many deviations with a probability below the above. */
export const DEVIATIONS = 6

export const mean = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0) / xs.length

export const variance = (xs: readonly number[]): number => {
  const centre = mean(xs)
  return mean(xs.map((x) => (x - centre) ** 2))
}

export const correlation = (xs: readonly number[], ys: readonly number[]): number => {
  const [x0, y0] = [mean(xs), mean(ys)]
  return mean(xs.map((x, i) => (x - x0) * ((ys[i] ?? 0) - y0))) / Math.sqrt(variance(xs) * variance(ys))
}

export type Distribution = (x: number) => number

/** Largest distance between the empirical distribution and a continuous one. */
export const kolmogorov = (xs: readonly number[], distribution: Distribution): number =>
  xs
    .toSorted((a, b) => a - b)
    .reduce((worst, x, i) => {
      const at = distribution(x)
      return Math.max(worst, Math.abs(at - i / xs.length), Math.abs(at - (i + 1) / xs.length))
    }, 0)

/** The distance that such a sample exceeds (Dvoretzky, Kiefer, Wolfowitz; Massart 1990): √(−ln(α/2) / 2n). */
export const kolmogorovBound = (n: number): number => Math.sqrt(-Math.log(FALSE_ALARM / 2) / (2 * n))

/** Pearson's statistic of counts against probabilities. */
export const chiSquare = (counts: readonly number[], probabilities: readonly number[]): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce((sum, count, i) => {
    const expected = total * (probabilities[i] ?? 0)
    return sum + (count - expected) ** 2 / expected
  }, 0)
}

/** A bound on the tail of χ² with k degrees of freedom (Laurent and Massart 2000): k + 2√(kt) + 2t, t = −ln α. */
export const chiSquareBound = (k: number): number => {
  const t = -Math.log(FALSE_ALARM)
  return k + 2 * Math.sqrt(k * t) + 2 * t
}

/** ∫ f by Simpson's rule. */
export const integral = (f: (x: number) => number, from: number, to: number, steps = 200): number => {
  const h = (to - from) / steps
  let total = f(from) + f(to)
  for (let i = 1; i < steps; i++) total += (i % 2 === 0 ? 2 : 4) * f(from + i * h)
  return (total * h) / 3
}

export const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

/** Φ, by integrating the density. */
export const normalDistribution: Distribution = (x) => 0.5 + integral(normalDensity, 0, x)

/** A normal number under the condition that it lies between bounds, by integrating the density between them. */
export const truncatedNormalDistribution = (low: number, high: number): Distribution => {
  const mass = integral(normalDensity, low, high)
  return (x) => integral(normalDensity, low, x) / mass
}

export const exponentialDistribution: Distribution = (x) => -Math.expm1(-x)

export const gumbelDistribution: Distribution = (x) => Math.exp(-Math.exp(-x))

/** log Γ by Stirling's series, its argument first raised above 15. */
export const logGammaFunction = (x: number): number => {
  let [shifted, below] = [x, 0]
  for (; shifted < 15; shifted++) below += Math.log(shifted)
  const square = 1 / (shifted * shifted)
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / shifted
  return (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series - below
}

/** P(a, x) = x^a·e^(−x) / Γ(a + 1) · Σ x^n / (a + 1)…(a + n): all terms are positive. */
export const gammaDistribution =
  (a: number): Distribution =>
  (x) => {
    if (x <= 0) return 0
    let [term, sum] = [1, 1]
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= x / (a + n)
      sum += term
    }
    return Math.exp(a * Math.log(x) - x - logGammaFunction(a + 1)) * sum
  }

/** I_x(a, b) below 1/2: x^a / B(a, b) · Σ (1 − b)…(n − b) / n! · x^n / (a + n). */
const lowerBeta = (a: number, b: number, x: number): number => {
  if (x <= 0) return 0
  let [power, sum] = [1, 1 / a]
  for (let n = 1; n < 80; n++) {
    power *= ((n - b) * x) / n
    sum += power / (a + n)
  }
  const logBeta = logGammaFunction(a) + logGammaFunction(b) - logGammaFunction(a + b)
  return Math.exp(a * Math.log(x) - logBeta) * sum
}

/** The regularised incomplete beta function, by its series on the nearer side. */
export const betaDistribution =
  (a: number, b: number): Distribution =>
  (x) =>
    x <= 0.5 ? lowerBeta(a, b, x) : 1 - lowerBeta(b, a, 1 - x)
