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
 * [before, points, 2, after], or only one of them, [before, points, after].
 */
export type Layout = 'stacked' | 'packed' | 're' | 'im'

/** Complex lines are the sum of such operands. */
export interface Lines {
  readonly tensor: Tensor
  readonly layout: Layout
}

export interface Planes {
  readonly re: Tensor
  readonly im: Tensor
}

/** What surrounds a line: axes before it, bins already transformed, axes after it. */
interface Surroundings {
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

type Parts = 'both' | 're' | 'im'
const partsOf = (layout: Layout): Parts => (layout === 're' || layout === 'im' ? layout : 'both')

/** Coefficient of part `from` of a number in part `to` of its product with cos + i·sin. */
const coefficient = (from: 're' | 'im', to: 're' | 'im', cos: number, sin: number): number =>
  from === to ? cos : to === 'im' ? sin : -sin

const listOf = (parts: Parts): readonly ('re' | 'im')[] => (parts === 'both' ? ['re', 'im'] : [parts])

/** The table of a stage, [from, taps, inner, points, to]. */
const stageTable = (stage: Stage, from: Parts, to: Parts): Float64Array =>
  memoised(`stage ${from} ${to} ${Object.values(stage).join()}`, () => {
    const { length, taps, inner, points, sign, scale, half } = stage
    const values: number[] = []
    for (const source of listOf(from))
      for (let m = 0; m < taps; m++)
        for (let n = 0; n < inner; n++)
          for (let k = 0; k < points; k++) {
            const angle = (sign * 2 * Math.PI * ((k * (inner * m + n)) % length)) / length
            const weight = scale * (half ? binWeight(length, m) : 1)
            for (const target of listOf(to)) values.push(weight * coefficient(source, target, Math.cos(angle), Math.sin(angle)))
          }
    return Float64Array.from(values)
  })

/** Applies a stage; the result is [parts?, before, inner, points, done, after], or as `to` says where inner is 1. */
export const contractStage = (b: Builder, stage: Stage, around: Surroundings, x: readonly Lines[], to: 'stacked' | 'packed' | 're'): Tensor => {
  const { before, done, after } = around
  const { taps, inner, points } = stage
  const n = inner === 1 ? '' : 'n'
  const j = done === 1 ? '' : 'j'
  const sizes = { m: taps, n: inner, j: done, a: before, b: after, c: 2, k: points, d: 2 }
  const shaped = (letters: string): readonly number[] => [...letters].map((letter) => sizes[letter as keyof typeof sizes])
  const d = to === 're' ? '' : 'd'
  const result = to === 'packed' ? `a${n}k${j}db` : `${d}a${n}k${j}b`
  const terms = x.map(({ tensor, layout }) => {
    const c = partsOf(layout) === 'both' ? 'c' : ''
    const operand = layout === 'packed' ? `am${n}${j}cb` : `${c}am${n}${j}b`
    const table = b.table(stageTable(stage, partsOf(layout), to === 're' ? 're' : 'both'), shaped(`${c}m${n}k${d}`))
    return b.einsum(`${operand},${c}m${n}k${d}->${result}`, b.reshape(tensor, shaped(operand)), table)
  })
  const [first, ...others] = terms
  if (first === undefined) throw new TypeError('a stage needs an operand')
  return others.reduce(b.add, first)
}

/** The axis of a layout that counts the points. */
const pointsAxis = (layout: Layout): number => (layout === 'stacked' ? 2 : 1)
const layoutShape = (layout: Layout, { before, done, after }: Surroundings, points: number): readonly number[] =>
  layout === 'stacked'
    ? [2, before, points, done * after]
    : layout === 'packed'
      ? [before, points, 2, done * after]
      : [before, points, done * after]

/** Lines of `from` points lengthened by zeros, or cropped, to `to` points. */
export const resizeLines = (b: Builder, x: Lines, around: Surroundings, from: number, to: number): Lines => {
  if (from === to) return x
  const shape = layoutShape(x.layout, around, from)
  const widths = shape.map((_, axis): readonly [number, number] => (axis === pointsAxis(x.layout) ? [0, to - from] : [0, 0]))
  return { layout: x.layout, tensor: b.pad(b.reshape(x.tensor, shape), widths) }
}

/** One part of stacked lines, [before, points, after]. */
const stackedPart = (b: Builder, tensor: Tensor, around: Surroundings, points: number, part: 0 | 1): Tensor => {
  const { before, done, after } = around
  const x = b.reshape(tensor, [2, before, points, done * after])
  return b.reshape(b.slice(x, [part, 0, 0, 0], [part + 1, before, points, done * after]), [before, points, done * after])
}

export const stackedPlanes = (b: Builder, tensor: Tensor, around: Surroundings, points: number): Planes => ({
  re: stackedPart(b, tensor, around, points, 0),
  im: stackedPart(b, tensor, around, points, 1),
})

/** The sum of operands as planes [before, points, after]; a part that none has is null. */
const planesOf = (b: Builder, x: readonly Lines[], around: Surroundings, points: number): { re: Tensor | null; im: Tensor | null } => {
  const { before, done, after } = around
  const part = (which: 0 | 1): Tensor | null =>
    x.reduce<Tensor | null>((sum, { tensor, layout }) => {
      const own =
        layout === 'stacked'
          ? stackedPart(b, tensor, around, points, which)
          : layout === 'packed'
            ? b.reshape(
                b.slice(b.reshape(tensor, [before, points, 2, done * after]), [0, 0, which, 0], [before, points, which + 1, done * after]),
                [before, points, done * after],
              )
            : layout === (which === 0 ? 're' : 'im')
              ? b.reshape(tensor, [before, points, done * after])
              : null
      return sum === null || own === null ? (sum ?? own) : b.add(sum, own)
    }, null)
  return { re: part(0), im: part(1) }
}

/** (re + i·im)·(cos + i·sin), for planes of which one may be missing. */
export const multiplyPlanes = (b: Builder, re: Tensor | null, im: Tensor | null, cos: Tensor, sin: Tensor): Planes => {
  if (re !== null && im !== null)
    return { re: b.sub(b.mul(re, cos), b.mul(im, sin)), im: b.add(b.mul(re, sin), b.mul(im, cos)) }
  if (re !== null) return { re: b.mul(re, cos), im: b.mul(re, sin) }
  if (im !== null) return { re: b.neg(b.mul(im, sin)), im: b.mul(im, cos) }
  throw new TypeError('complex lines need a part')
}

export interface Transform {
  readonly plan: LinePlan
  /** Points present of each line; the others are zero. */
  readonly given: number
  /** Points wanted of each result. */
  readonly keep: number
  readonly sign: 1 | -1
  readonly scale: number
  readonly to: 'stacked' | 'packed' | 're'
}

/** Planes [before, points, done·after] in the layout wanted. */
const layOut = (b: Builder, { re, im }: Planes, to: Transform['to'], { before, done, after }: Surroundings, points: number): Tensor => {
  if (to === 're') return re
  const shape = to === 'stacked' ? [1, before, points, done * after] : [before, points * done, 1, after]
  return b.concat([b.reshape(re, shape), b.reshape(im, shape)], to === 'stacked' ? 0 : 2)
}

/** e^(±πi·n²/N) with the sign `sign`, for n < count, as a table over lines. */
const chirp = (b: Builder, length: number, count: number, sign: 1 | -1): { readonly cos: Tensor; readonly sin: Tensor } => {
  const angle = (n: number): number => (Math.PI * ((n * n) % (2 * length))) / length
  const table = (name: string, f: (n: number) => number): Tensor =>
    b.table(memoised(`chirp ${name} ${length} ${count} ${sign}`, () => Float64Array.from({ length: count }, (_, n) => f(n))), [count, 1])
  return { cos: table('cos', (n) => Math.cos(angle(n))), sin: table('sin', (n) => sign * Math.sin(angle(n))) }
}

/** The spectrum of the conjugate chirp over M points, divided by M: what Bluestein's convolution multiplies by. */
const chirpSpectrum = (length: number, points: number, sign: 1 | -1, part: 're' | 'im'): Float64Array =>
  memoised(`chirp spectrum ${part} ${length} ${points} ${sign}`, () => {
    const h = { re: new Float64Array(points), im: new Float64Array(points) }
    for (let n = 0; n < length; n++) {
      const angle = (Math.PI * ((n * n) % (2 * length))) / length
      for (const at of [n, (points - n) % points]) {
        h.re[at] = Math.cos(angle)
        h.im[at] = -sign * Math.sin(angle)
      }
    }
    return dft(h, -1)[part].map((value) => value / points)
  })

/** Bluestein (1970): e^(2πi·nk/N) = c_n·c_k·conj(c_(k−n)) with c_n = e^(πi·n²/N) makes it a convolution. */
const chirpLines = (b: Builder, transform: Transform & { readonly plan: LinePlan & { readonly kind: 'chirp' } }, around: Surroundings, x: readonly Lines[]): Tensor => {
  const { plan: { length, inner }, given, keep, sign, scale, to } = transform
  const { re, im } = planesOf(b, x, around, given)
  const entering = chirp(b, length, given, sign)
  const u = multiplyPlanes(b, re, im, entering.cos, entering.sin)
  const flat = { before: around.before, done: 1, after: around.done * around.after }
  const lines = (planes: Planes): readonly Lines[] => [{ tensor: planes.re, layout: 're' }, { tensor: planes.im, layout: 'im' }]
  const points = inner.length
  const spectrum = stackedPlanes(b, transformLines(b, { plan: inner, given, keep: points, sign: -1, scale: 1, to: 'stacked' }, flat, lines(u)), flat, points)
  const factor = (part: 're' | 'im'): Tensor => b.table(chirpSpectrum(length, points, sign, part), [points, 1])
  const product = multiplyPlanes(b, spectrum.re, spectrum.im, factor('re'), factor('im'))
  const y = stackedPlanes(b, transformLines(b, { plan: inner, given: points, keep, sign: 1, scale, to: 'stacked' }, flat, lines(product)), flat, keep)
  const leaving = chirp(b, length, keep, sign)
  return layOut(b, multiplyPlanes(b, y.re, y.im, leaving.cos, leaving.sin), to, around, keep)
}

/** The transform of lines: the sum over all points with e^(sign·2πi·nk/N), in the layout `to`. */
export const transformLines = (b: Builder, transform: Transform, around: Surroundings, x: readonly Lines[]): Tensor => {
  const { plan, given, keep, sign, scale, to } = transform
  const { length } = plan
  if (plan.kind === 'chirp') return chirpLines(b, { ...transform, plan }, around, x)
  if (plan.kind === 'direct')
    return contractStage(b, { length, taps: given, inner: 1, points: keep, sign, scale, half: false }, around, x, to)
  const { radix, rest } = plan
  const taps = Math.ceil(given / rest.length)
  const padded = x.map((lines) => resizeLines(b, lines, around, given, taps * rest.length))
  const first = contractStage(b, { length, taps, inner: rest.length, points: radix, sign, scale: 1, half: false }, around, padded, 'stacked')
  const next = { ...around, done: radix * around.done }
  const kept = Math.ceil(keep / radix)
  const all = transformLines(b, { plan: rest, given: rest.length, keep: kept, sign, scale, to }, next, [{ tensor: first, layout: 'stacked' }])
  return resizeLines(b, { tensor: all, layout: to }, around, kept * radix, keep).tensor
}
