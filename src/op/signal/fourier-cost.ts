/** Arithmetic of the Fourier transforms as they are expanded (real-transform.ts), in flops. */
import { sizeOf } from '../../shape/dim.js'
import type { Shape } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import type { FourierAttributes } from './fourier-attributes.js'
import { halfLength } from './fourier-attributes.js'
import { isDirectReal, lineProducts, planLine } from './radix-plan.js'

/** A complex multiply-add by the table of a contraction: four products and four sums. */
const COMPLEX = 8
/** Unpacking one bin of two interleaved real signals. */
const UNPACK = 12

/** One line between `points` real points and half a spectrum of `length` points, in either direction. */
export const realLineFlops = (length: number, points: number): number => {
  const bins = halfLength(length)
  if (isDirectReal(length)) return (COMPLEX / 2) * points * bins
  if (length % 2 === 1) return COMPLEX * lineProducts(planLine(length), points, bins)
  return COMPLEX * lineProducts(planLine(length / 2), Math.ceil(points / 2)) + UNPACK * bins
}

/**
 * One real transform over several axes, of which `points` are given (or wanted) on each: real lines along
 * the last axis, then complex lines along the others, over the axes still short.
 */
export const gridFlops = (lengths: readonly number[], points: readonly number[]): number => {
  const last = lengths.length - 1
  const sizes = [...points]
  let flops = 0
  for (let axis = last; axis >= 0; axis--) {
    const [length = 1, given = 1] = [lengths[axis], points[axis]]
    const lines = sizes.reduce((total, size, i) => (i === axis ? total : total * size), 1)
    flops +=
      lines * (axis === last ? realLineFlops(length, given) : COMPLEX * lineProducts(planLine(length), given))
    sizes[axis] = axis === last ? halfLength(length) : length
  }
  return flops
}

/** A whole transform of a tensor whose real side has shape `shape`. */
export const transformFlops = ({ axes, lengths }: FourierAttributes, shape: Shape): number => {
  const front = axesFromFront(axes, shape.length)
  const lines = sizeOf(shape.filter((_, axis) => !front.includes(axis)))
  const points = lengths.map((length, i) => {
    const size = shape[front[i] ?? 0]
    return typeof size === 'number' ? Math.min(size, length) : length
  })
  return lines * gridFlops(lengths, points)
}

/** A complex transform of planes of shape `shape`: complex lines along each axis, over the axes still short. */
export const complexTransformFlops = ({ axes, lengths }: FourierAttributes, shape: Shape): number => {
  const front = axesFromFront(axes, shape.length)
  const sizes = shape.map((dim, axis) => {
    const length = lengths[front.indexOf(axis)]
    return typeof dim !== 'number' ? (length ?? 1) : length === undefined ? dim : Math.min(dim, length)
  })
  return front.reduceRight((flops, axis, i) => {
    const [length = 1, given = 1] = [lengths[i], sizes[axis]]
    const lines = sizes.reduce((total, size, at) => (at === axis ? total : total * size), 1)
    sizes[axis] = length
    return flops + lines * COMPLEX * lineProducts(planLine(length), given)
  }, 0)
}
