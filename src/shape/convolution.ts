/**
 * Convolution over N spatial axes, channels last: x [batch, ...spatial, inputs] with a kernel
 * [...taps, inputs / groups, outputs] gives [batch, ...spatial + before + after − taps + 1, outputs].
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { Width } from './pad.js'

/** Positions at which the taps fit; a named axis must keep its size. */
const slideSize = (size: Dim, taps: Dim, [before, after]: Width): Dim | null => {
  if (typeof taps === 'string' || !Number.isInteger(before) || !Number.isInteger(after)) return null
  const growth = before + after - taps + 1
  if (typeof size === 'string') return growth === 0 ? size : null
  return size + growth >= 0 ? size + growth : null
}

/** Whether `count` channels fall into equal groups; named channels only into one. */
const splits = (count: Dim, groups: number): boolean => (typeof count === 'number' ? count % groups === 0 : groups === 1)

/** The shape of the result. */
export const convolutionShape = (
  where: string,
  x: Shape,
  kernel: Shape,
  padding: readonly Width[],
  groups: number,
): E.Either<TensorError, Shape> => {
  const found = `x ${printShape(x)}, kernel ${printShape(kernel)}, padding [${padding.map((p) => `[${p.join(', ')}]`).join(', ')}], groups ${groups}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> => E.left(shapeError({ where, expected, found, hint }))
  const rank = x.length - 2
  const [batch, inputs] = [x[0], x[x.length - 1]]
  const [perGroup, outputs] = kernel.slice(-2)
  if (rank < 1 || kernel.length !== x.length || batch === undefined || inputs === undefined || perGroup === undefined || outputs === undefined)
    return refuse('x [batch, ...spatial, inputs] and a kernel [...taps, inputs / groups, outputs]', 'at least one spatial axis, one tap count for each')
  if (padding.length !== rank) return refuse(`${rank} pairs of padding`, 'one pair [before, after] for each spatial axis')
  if (!Number.isInteger(groups) || groups < 1 || !splits(inputs, groups) || !splits(outputs, groups))
    return refuse('groups that divide inputs and outputs', 'groups = inputs = outputs makes a depthwise convolution')
  if (typeof inputs === 'number' ? perGroup !== inputs / groups : perGroup !== inputs)
    return refuse(`a kernel with ${typeof inputs === 'number' ? inputs / groups : inputs} inputs a group`, 'the last axis but one of the kernel is inputs / groups')
  const spatial = padding.flatMap((width, i) => slideSize(x[i + 1] ?? 0, kernel[i] ?? 0, width) ?? [])
  return spatial.length === rank
    ? E.right([batch, ...spatial, outputs])
    : refuse('taps that fit into the padded spatial axes', 'pad more, or use fewer taps; a named axis needs before + after = taps − 1')
}
