/**
 * Real Fourier transforms over several axes, as contractions: the expansion of `rfft` and `irfft`.
 *
 * Real lines of even length N ride a complex transform of N/2 points, z[n] = x[2n] + i·x[2n+1], which is
 * how x lies in memory already; with R[k] = conj Z[N/2 − k],
 *
 *   X[k] = (Z[k] + R[k])/2 + e^(−2πi·k/N)·(Z[k] − R[k])/2i
 *
 * and back. Short lines go by the defining sum over half a spectrum; points that are zero, or not wanted,
 * are left out of the sums. The other axes are transformed as complex ones (complex-transform.ts).
 */
import type { Tensor } from '../../ir/tensor.js'
import { axesFromFront } from '../../shape/permute.js'
import type { Builder } from '../builder.js'
import type { Around, Stacked } from './complex-transform.js'
import {
  aroundAxis,
  cropTo,
  planesOf,
  product,
  sizesOf,
  stackPlanes,
  transformAxes,
  withSize,
} from './complex-transform.js'
import { halfLength } from './fourier-attributes.js'
import { isDirectReal, planLine } from './radix-plan.js'
import type { Layout, Lines } from './transform-lines.js'
import { contractStage, exchanged, resizeLines, stackedTable, transformLines } from './transform-lines.js'

/** P ⊙ x + Q ⊙ r + S ⊙ x̃ + T ⊙ r̃, where ~ exchanges real and imaginary parts: any real-linear map of x and r, bin by bin. */
const combine = (
  b: Builder,
  key: string,
  points: number,
  x: Tensor,
  r: Tensor,
  tables: Readonly<Record<'P' | 'Q' | 'S' | 'T', (part: 0 | 1, k: number) => number>>,
): Tensor => {
  const term = (name: 'P' | 'Q' | 'S' | 'T', of: Tensor): Tensor =>
    b.mul(of, stackedTable(b, `${key} ${name}`, points, tables[name]))
  return b.add(
    b.add(term('P', x), term('Q', r)),
    b.add(term('S', exchanged(b, x)), term('T', exchanged(b, r))),
  )
}

/** Half spectra, stacked [2, before, N/2 + 1, after], of real lines of `given` ≤ N points. */
const realToHalf = (b: Builder, x: Tensor, around: Around, given: number, length: number): Tensor => {
  const { before, after } = around
  const bins = halfLength(length)
  const surroundings = { ...around, done: 1 }
  const lines: Lines = { tensor: x, layout: 'real' }
  const forward = { sign: -1, scale: 1 } as const
  if (isDirectReal(length))
    return contractStage(
      b,
      { ...forward, length, taps: given, inner: 1, points: bins, half: false },
      surroundings,
      lines,
      'stacked',
    )
  if (length % 2 === 1)
    return transformLines(
      b,
      { ...forward, plan: planLine(length), given, keep: bins, to: 'stacked' },
      surroundings,
      lines,
    )
  const pairs = Math.ceil(given / 2)
  const points = length / 2
  const packed: Lines = {
    tensor: resizeLines(b, lines, surroundings, given, 2 * pairs).tensor,
    layout: 'packed',
  }
  const z = b.reshape(
    transformLines(
      b,
      { ...forward, plan: planLine(points), given: pairs, keep: points, to: 'stacked' },
      surroundings,
      packed,
    ),
    [2, before, points, after],
  )
  // Z[k mod N/2] for k from 0 to N/2; reversed it is Z[N/2 − k].
  const ahead = b.concat([z, b.slice(z, [0, 0, 0, 0], [2, before, 1, after])], 2)
  const [cos, sin] = turns(length, -1)
  return combine(b, `unpack ${length}`, bins, ahead, b.flip(ahead, [2]), {
    P: (_, k) => (1 + sin(k)) / 2,
    Q: (part, k) => ((part === 0 ? 1 : -1) * (1 - sin(k))) / 2,
    S: (part, k) => ((part === 0 ? 1 : -1) * cos(k)) / 2,
    T: (_, k) => cos(k) / 2,
  })
}

/** Real and imaginary part of e^(sign·2πi·k/N). */
const turns = (
  length: number,
  sign: 1 | -1,
): readonly [cos: (k: number) => number, sin: (k: number) => number] => {
  const angle = (k: number): number => (2 * Math.PI * k) / length
  return [(k) => Math.cos(angle(k)), (k) => sign * Math.sin(angle(k))]
}

/** The whole spectrum, stacked, of real lines of odd length N from its half; bin 0 has no imaginary part. */
const wholeSpectrum = (b: Builder, spectrum: Tensor, { before, after }: Around, bins: number): Tensor => {
  const mirror = b.flip(b.slice(spectrum, [0, 0, 1, 0], [2, before, bins, after]), [2])
  const own = b.mul(
    spectrum,
    stackedTable(b, 'real at 0', bins, (part, k) => (part === 1 && k === 0 ? 0 : 1)),
  )
  return b.concat([own, b.mul(mirror, b.table(Float64Array.of(1, -1), [2, 1, 1, 1]))], 2)
}

/**
 * The first `keep` points, as [before, keep, after], of the real lines of length N that have these half
 * spectra, stacked [2, before, N/2 + 1, after], times `scale`.
 */
const halfToReal = (
  b: Builder,
  spectrum: Tensor,
  around: Around,
  length: number,
  keep: number,
  scale: number,
): Tensor => {
  const bins = halfLength(length)
  const surroundings = { ...around, done: 1 }
  const { before, after } = around
  const stacked = (tensor: Tensor): Lines => ({ tensor, layout: 'stacked' })
  if (isDirectReal(length))
    return contractStage(
      b,
      { length, taps: bins, inner: 1, points: keep, sign: 1, scale, half: true },
      surroundings,
      stacked(spectrum),
      'real',
    )
  const back = (points: number, given: number, kept: number, to: Layout, x: Tensor): Tensor =>
    transformLines(
      b,
      { plan: planLine(points), given, keep: kept, sign: 1, scale, to },
      surroundings,
      stacked(x),
    )
  if (length % 2 === 1) return back(length, length, keep, 'real', wholeSpectrum(b, spectrum, around, bins))
  // z = (X + R) + i·e^(2πi·k/N)·(X − R), without the half that N/2 points make up for; at k = 0 imaginary parts have no meaning.
  const points = length / 2
  const [cos, sin] = turns(length, 1)
  const crop = (x: Tensor): Tensor => b.slice(x, [0, 0, 0, 0], [2, before, points, after])
  const z = combine(b, `pack ${length}`, points, crop(spectrum), crop(b.flip(spectrum, [2])), {
    P: (part, k) => (part === 1 && k === 0 ? 0 : 1 - sin(k)),
    Q: (part, k) => (part === 0 ? 1 + sin(k) : k === 0 ? 0 : -(1 + sin(k))),
    S: (part, k) => (part === 1 ? cos(k) : k === 0 ? 0 : -cos(k)),
    T: (part, k) => (part === 0 && k === 0 ? 0 : -cos(k)),
  })
  const pairs = Math.ceil(keep / 2)
  return resizeLines(
    b,
    { tensor: back(points, points, pairs, 'packed', z), layout: 'real' },
    surroundings,
    2 * pairs,
    keep,
  ).tensor
}

/** The half spectrum of x, zero-padded or cropped to `lengths`; each axis is lengthened only when its turn comes. */
export const stackedSpectrum = (
  b: Builder,
  x: Tensor,
  axes: readonly number[],
  lengths: readonly number[],
): Stacked => {
  const given = sizesOf('rfft', x.shape)
  const front = axesFromFront(axes, given.length)
  const cropped = cropTo(b, x, given, front, lengths)
  const sizes = sizesOf('rfft', cropped.shape)
  const last = front.at(-1) ?? 0
  const length = lengths.at(-1) ?? 1
  const rows = realToHalf(b, cropped, aroundAxis(sizes, last), sizes[last] ?? 1, length)
  const { tensor, shape } = transformAxes(
    b,
    { tensor: rows, shape: withSize(sizes, last, halfLength(length)) },
    { axes: front.slice(0, -1), lengths, keep: lengths, sign: -1 },
  )
  return { tensor: b.reshape(tensor, [2, ...shape]), shape }
}

/** The first `keep` points along `axes` of the real signal with this half spectrum. */
export const fromStackedSpectrum = (
  b: Builder,
  spectrum: Stacked,
  axes: readonly number[],
  lengths: readonly number[],
  keep: readonly number[],
): Tensor => {
  const front = axesFromFront(axes, spectrum.shape.length)
  const last = front.at(-1) ?? 0
  const { tensor, shape } = transformAxes(b, spectrum, {
    axes: front.slice(0, -1),
    lengths,
    keep,
    sign: 1,
  })
  const around = aroundAxis(shape, last)
  const length = lengths.at(-1) ?? 1
  const wanted = keep.at(-1) ?? length
  const rows = b.reshape(tensor, [2, around.before, halfLength(length), around.after])
  return b.reshape(
    halfToReal(b, rows, around, length, wanted, 1 / product(lengths)),
    withSize(shape, last, wanted),
  )
}

/** The expansion of `rfft`: real and imaginary part of the half spectrum. */
export const expandRfft = (
  b: Builder,
  x: Tensor,
  axes: readonly number[],
  lengths: readonly number[],
): readonly Tensor[] => {
  return planesOf(b, stackedSpectrum(b, x, axes, lengths))
}

/** The expansion of `irfft`. */
export const expandIrfft = (
  b: Builder,
  re: Tensor,
  im: Tensor,
  axes: readonly number[],
  lengths: readonly number[],
): Tensor => {
  const shape = sizesOf('irfft', re.shape)
  return fromStackedSpectrum(b, stackPlanes(b, re, im, shape), axes, lengths, lengths)
}
