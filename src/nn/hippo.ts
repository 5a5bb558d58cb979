/**
 * HiPPO-LegS (Gu et al. 2020) and its form as a normal matrix plus one of low rank (S4; Gu et al. 2022), which
 * first values of state space models are taken from. Float64, on the host.
 */
import { fail, optionError } from '../error/error.js'
import type { ComplexArray } from './hermitian-eigen.js'
import { hermitianEigen } from './hermitian-eigen.js'

/** A of x′ = A x + B u, n × n, row-major: −√((2i+1)(2j+1)) below the diagonal, −(i+1) on it. */
export const legsMatrix = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    if (i === j) return -(i + 1)
    return i > j ? -Math.sqrt((2 * i + 1) * (2 * j + 1)) : 0
  })

/** B: √(2i+1). */
export const legsInput = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sqrt(2 * i + 1))

/** P, for which A + P Pᵀ is normal, −½ on the diagonal and skew besides: √(i+½). */
export const legsLowRank = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sqrt(i + 0.5))

/**
 * A = V (diag λ − P P*) V*, of which one of each conjugate pair is kept: n/2 numbers λ, P = V* P, B = V* B, and V
 * n × n/2. Imaginary parts of λ are negative, the largest first.
 */
export interface NormalPlusLowRank {
  readonly lambda: ComplexArray
  readonly p: ComplexArray
  readonly b: ComplexArray
  readonly v: ComplexArray
}

/** A + P Pᵀ = −½ I + S; the Hermitian matrix −i S. */
const hermitianPart = (n: number): ComplexArray => {
  const [a, p] = [legsMatrix(n), legsLowRank(n)]
  const skew = a.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    return i === j ? 0 : value + (p[i] ?? 0) * (p[j] ?? 0)
  })
  return { re: new Float64Array(n * n), im: skew.map((value) => -value) }
}

/** V* x for real x. */
const projected = ({ re, im }: ComplexArray, x: Float64Array): ComplexArray => {
  const half = re.length / x.length
  const column = (part: Float64Array, k: number): number =>
    x.reduce((sum, value, i) => sum + value * (part[i * half + k] ?? 0), 0)
  return {
    re: Float64Array.from({ length: half }, (_, k) => column(re, k)),
    im: Float64Array.from({ length: half }, (_, k) => -column(im, k)),
  }
}

/** The eigenvectors at `kept`, each turned so that its first element is real and positive, which makes them unique. */
const columnsOf = ({ re, im }: ComplexArray, n: number, kept: readonly number[]): ComplexArray => {
  const result = { re: new Float64Array(n * kept.length), im: new Float64Array(n * kept.length) }
  kept.forEach((column, k) => {
    const [x = 1, y = 0] = [re[column], im[column]]
    const size = Math.hypot(x, y)
    for (let i = 0; i < n; i++) {
      const [a = 0, b = 0] = [re[i * n + column], im[i * n + column]]
      result.re[i * kept.length + k] = (a * x + b * y) / size
      result.im[i * kept.length + k] = (b * x - a * y) / size
    }
  })
  return result
}

const decompose = (n: number): NormalPlusLowRank => {
  const { values, vectors } = hermitianEigen(hermitianPart(n), n)
  const kept = [...values.keys()]
    .filter((i) => (values[i] ?? 0) < 0)
    .sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0))
  const v = columnsOf(vectors, n, kept)
  return {
    lambda: {
      re: new Float64Array(kept.length).fill(-0.5),
      im: Float64Array.from(kept, (i) => values[i] ?? 0),
    },
    p: projected(v, legsLowRank(n)),
    b: projected(v, legsInput(n)),
    v,
  }
}

const decomposed = new Map<number, NormalPlusLowRank>()

/**
 * The decomposition of LegS with n states, n even; computed once for each n.
 * @throws TraceFailure with an OptionError where n is odd or not a positive whole number.
 */
export const legsDecomposition = (n: number): NormalPlusLowRank => {
  if (!Number.isInteger(n) || n < 2 || n % 2 === 1)
    fail(
      optionError({
        where: 'legsDecomposition: n',
        expected: 'a positive even number of states',
        found: `${n}`,
        hint: 'states come in conjugate pairs',
      }),
    )
  const known = decomposed.get(n) ?? decompose(n)
  decomposed.set(n, known)
  return known
}
