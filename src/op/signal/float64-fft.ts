/**
 * The discrete Fourier transform in float64, for any length: the meaning of all Fourier ops.
 *
 * Mixed radix by the smallest prime factor, decimation in time (Cooley and Tukey 1965), and the defining
 * sum for primes. It shares nothing with the expansion that targets run, which it is the oracle of.
 */

/** Complex numbers as two planes. */
export interface ComplexLine {
  readonly re: Float64Array
  readonly im: Float64Array
}

const smallestFactor = (n: number): number => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return factor
  return n
}

interface Roots {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

/** Powers of e^(sign·2πi/n). */
const rootsOf = (n: number, sign: 1 | -1): Roots => ({
  cos: Float64Array.from({ length: n }, (_, k) => Math.cos((2 * Math.PI * k) / n)),
  sin: Float64Array.from({ length: n }, (_, k) => sign * Math.sin((2 * Math.PI * k) / n)),
})

/** The transform of the n numbers at `start`, `start + stride`, …; `roots` are those of the whole length, n·stride. */
const transformLine = (
  x: ComplexLine,
  start: number,
  stride: number,
  n: number,
  roots: Roots,
  whole: number,
): ComplexLine => {
  const out = { re: new Float64Array(n), im: new Float64Array(n) }
  if (n === 1) {
    out.re[0] = x.re[start] ?? 0
    out.im[0] = x.im[start] ?? 0
    return out
  }
  const radix = smallestFactor(n)
  const rest = n / radix
  const parts = Array.from({ length: radix }, (_, r) =>
    rest === 1
      ? {
          re: x.re.subarray(start + r * stride, start + r * stride + 1),
          im: x.im.subarray(start + r * stride, start + r * stride + 1),
        }
      : transformLine(x, start + r * stride, stride * radix, rest, roots, whole),
  )
  const step = whole / n
  for (let k = 0; k < n; k++) {
    let re = 0
    let im = 0
    for (let r = 0; r < radix; r++) {
      const root = ((r * k) % n) * step
      const [cos, sin] = [roots.cos[root] ?? 0, roots.sin[root] ?? 0]
      const [pr, pi] = [parts[r]?.re[k % rest] ?? 0, parts[r]?.im[k % rest] ?? 0]
      re += pr * cos - pi * sin
      im += pr * sin + pi * cos
    }
    out.re[k] = re
    out.im[k] = im
  }
  return out
}

/** Σₙ x[n]·e^(sign·2πi·nk/N) for every k; sign −1 is the transform, +1 its inverse times N. */
export const dft = (x: ComplexLine, sign: 1 | -1): ComplexLine => {
  const n = x.re.length
  return n === 0 ? x : transformLine(x, 0, 1, n, rootsOf(n, sign), n)
}

/** Complex arrays of a shape. */
export interface ComplexArray extends ComplexLine {
  readonly shape: readonly number[]
}

/**
 * Replaces every line along `axis` by what `f` makes of it, a line of `length`. Missing input points are
 * zero and superfluous ones are dropped where `f` is given a line of `given` points.
 */
export const mapLines = (
  x: ComplexArray,
  axis: number,
  given: number,
  length: number,
  f: (line: ComplexLine) => ComplexLine,
): ComplexArray => {
  const size = x.shape[axis] ?? 1
  const inner = x.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1)
  const outer = x.shape.slice(0, axis).reduce((product, dim) => product * dim, 1)
  const shape = x.shape.map((dim, i) => (i === axis ? length : dim))
  const out = { re: new Float64Array(outer * length * inner), im: new Float64Array(outer * length * inner) }
  const line = { re: new Float64Array(given), im: new Float64Array(given) }
  for (let before = 0; before < outer; before++)
    for (let after = 0; after < inner; after++) {
      for (let i = 0; i < Math.min(given, size); i++) {
        line.re[i] = x.re[(before * size + i) * inner + after] ?? 0
        line.im[i] = x.im[(before * size + i) * inner + after] ?? 0
      }
      const { re, im } = f(line)
      for (let k = 0; k < length; k++) {
        out.re[(before * length + k) * inner + after] = re[k] ?? 0
        out.im[(before * length + k) * inner + after] = im[k] ?? 0
      }
    }
  return { shape, ...out }
}
