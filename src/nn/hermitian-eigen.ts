/** Eigenvalues and eigenvectors of a Hermitian matrix, in float64 on the host: for first values of parameters. */

/** A matrix or vector of complex numbers, row-major. */
export interface ComplexArray {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** A unitary turn of the plane of p and q: e_p → c·e_p − s·w̄·e_q, e_q → s·w·e_p + c·e_q. */
interface Turn {
  readonly p: number
  readonly q: number
  readonly c: number
  readonly s: number
  /** w = a_pq / |a_pq|. */
  readonly re: number
  readonly im: number
}

/** Elements `i` and `j` of a, turned; `sign` −1 takes w̄ for w, as rows need. */
const turnPair = (a: ComplexArray, i: number, j: number, turn: Turn, sign: 1 | -1): void => {
  const { re, im } = a
  const { c, s } = turn
  const [wr, wi] = [turn.re, sign * turn.im]
  const [xr = 0, xi = 0, yr = 0, yi = 0] = [re[i], im[i], re[j], im[j]]
  re[i] = c * xr - s * (wr * yr + wi * yi)
  im[i] = c * xi - s * (wr * yi - wi * yr)
  re[j] = s * (wr * xr - wi * xi) + c * yr
  im[j] = s * (wr * xi + wi * xr) + c * yi
}

/** The turn that makes a_pq zero; null where it is as good as that. */
const turnOf = ({ re, im }: ComplexArray, n: number, p: number, q: number, small: number): Turn | null => {
  const [x = 0, y = 0, first = 0, second = 0] = [re[p * n + q], im[p * n + q], re[p * n + p], re[q * n + q]]
  const size = Math.hypot(x, y)
  if (size <= small) return null
  const zeta = (second - first) / (2 * size)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
  const c = 1 / Math.hypot(1, tangent)
  return { p, q, c, s: tangent * c, re: x / size, im: y / size }
}

const identity = (n: number): ComplexArray => ({
  re: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  im: new Float64Array(n * n),
})

/**
 * The eigenvalues of a Hermitian n × n matrix, in no particular order, and unit eigenvectors as columns, by Jacobi's
 * method: each element off the diagonal is turned to zero, over and over, which converges quadratically
 * (Golub and Van Loan, section 8.5). O(n³) a sweep, about eight sweeps.
 */
export const hermitianEigen = (
  matrix: ComplexArray,
  n: number,
): { readonly values: Float64Array; readonly vectors: ComplexArray } => {
  const a = { re: matrix.re.slice(), im: matrix.im.slice() }
  const v = identity(n)
  const small = Math.hypot(...a.re, ...a.im) * 1e-17
  for (let turned = true; turned;) {
    turned = false
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const turn = turnOf(a, n, p, q, small)
        if (turn === null) continue
        turned = true
        for (let k = 0; k < n; k++) {
          turnPair(a, k * n + p, k * n + q, turn, 1)
          turnPair(v, k * n + p, k * n + q, turn, 1)
        }
        for (let k = 0; k < n; k++) turnPair(a, p * n + k, q * n + k, turn, -1)
        // What is zero is zero exactly, so that the sweeps end.
        for (const at of [p * n + q, q * n + p]) a.re[at] = a.im[at] = 0
      }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a.re[i * n + i] ?? 0), vectors: v }
}
