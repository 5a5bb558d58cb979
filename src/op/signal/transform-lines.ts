/**
 * A Fourier transform along the lines of a tensor, as contractions with small tables.
 *
 * With N = R·M, n = M·m + n', k = k' + R·k″ (Cooley and Tukey 1965):
 *
 *   X[k' + R·k″] = Σ_n' e^(±2πi·n'k″/M) · ( Σ_m x[M·m + n'] · e^(±2πi·(M·m + n')k'/N) )
 *
 * The inner sum is one contraction whose table holds the twiddle factors; its result is laid out so that
 * the outer sum is again a transform along lines, and no permutation is ever needed (Stockham's order).
 */
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binWeight } from './fourier-attributes.js'
import { dft } from './float64-fft.js'
import type { LinePlan } from './radix-plan.js'

/**
 * Where the real and imaginary parts lie in a tensor of lines: stacked [2, before, points, after], packed
 * [before, points, 2, after], or the numbers are real, [before, points, after].
 */
export type Layout = 'stacked' | 'packed' | 'real'

export interface Lines {
  readonly tensor: Tensor
  readonly layout: Layout
}

/** What surrounds a line: axes before it, bins already transformed, axes after it. */
export interface Surroundings {
  readonly before: number
  readonly done: number
  readonly after: number
}

/** Σ_m x[inner·m + n]·e^(sign·2πi·(inner·m + n)·k/length) for k < points. */
export interface Stage {
  readonly length: number
  readonly taps: number
  readonly inner: number
  readonly points: number
  readonly sign: 1 | -1
  readonly scale: number
  /** The taps are bins of a half spectrum, and count as often as they occur in the whole one. */
  readonly half: boolean
}

/** Equal tables are one array, so that equal transforms become one node of the graph. */
const tables = new Map<string, Float64Array>()

const memoised = (key: string, make: () => Float64Array): Float64Array => {
  const table = tables.get(key) ?? make()
  tables.set(key, table)
  return table
}

type Part = 're' | 'im'
const partsOf = (layout: Layout): readonly Part[] => (layout === 'real' ? ['re'] : ['re', 'im'])

/** Coefficient of part `from` of a number in part `to` of its product with cos + i·sin. */
const coefficient = (from: Part, to: Part, cos: number, sin: number): number =>
  from === to ? cos : to === 'im' ? sin : -sin

/** The table of a stage, [from, taps, inner, points, to]. */
const stageTable = (stage: Stage, from: Layout, to: Layout): Float64Array => {
  const { length, taps, inner, points, sign, scale, half } = stage
  const [sources, targets] = [partsOf(from), partsOf(to)]
  return memoised(
    `stage ${sources.join()} ${targets.join()} ${[length, taps, inner, points, sign, scale, half].join()}`,
    () => {
      const values: number[] = []
      for (const source of sources)
        for (let m = 0; m < taps; m++)
          for (let n = 0; n < inner; n++)
            for (let k = 0; k < points; k++) {
              const angle = (sign * 2 * Math.PI * ((k * (inner * m + n)) % length)) / length
              const weight = scale * (half ? binWeight(length, m) : 1)
              for (const target of targets)
                values.push(weight * coefficient(source, target, Math.cos(angle), Math.sin(angle)))
            }
      return Float64Array.from(values)
    },
  )
}

/** Applies a stage; the result is stacked [2, before, inner, points, done, after], or as `to` says where inner is 1. */
export const contractStage = (
  b: Builder,
  stage: Stage,
  { before, done, after }: Surroundings,
  { tensor, layout }: Lines,
  to: Layout,
): Tensor => {
  const { taps, inner, points } = stage
  const n = inner === 1 ? '' : 'n'
  const j = done === 1 ? '' : 'j'
  const c = layout === 'real' ? '' : 'c'
  const d = to === 'real' ? '' : 'd'
  const sizes = { m: taps, n: inner, j: done, a: before, b: after, c: 2, k: points, d: 2 }
  const shaped = (letters: string): readonly number[] =>
    [...letters].map((letter) => sizes[letter as keyof typeof sizes])
  const operand = layout === 'packed' ? `am${n}${j}cb` : `${c}am${n}${j}b`
  const result = to === 'packed' ? `a${n}k${j}db` : `${d}a${n}k${j}b`
  const table = b.table(stageTable(stage, layout, to), shaped(`${c}m${n}k${d}`))
  return b.einsum(`${operand},${c}m${n}k${d}->${result}`, b.reshape(tensor, shaped(operand)), table)
}

/** The axis of a layout that counts the points. */
const pointsAxis = (layout: Layout): number => (layout === 'stacked' ? 2 : 1)
const layoutShape = (
  layout: Layout,
  { before, done, after }: Surroundings,
  points: number,
): readonly number[] =>
  layout === 'stacked'
    ? [2, before, points, done * after]
    : layout === 'packed'
      ? [before, points, 2, done * after]
      : [before, points, done * after]

/** Lines of `from` points lengthened by zeros, or cropped, to `to` points. */
export const resizeLines = (b: Builder, x: Lines, around: Surroundings, from: number, to: number): Lines => {
  if (from === to) return x
  const shape = layoutShape(x.layout, around, from)
  const widths = shape.map((_, axis): readonly [number, number] =>
    axis === pointsAxis(x.layout) ? [0, to - from] : [0, 0],
  )
  return { layout: x.layout, tensor: b.pad(b.reshape(x.tensor, shape), widths) }
}

/** A table over the points of stacked lines, a value for each part and point: [2, 1, points, 1]. */
export const stackedTable = (
  b: Builder,
  key: string,
  points: number,
  value: (part: 0 | 1, point: number) => number,
): Tensor =>
  b.table(
    memoised(`stacked ${points} ${key}`, () =>
      Float64Array.from({ length: 2 * points }, (_, i) => (i < points ? value(0, i) : value(1, i - points))),
    ),
    [2, 1, points, 1],
  )

/** Real and imaginary parts of stacked lines exchanged. */
export const exchanged = (b: Builder, stacked: Tensor): Tensor => b.flip(stacked, [0])

/** Lines [before, points, …] of any layout times a number for each point, stacked. */
const multiplyLines = (
  b: Builder,
  { tensor, layout }: Lines,
  around: Surroundings,
  key: string,
  factor: { readonly re: Float64Array; readonly im: Float64Array },
): Tensor => {
  const points = factor.re.length
  const { before } = around
  const after = around.done * around.after
  const re = (point: number): number => factor.re[point] ?? 0
  const im = (point: number): number => factor.im[point] ?? 0
  if (layout === 'real')
    return b.mul(
      b.reshape(tensor, [1, before, points, after]),
      stackedTable(b, `${key} real`, points, (part, point) => (part === 0 ? re(point) : im(point))),
    )
  const x =
    layout === 'stacked'
      ? b.reshape(tensor, [2, before, points, after])
      : b.permute(b.reshape(tensor, [before, points, 2, after]), [2, 0, 1, 3])
  const own = b.mul(
    x,
    stackedTable(b, `${key} own`, points, (_, point) => re(point)),
  )
  return b.add(
    own,
    b.mul(
      exchanged(b, x),
      stackedTable(b, `${key} other`, points, (part, point) => (part === 0 ? -im(point) : im(point))),
    ),
  )
}

export interface Transform {
  readonly plan: LinePlan
  /** Points present of each line; the others are zero. */
  readonly given: number
  /** Points wanted of each result. */
  readonly keep: number
  readonly sign: 1 | -1
  readonly scale: number
  readonly to: Layout
}

/** Stacked lines [2, before, points, done·after] in the layout wanted. */
const layOut = (
  b: Builder,
  stacked: Tensor,
  to: Layout,
  { before, done, after }: Surroundings,
  points: number,
): Tensor => {
  if (to === 'stacked') return stacked
  if (to === 'real') return b.slice(stacked, [0, 0, 0, 0], [1, before, points, done * after])
  return b.permute(b.reshape(stacked, [2, before, points * done, after]), [1, 2, 0, 3])
}

/** e^(±πi·n²/N) with the sign `sign`, for n < count. */
const chirp = (
  length: number,
  count: number,
  sign: 1 | -1,
): { readonly re: Float64Array; readonly im: Float64Array } => {
  const angles = Float64Array.from({ length: count }, (_, n) => (Math.PI * ((n * n) % (2 * length))) / length)
  return { re: angles.map(Math.cos), im: angles.map((angle) => sign * Math.sin(angle)) }
}

/** The spectrum of the conjugate chirp over M points, divided by M: what Bluestein's convolution multiplies by. */
const chirpSpectrum = (
  length: number,
  points: number,
  sign: 1 | -1,
): { readonly re: Float64Array; readonly im: Float64Array } => {
  const h = { re: new Float64Array(points), im: new Float64Array(points) }
  const { re, im } = chirp(length, length, sign)
  for (let n = 0; n < length; n++)
    for (const at of [n, (points - n) % points]) {
      h.re[at] = (re[n] ?? 0) / points
      h.im[at] = -(im[n] ?? 0) / points
    }
  return dft(h, -1)
}

/** Bluestein (1970): e^(2πi·nk/N) = c_n·c_k·conj(c_(k−n)) with c_n = e^(πi·n²/N) makes it a convolution. */
const chirpLines = (
  b: Builder,
  transform: Transform & { readonly plan: LinePlan & { readonly kind: 'chirp' } },
  around: Surroundings,
  x: Lines,
): Tensor => {
  const {
    plan: { length, inner },
    given,
    keep,
    sign,
    scale,
    to,
  } = transform
  const points = inner.length
  const flat = { before: around.before, done: 1, after: around.done * around.after }
  const forward = { plan: inner, given, keep: points, sign: -1, scale: 1, to: 'stacked' } as const
  const back = { plan: inner, given: points, keep, sign: 1, scale, to: 'stacked' } as const
  const stacked = (tensor: Tensor): Lines => ({ tensor, layout: 'stacked' })
  const entering = multiplyLines(b, x, around, `chirp ${length} ${sign}`, chirp(length, given, sign))
  const spectrum = transformLines(b, forward, flat, stacked(entering))
  const product = multiplyLines(
    b,
    stacked(spectrum),
    flat,
    `chirp spectrum ${length} ${sign}`,
    chirpSpectrum(length, points, sign),
  )
  const y = transformLines(b, back, flat, stacked(product))
  return layOut(
    b,
    multiplyLines(b, stacked(y), flat, `chirp ${length} ${sign}`, chirp(length, keep, sign)),
    to,
    around,
    keep,
  )
}

/** The transform of lines: the sum over all points with e^(sign·2πi·nk/N), in the layout `to`. */
export const transformLines = (b: Builder, transform: Transform, around: Surroundings, x: Lines): Tensor => {
  const { plan, given, keep, sign, scale, to } = transform
  const { length } = plan
  if (plan.kind === 'chirp') return chirpLines(b, { ...transform, plan }, around, x)
  if (plan.kind === 'direct')
    return contractStage(
      b,
      { length, taps: given, inner: 1, points: keep, sign, scale, half: false },
      around,
      x,
      to,
    )
  const { radix, rest } = plan
  const taps = Math.ceil(given / rest.length)
  const padded = resizeLines(b, x, around, given, taps * rest.length)
  const first = contractStage(
    b,
    { length, taps, inner: rest.length, points: radix, sign, scale: 1, half: false },
    around,
    padded,
    'stacked',
  )
  const next = { ...around, done: radix * around.done }
  const kept = Math.ceil(keep / radix)
  const all = transformLines(b, { plan: rest, given: rest.length, keep: kept, sign, scale, to }, next, {
    tensor: first,
    layout: 'stacked',
  })
  return resizeLines(b, { tensor: all, layout: to }, around, kept * radix, keep).tensor
}
