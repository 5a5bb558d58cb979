/**
 * The kernel of the two-dimensional state space model (Baron et al. 2023): the answer to an impulse in the corner,
 *
 *   h_ij = m (A₁ h_i,j−1 + A₂ v_i,j−1) + B₁ u_ij        v_ij = m (A₃ h_i−1,j + A₄ v_i−1,j) + B₂ u_ij
 *   K_ij = N^−½ Re Σ_n (C₁ h_ij + C₂ v_ij)
 *
 * with m = ½ where both terms can be other than 0, else 1; then the first row and the first column twice, the corner
 * once, as the reference has it. Places of one anti-diagonal do not wait for one another, so a step is a diagonal.
 */
import type { Tensor } from '../ir/tensor.js'
import { loop } from '../op/control/loop.js'
import { build } from '../op/index.js'

/** A number as its planes; a real one has no imaginary plane. */
export interface Number2d {
  readonly re: Tensor
  readonly im: Tensor | null
}

export interface Ssm2dSystem {
  /** A₁ to A₄: [systems, N]. */
  readonly matrix: readonly Number2d[]
  /** B₁, B₂: [systems, N]. */
  readonly input: readonly Number2d[]
  /** C₁, C₂: [kernels, N]; kernel k has system k mod systems. */
  readonly output: readonly Number2d[]
}

const sum = (x: Number2d, y: Number2d): Number2d => ({
  re: build.add(x.re, y.re),
  im: x.im === null || y.im === null ? (x.im ?? y.im) : build.add(x.im, y.im),
})

const product = (x: Number2d, y: Number2d): Number2d => {
  const re = build.mul(x.re, y.re)
  if (x.im === null || y.im === null) {
    const im = x.im === null ? (y.im === null ? null : build.mul(x.re, y.im)) : build.mul(x.im, y.re)
    return { re, im }
  }
  return {
    re: build.sub(re, build.mul(x.im, y.im)),
    im: build.add(build.mul(x.re, y.im), build.mul(x.im, y.re)),
  }
}

const mapPlanes = (x: Number2d, f: (plane: Tensor) => Tensor): Number2d => ({
  re: f(x.re),
  im: x.im === null ? null : f(x.im),
})

const planesOf = ({ re, im }: Number2d): readonly Tensor[] => (im === null ? [re] : [re, im])

/** The numbers whose planes stand in a row. */
const numbersFrom = (planes: readonly Tensor[], isComplex: boolean): readonly Number2d[] => {
  if (!isComplex) return planes.map((re) => ({ re, im: null }))
  return planes.flatMap((re, i) => (i % 2 === 0 ? [{ re, im: planes[i + 1] ?? null }] : []))
}

/** m of h_ij: 0 where nothing can arrive, ½ where both terms can be other than 0. For v the axes change places. */
const factorOf = (along: number, across: number): number => {
  if (along < 1) return 0
  return (across === 0 && along >= 2) || (across >= 1 && along === 1) ? 1 : 0.5
}

/** A table over diagonals 1, 2, … and the rows of each: [steps, rows, 1, 1]. */
const perDiagonal = (
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): Tensor => {
  const steps = rows + columns - 2
  const at = (index: number): number => {
    const [row, column] = [index % rows, Math.floor(index / rows) + 1 - (index % rows)]
    return column < 0 || column >= columns ? 0 : value(row, column)
  }
  return build.table(
    Float64Array.from({ length: steps * rows }, (_, index) => at(index)),
    [steps, rows, 1, 1],
  )
}

/** Row i of the next diagonal from row i − 1 of the last: [rows, systems, N]. */
const downOneRow = (x: Tensor): Tensor =>
  build.pad(x, [
    [1, -1],
    [0, 0],
    [0, 0],
  ])

/** h and v of every diagonal, one of the others' lists: planes [diagonals, rows, systems, N]. */
const diagonals = (
  { matrix, input }: Ssm2dSystem,
  rows: number,
  columns: number,
): readonly [h: Number2d, v: Number2d] => {
  const [a1, a2, a3, a4] = matrix
  const [b1, b2] = input
  if (a1 === undefined || a2 === undefined || a3 === undefined || a4 === undefined)
    throw new RangeError('a matrix of fewer than four parts')
  if (b1 === undefined || b2 === undefined) throw new RangeError('an input of fewer than two parts')
  const isComplex = [a1, b1].some(({ im }) => im !== null)
  const [systems = 1, states = 1] = a1.re.shape
  const corner = build.table(
    Float64Array.from({ length: rows }, (_, row) => (row === 0 ? 1 : 0)),
    [rows, 1, 1],
  )
  const whole = (plane: Tensor | null): Tensor =>
    plane === null
      ? build.constant(0, [rows, systems, states])
      : build.broadcast(build.mul(corner, plane), [rows, systems, states])
  const start = [b1, b2].flatMap(({ re, im }) => (isComplex ? [whole(re), whole(im)] : [whole(re)]))
  if (rows + columns === 2) {
    const [h, v] = numbersFrom(
      start.map((plane) => build.reshape(plane, [1, rows, systems, states])),
      isComplex,
    )
    return [h ?? b1, v ?? b2]
  }
  const factors = [
    perDiagonal(rows, columns, (row, column) => factorOf(column, row)),
    perDiagonal(rows, columns, (row, column) => factorOf(row, column)),
  ]
  const { stacked } = loop(
    build,
    { length: rows + columns - 2, reverse: false, unroll: false, saveStates: false },
    start,
    factors,
    (carry, [mh, mv]) => {
      const [h, v] = numbersFrom(carry, isComplex)
      if (h === undefined || v === undefined || mh === undefined || mv === undefined)
        throw new RangeError('a step without its state')
      const right = mapPlanes(sum(product(a1, h), product(a2, v)), (plane) => build.mul(mh, plane))
      const down = mapPlanes(sum(product(a3, h), product(a4, v)), (plane) => build.mul(mv, downOneRow(plane)))
      const next = [...planesOf(right), ...planesOf(down)]
      return { carry: next, pieces: next }
    },
  )
  const all = start.map((plane, i) => {
    const rest = stacked[i]
    const first = build.reshape(plane, [1, rows, systems, states])
    return rest === undefined ? first : build.concat([first, rest], 0)
  })
  const [h, v] = numbersFrom(all, isComplex)
  return [h ?? b1, v ?? b2]
}

/** [diagonals, rows, …] → [rows, columns, …]: the place (i, j) is row i of diagonal i + j. */
const toGrid = (x: Tensor, columns: number): Tensor => {
  const [count = 1, rows = 1, systems = 1, states = 1] = x.shape.map(Number)
  const flat = build.reshape(build.permute(x, [1, 0, 2, 3]), [rows * count, systems, states])
  // One element more a row than there are diagonals shifts each row by one against the last.
  const longer = build.pad(flat, [
    [0, rows],
    [0, 0],
    [0, 0],
  ])
  return build.slice(
    build.reshape(longer, [rows, count + 1, systems, states]),
    [0, 0, 0, 0],
    [rows, columns, systems, states],
  )
}

/** Twice the first row and the first column, the corner once: [rows, columns, 1]. */
const borders = (rows: number, columns: number): Tensor =>
  build.table(
    Float64Array.from({ length: rows * columns }, (_, i) =>
      (i < columns || i % columns === 0) && i > 0 ? 2 : 1,
    ),
    [rows, columns, 1],
  )

/** All kernels over a grid: [rows, columns, kernels]. */
export const ssm2dKernel = (system: Ssm2dSystem, rows: number, columns: number): Tensor => {
  const [systems = 1, states = 1] = (system.matrix[0]?.re.shape ?? []).map(Number)
  const [kernels = 1] = (system.output[0]?.re.shape ?? []).map(Number)
  const terms = diagonals(system, rows, columns).map((x, which) => {
    const c = system.output[which] ?? { re: build.constant(0, [kernels, states]), im: null }
    const part = (weight: Tensor, state: Tensor): Tensor =>
      build.reshape(
        build.einsum(
          'qsn,ijsn->ijqs',
          build.reshape(weight, [kernels / systems, systems, states]),
          toGrid(state, columns),
        ),
        [rows, columns, kernels],
      )
    const real = part(c.re, x.re)
    return c.im === null || x.im === null ? real : build.sub(real, part(c.im, x.im))
  })
  const all = terms.reduce((a, b) => build.add(a, b))
  return build.mul(build.mul(all, borders(rows, columns)), build.constant(1 / Math.sqrt(states)))
}
