/** State space models as plain loops over complex numbers in float64: the oracle of their kernels. */

export type Complex = readonly [re: number, im: number]
type Matrix = readonly (readonly Complex[])[]

export const ZERO: Complex = [0, 0]
export const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d]
export const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c]
const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d]
const conjugate = ([a, b]: Complex): Complex => [a, -b]
const scaled = (factor: number, [a, b]: Complex): Complex => [factor * a, factor * b]
const over = (x: Complex, [c, d]: Complex): Complex =>
  scaled(1 / (c * c + d * d), times(x, conjugate([c, d])))

const dot = (x: readonly Complex[], y: readonly Complex[]): Complex =>
  x.reduce((sum, value, i) => plus(sum, times(value, y[i] ?? ZERO)), ZERO)

/** M⁻¹ v, by Gauss and Jordan with pivots. */
const solved = (matrix: Matrix, v: readonly Complex[]): readonly Complex[] => {
  let rows = matrix.map((row, i) => [...row, v[i] ?? ZERO])
  for (let k = 0; k < rows.length; k++) {
    const size = (i: number): number => Math.hypot(...(rows[i]?.[k] ?? ZERO))
    const pivot = rows.reduce((best, _, i) => (i >= k && size(i) > size(best) ? i : best), k)
    const swapped = rows.map((row, i) => (i === k ? rows[pivot] : i === pivot ? rows[k] : row) ?? [])
    const top = (swapped[k] ?? []).map((value, _, row) => over(value, row[k] ?? ZERO))
    rows = swapped.map((row, i) =>
      i === k ? top : row.map((value, j) => minus(value, times(row[k] ?? ZERO, top[j] ?? ZERO))),
    )
  }
  return rows.map((row) => row.at(-1) ?? ZERO)
}

/** x′ = A x + B u and y = C x, A = diag λ − Σ p p*, of which one of each conjugate pair of states is stated. */
export interface StateSpace {
  readonly step: number
  readonly lambda: readonly Complex[]
  readonly lowRank: readonly (readonly Complex[])[]
  readonly input: readonly Complex[]
  readonly output: readonly Complex[]
}

/** Both of each pair. */
const pairs = (half: readonly Complex[]): readonly Complex[] => [...half, ...half.map(conjugate)]

const exponential = ([x, y]: Complex): Complex => [Math.exp(x) * Math.cos(y), Math.exp(x) * Math.sin(y)]

/** x ↦ Ā x, and B̄. */
const discrete = (
  { step, lambda, lowRank, input }: StateSpace,
  discretisation: 'zoh' | 'bilinear',
): readonly [next: (x: readonly Complex[]) => readonly Complex[], first: readonly Complex[]] => {
  const [diagonal, b, factors] = [pairs(lambda), pairs(input), lowRank.map(pairs)]
  if (discretisation === 'zoh') {
    const growth = diagonal.map((value) => exponential(scaled(step, value)))
    const first = growth.map((value, n) =>
      over(times(b[n] ?? ZERO, minus(value, [1, 0])), diagonal[n] ?? ZERO),
    )
    return [(x) => x.map((value, n) => times(growth[n] ?? ZERO, value)), first]
  }
  const a = diagonal.map((value, i) =>
    diagonal.map((_, j) =>
      factors.reduce(
        (sum, p) => minus(sum, times(p[i] ?? ZERO, conjugate(p[j] ?? ZERO))),
        i === j ? value : ZERO,
      ),
    ),
  )
  /** 1 + factor · A */
  const near1 = (factor: number): Matrix =>
    a.map((row, i) => row.map((value, j) => plus(i === j ? [1, 0] : ZERO, scaled(factor, value))))
  const [below, above] = [near1(-step / 2), near1(step / 2)]
  const next = (x: readonly Complex[]): readonly Complex[] =>
    solved(
      below,
      above.map((row) => dot(row, x)),
    )
  return [
    next,
    solved(
      below,
      b.map((value) => scaled(step, value)),
    ),
  ]
}

/** y after each step, u an impulse at the first: x ← Ā x + B̄ u. */
export const impulseResponse = (
  system: StateSpace,
  discretisation: 'zoh' | 'bilinear',
  length: number,
): readonly number[] => {
  const [next, first] = discrete(system, discretisation)
  const output = pairs(system.output)
  const found: number[] = []
  let state = first
  for (let l = 0; l < length; l++) {
    found.push(dot(output, state)[0])
    state = next(state)
  }
  return found
}
