/**
 * Real Fourier transforms over several axes, as contractions: the expansion of `rfft` and `irfft`.
 *
 * Real lines of even length N ride a complex transform of N/2 points, z[n] = x[2n] + i·x[2n+1], which is
 * how x lies in memory already; with R[k] = conj Z[N/2 − k],
 *
 *   X[k] = (Z[k] + R[k])/2 + e^(−2πi·k/N)·(Z[k] − R[k])/2i
 *
 * and back. Short lines go by the defining sum over half a spectrum; points that are zero, or not wanted,
 * are left out of the sums.
 */
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { concreteShape, printShape } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import { frontAxes, halfLength } from './fourier-attributes.js'
import { isDirectReal, planLine } from './radix-plan.js'
import type { Lines, Planes } from './transform-lines.js'
import { contractStage, multiplyPlanes, resizeLines, stackedPlanes, transformLines } from './transform-lines.js'

interface Around {
  readonly before: number
  readonly after: number
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

const aroundAxis = (shape: readonly number[], axis: number): Around => ({
  before: product(shape.slice(0, axis)),
  after: product(shape.slice(axis + 1)),
})

/** The sizes of a shape whose names must be bound by now. */
export const sizesOf = (where: string, shape: Shape): readonly number[] =>
  concreteShape(shape) ??
  fail(
    shapeError({
      where,
      expected: 'a size for every axis',
      found: printShape(shape),
      hint: 'bind the named axes before the op is expanded into others',
    }),
  )

const planeLines = ({ re, im }: Planes): readonly Lines[] => [{ tensor: re, layout: 're' }, { tensor: im, layout: 'im' }]

/** Z[k mod M] for k from 0 to M, and Z[(M − k) mod M]. */
const wrapped = (b: Builder, z: Tensor, { before, after }: Around, points: number): readonly [ahead: Tensor, reversed: Tensor] => {
  const ahead = b.concat([z, b.slice(z, [0, 0, 0], [before, 1, after])], 1)
  return [ahead, b.flip(ahead, [1])]
}

/** e^(sign·2πi·k/N) for k < bins, as a table over lines. */
const twiddle = (b: Builder, length: number, bins: number, sign: 1 | -1): readonly [cos: Tensor, sin: Tensor] => {
  const angle = (k: number): number => (2 * Math.PI * k) / length
  const table = (f: (k: number) => number): Tensor => b.table(Float64Array.from({ length: bins }, (_, k) => f(k)), [bins, 1])
  return [table((k) => Math.cos(angle(k))), table((k) => sign * Math.sin(angle(k)))]
}

const half = (b: Builder, x: Tensor): Tensor => b.mul(x, b.constant(0.5))

/** Half spectra, [before, N/2 + 1, after], of real lines of `given` ≤ N points. */
const realToHalf = (b: Builder, x: Tensor, around: Around, given: number, length: number): Planes => {
  const bins = halfLength(length)
  const surroundings = { ...around, done: 1 }
  const planes = (stacked: Tensor, points: number): Planes => stackedPlanes(b, stacked, surroundings, points)
  if (isDirectReal(length))
    return planes(
      contractStage(b, { length, taps: given, inner: 1, points: bins, sign: -1, scale: 1, half: false }, surroundings, [{ tensor: x, layout: 're' }], 'stacked'),
      bins,
    )
  const lines: Lines = { tensor: x, layout: 're' }
  if (length % 2 === 1)
    return planes(transformLines(b, { plan: planLine(length), given, keep: bins, sign: -1, scale: 1, to: 'stacked' }, surroundings, [lines]), bins)
  const pairs = Math.ceil(given / 2)
  const packed: Lines = { tensor: resizeLines(b, lines, surroundings, given, 2 * pairs).tensor, layout: 'packed' }
  const points = length / 2
  const z = planes(transformLines(b, { plan: planLine(points), given: pairs, keep: points, sign: -1, scale: 1, to: 'stacked' }, surroundings, [packed]), points)
  const [re, reReversed] = wrapped(b, z.re, around, points)
  const [im, imReversed] = wrapped(b, z.im, around, points)
  const [cos, sin] = twiddle(b, length, bins, -1)
  const odd = multiplyPlanes(b, half(b, b.add(im, imReversed)), half(b, b.sub(reReversed, re)), cos, sin)
  return { re: b.add(half(b, b.add(re, reReversed)), odd.re), im: b.add(half(b, b.sub(im, imReversed)), odd.im) }
}

/** The whole spectrum of real lines of odd length N from its half. */
const wholeSpectrum = (b: Builder, { re, im }: Planes, { before, after }: Around, bins: number): Planes => {
  const mirrored = (x: Tensor): Tensor => b.flip(b.slice(x, [0, 1, 0], [before, bins, after]), [1])
  const first = b.mul(im, binMask(b, bins, 2 * bins - 1))
  return { re: b.concat([re, mirrored(re)], 1), im: b.concat([first, b.neg(mirrored(im))], 1) }
}

/** 0 for the bins whose imaginary part a real signal does not have, else 1. */
const binMask = (b: Builder, bins: number, length: number): Tensor =>
  b.table(Float64Array.from({ length: bins }, (_, k) => (k === 0 || 2 * k === length ? 0 : 1)), [bins, 1])

/** The first `keep` points, [before, keep, after], of the real lines of length N that have these half spectra, times `scale`. */
const halfToReal = (b: Builder, spectrum: Planes, around: Around, length: number, keep: number, scale: number): Tensor => {
  const bins = halfLength(length)
  const surroundings = { ...around, done: 1 }
  if (isDirectReal(length))
    return contractStage(b, { length, taps: bins, inner: 1, points: keep, sign: 1, scale, half: true }, surroundings, planeLines(spectrum), 're')
  if (length % 2 === 1)
    return transformLines(b, { plan: planLine(length), given: length, keep, sign: 1, scale, to: 're' }, surroundings, planeLines(wholeSpectrum(b, spectrum, around, bins)))
  const points = length / 2
  const re = spectrum.re
  const im = b.mul(spectrum.im, binMask(b, bins, length))
  const [reReversed, imReversed] = [b.flip(re, [1]), b.flip(im, [1])]
  const [cos, sin] = twiddle(b, length, bins, 1)
  // z = even + i·odd, where odd = e^(2πi·k/N)·(X − R)/2 and even = (X + R)/2, both without the factor 2 that N/2 points lack.
  const odd = multiplyPlanes(b, b.sub(re, reReversed), b.add(im, imReversed), cos, sin)
  const crop = (x: Tensor): Tensor => b.slice(x, [0, 0, 0], [around.before, points, around.after])
  const z = {
    re: crop(b.sub(b.add(re, reReversed), odd.im)),
    im: crop(b.add(b.sub(im, imReversed), odd.re)),
  }
  const pairs = Math.ceil(keep / 2)
  const packed = transformLines(b, { plan: planLine(points), given: points, keep: pairs, sign: 1, scale, to: 'packed' }, surroundings, planeLines(z))
  return resizeLines(b, { tensor: packed, layout: 're' }, surroundings, 2 * pairs, keep).tensor
}

const withSize = (shape: readonly number[], axis: number, size: number): readonly number[] =>
  shape.map((dim, at) => (at === axis ? size : dim))

/** Drops the points of x beyond the lengths of the transform. */
const cropTo = (b: Builder, x: Tensor, shape: readonly number[], axes: readonly number[], lengths: readonly number[]): Tensor => {
  const end = shape.map((size, axis) => Math.min(size, lengths[axes.indexOf(axis)] ?? size))
  return end.every((size, axis) => size === shape[axis]) ? x : b.slice(x, shape.map(() => 0), end)
}

/** The half spectrum of x, zero-padded or cropped to `lengths`; each axis is padded only when its turn comes. */
export const expandRfft = (b: Builder, x: Tensor, axes: readonly number[], lengths: readonly number[]): Planes => {
  const given = sizesOf('rfft', x.shape)
  const front = frontAxes(axes, given.length)
  const cropped = cropTo(b, x, given, front, lengths)
  const sizes = sizesOf('rfft', cropped.shape)
  const last = front.at(-1) ?? 0
  const length = lengths.at(-1) ?? 1
  const { re, im } = realToHalf(b, cropped, aroundAxis(sizes, last), sizes[last] ?? 1, length)
  const start = { shape: withSize(sizes, last, halfLength(length)), lines: planeLines({ re, im }) }
  const { shape, lines } = front.slice(0, -1).reduceRight((current, axis, i) => {
    const size = lengths[i] ?? 1
    const around = { ...aroundAxis(current.shape, axis), done: 1 }
    const tensor = transformLines(
      b,
      { plan: planLine(size), given: current.shape[axis] ?? 1, keep: size, sign: -1, scale: 1, to: 'stacked' },
      around,
      current.lines,
    )
    return { shape: withSize(current.shape, axis, size), lines: [{ tensor, layout: 'stacked' as const }] as readonly Lines[] }
  }, start)
  const [only] = lines
  const planes =
    lines.length === 1 && only !== undefined ? stackedPlanes(b, only.tensor, { before: 1, done: 1, after: 1 }, product(shape)) : { re, im }
  return { re: b.reshape(planes.re, shape), im: b.reshape(planes.im, shape) }
}

/** The first `keep` points along `axes` of the real signal with this half spectrum; inverse of `expandRfft`. */
export const expandIrfft = (
  b: Builder,
  spectrum: Planes,
  axes: readonly number[],
  lengths: readonly number[],
  keep: readonly number[],
): Tensor => {
  const sizes = sizesOf('irfft', spectrum.re.shape)
  const front = frontAxes(axes, sizes.length)
  const last = front.at(-1) ?? 0
  const { shape, lines } = front.slice(0, -1).reduceRight(
    (current, axis, i) => {
      const size = lengths[i] ?? 1
      const kept = keep[i] ?? size
      const around = { ...aroundAxis(current.shape, axis), done: 1 }
      const tensor = transformLines(b, { plan: planLine(size), given: size, keep: kept, sign: 1, scale: 1, to: 'stacked' }, around, current.lines)
      return { shape: withSize(current.shape, axis, kept), lines: [{ tensor, layout: 'stacked' as const }] as readonly Lines[] }
    },
    { shape: sizes, lines: planeLines(spectrum) },
  )
  const around = aroundAxis(shape, last)
  const length = lengths.at(-1) ?? 1
  const wanted = keep.at(-1) ?? length
  const [only] = lines
  const bins = halfLength(length)
  const flat =
    lines.length === 1 && only !== undefined
      ? stackedPlanes(b, only.tensor, { ...around, done: 1 }, bins)
      : { re: b.reshape(spectrum.re, [around.before, bins, around.after]), im: b.reshape(spectrum.im, [around.before, bins, around.after]) }
  return b.reshape(halfToReal(b, flat, around, length, wanted, 1 / product(lengths)), withSize(shape, last, wanted))
}
