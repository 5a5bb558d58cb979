/**
 * Complex Fourier transforms over several axes, as contractions: the expansion of `fft` and `ifft`, and what real
 * transforms do along all axes but one. Between the axes a spectrum is stacked, [2, ...], its real part first, so
 * that a stage is one contraction.
 */
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { concreteShape, printShape } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import type { Builder } from '../builder.js'
import { planLine } from './radix-plan.js'
import { transformLines } from './transform-lines.js'

/** Elements before and after one of an axis. */
export interface Around {
  readonly before: number
  readonly after: number
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

export const aroundAxis = (shape: readonly number[], axis: number): Around => ({
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

/** A spectrum with its parts on a leading axis of 2, and its shape without that axis. */
export interface Stacked {
  readonly tensor: Tensor
  readonly shape: readonly number[]
}

export const withSize = (shape: readonly number[], axis: number, size: number): readonly number[] =>
  shape.map((dim, at) => (at === axis ? size : dim))

/** Drops the points of x beyond the lengths of the transform. */
export const cropTo = (
  b: Builder,
  x: Tensor,
  shape: readonly number[],
  axes: readonly number[],
  lengths: readonly number[],
): Tensor => {
  const end = shape.map((size, axis) => Math.min(size, lengths[axes.indexOf(axis)] ?? size))
  return end.every((size, axis) => size === shape[axis])
    ? x
    : b.slice(
        x,
        shape.map(() => 0),
        end,
      )
}

/** What is transformed along the axes, each from as many points as there are, to `keep` of `lengths`. */
export interface AxesTransform {
  readonly axes: readonly number[]
  readonly lengths: readonly number[]
  readonly keep: readonly number[]
  readonly sign: 1 | -1
}

/** A stacked spectrum transformed along the axes, the last of them first, times `scale` of each length. */
export const transformAxes = (
  b: Builder,
  start: Stacked,
  { axes, lengths, keep, sign }: AxesTransform,
  scale: (length: number) => number = () => 1,
): Stacked =>
  axes.reduceRight<Stacked>(({ tensor, shape }, axis, i) => {
    const length = lengths[i] ?? 1
    const kept = keep[i] ?? length
    const transform = {
      plan: planLine(length),
      given: shape[axis] ?? 1,
      keep: kept,
      sign,
      scale: scale(length),
      to: 'stacked',
    } as const
    return {
      tensor: transformLines(
        b,
        transform,
        { ...aroundAxis(shape, axis), done: 1 },
        { tensor, layout: 'stacked' },
      ),
      shape: withSize(shape, axis, kept),
    }
  }, start)

/** Two planes of one shape with the parts on a leading axis. */
export const stackPlanes = (b: Builder, re: Tensor, im: Tensor, shape: readonly number[]): Stacked => ({
  tensor: b.concat([b.reshape(re, [1, ...shape]), b.reshape(im, [1, ...shape])], 0),
  shape,
})

/** The planes of a stacked spectrum, real part first. */
export const planesOf = (b: Builder, { tensor, shape }: Stacked): readonly Tensor[] => {
  const whole = b.reshape(tensor, [2, ...shape])
  return [0, 1].map((part) =>
    b.reshape(b.slice(whole, [part, ...shape.map(() => 0)], [part + 1, ...shape]), shape),
  )
}

/** The expansion of `fft` (sign −1) and of `ifft` (sign 1, divided by the number of points). */
export const expandComplex = (
  b: Builder,
  where: string,
  sign: 1 | -1,
  { axes, lengths }: { readonly axes: readonly number[]; readonly lengths: readonly number[] },
  planes: readonly [re: Tensor, im: Tensor],
): readonly Tensor[] => {
  const given = sizesOf(where, planes[0].shape)
  const front = axesFromFront(axes, given.length)
  const [re, im] = planes.map((plane) => cropTo(b, plane, given, front, lengths))
  if (re === undefined || im === undefined) return []
  const stacked = stackPlanes(b, re, im, sizesOf(where, re.shape))
  const transform = { axes: front, lengths, keep: lengths, sign }
  return planesOf(
    b,
    transformAxes(b, stacked, transform, (length) => (sign === 1 ? 1 / length : 1)),
  )
}
