/**
 * A grid cut into equal parts, as Swin transformers attend in (Liu et al. 2021, where parts are called windows):
 * [batch, ...grid, C] ↔ [batch, parts, ...part, C], parts and their places in row-major order.
 */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { fromArray } from '../op/leaf/constant.js'
import { sizeOf } from '../shape/dim.js'
import { inputTensor } from '../ir/tensor.js'
import { channelsOf, gridOf } from './axes.js'
import type { Tokens } from './class-token.js'
import { keeping } from './compose.js'
import type { Layer } from './model.js'
import { defineModel } from './model.js'

/** Equal parts of a grid. */
export interface Parts {
  /** Places of a part along every axis. */
  readonly side: number
  /** How far the grid is rolled backwards before it is cut, so that parts reach across the borders of the plain ones. */
  readonly shift?: number
}

/** Sizes of the grid of parts. @throws TraceFailure with an OptionError where the parts do not fill the grid. */
export const partCounts = (where: string, { side, shift = 0 }: Parts, grid: readonly number[]): number[] => {
  if (!Number.isInteger(side) || side < 1 || grid.some((size) => size % side !== 0))
    fail(
      optionError({
        where: `${where}: side`,
        expected: `a side of parts that divides every axis of the grid [${grid.join(', ')}]`,
        found: `${side}`,
        hint: 'choose another side, or pad or crop the images',
      }),
    )
  if (!Number.isInteger(shift) || shift < 0 || shift >= side)
    fail(
      optionError({
        where: `${where}: shift`,
        expected: `a whole number from 0 to below the side ${side}`,
        found: `${shift}`,
        hint: 'half the side is usual',
      }),
    )
  return grid.map((size) => size / side)
}

const rolled = (x: Tensor, by: number, axes: number): Tensor =>
  by === 0
    ? x
    : build.roll(
        x,
        Array.from({ length: axes }, () => by),
        Array.from({ length: axes }, (_, axis) => axis + 1),
      )

/** The parts of a grid: [batch, ...grid, C] → [batch, parts, ...part, C]. */
export const partition = (x: Tensor, parts: Parts): Tensor => {
  const grid = gridOf('partition', x)
  const channels = channelsOf('partition', x)
  const counts = partCounts('partition', parts, grid)
  const { side, shift = 0 } = parts
  const [batch = 'batch'] = x.shape
  const axes = grid.map((_, axis) => axis)
  const cut = build.reshape(rolled(x, -shift, grid.length), [
    batch,
    ...counts.flatMap((count) => [count, side]),
    channels,
  ])
  const order = [
    0,
    ...axes.map((axis) => 1 + 2 * axis),
    ...axes.map((axis) => 2 + 2 * axis),
    1 + 2 * grid.length,
  ]
  return build.reshape(build.permute(cut, order), [batch, sizeOf(counts), ...grid.map(() => side), channels])
}

/** The grid of parts: the inverse of `partition`. */
export const joinParts = (x: Tensor, parts: Parts, grid: readonly number[]): Tensor => {
  const channels = channelsOf('joinParts', x)
  const counts = partCounts('joinParts', parts, grid)
  const { side, shift = 0 } = parts
  const [batch = 'batch'] = x.shape
  const laid = build.reshape(x, [batch, ...counts, ...grid.map(() => side), channels])
  const order = [0, ...grid.flatMap((_, axis) => [1 + axis, 1 + grid.length + axis]), 1 + 2 * grid.length]
  return rolled(build.reshape(build.permute(laid, order), [batch, ...grid, channels]), shift, grid.length)
}

/** The coordinates of a place of a grid from its number in row-major order. */
const placeAt = (index: number, grid: readonly number[]): readonly number[] => {
  let rest = index
  return grid
    .map((_, axis) => grid[grid.length - 1 - axis] ?? 1)
    .map((size) => {
      const at = rest % size
      rest = Math.floor(rest / size)
      return at
    })
    .reverse()
}

/** Which side of the border of a rolled axis a place lies on: those rolled in from the start are no neighbours. */
const afterBorder = (at: number, size: number, shift: number): boolean => at >= size - shift

/**
 * What keeps places of a shifted part apart that are no neighbours in the grid: [parts, 1, places, places], 0 for
 * neighbours and −100 elsewhere, as the released code adds it to the scores of attention.
 */
export const shiftedBias = ({ side, shift = 0 }: Parts, grid: readonly number[]): Tensor => {
  const counts = grid.map((size) => size / side)
  const part = grid.map(() => side)
  const [parts, places] = [sizeOf(counts), sizeOf(part)]
  const regions = Array.from({ length: parts }, (_, p) => {
    const corner = placeAt(p, counts)
    return Array.from({ length: places }, (_, t) =>
      placeAt(t, part)
        .map((at, axis) => afterBorder((corner[axis] ?? 0) * side + at, grid[axis] ?? 1, shift))
        .join(),
    )
  })
  const values = regions.flatMap((region) => region.flatMap((a) => region.map((b) => (a === b ? 0 : -100))))
  return fromArray(values, [parts, 1, places, places])
}

/** The layer's result for every part of a grid: [batch, parts, ...part, C] → the same. */
const onEach = (parts: Tensor, layer: (part: Tokens) => Tokens): Tensor => {
  const [batch = 'batch', count = 1, ...part] = parts.shape
  const one = inputTensor('part', [batch, ...part], 'f32')
  const [all] = build.mapOver([layer(one as Tensor as Tokens)], [one], [build.moveAxis(parts, 1, 0)], count)
  return all === undefined ? parts : build.moveAxis(all, 0, 1)
}

/**
 * A layer on each part of a grid by itself, with the same parameters for all: [batch, ...grid, C] → the same. It is
 * for layers without state. Parts cannot be shifted here: what is rolled in from the other end of the grid would mix
 * with what it is no neighbour of, and only attention can keep the two apart.
 * @throws TraceFailure with an OptionError where parts are shifted or do not fill the grid.
 */
export const withinParts =
  <P, St>(parts: Parts, inner: Layer<P, St, Tokens, Tokens>): Layer<P, St, Tokens, Tokens> =>
  (x) => {
    const grid = gridOf('withinParts', x)
    partCounts('withinParts', parts, grid)
    if ((parts.shift ?? 0) !== 0)
      fail(
        optionError({
          where: 'withinParts: shift',
          expected: 'parts that are not shifted',
          found: `a shift of ${parts.shift}`,
          hint: 'only attention has shifted parts: there what are no neighbours is masked',
        }),
      )
    const [batch] = x.shape
    const part = inputTensor('x', [batch, ...grid.map(() => parts.side), channelsOf('withinParts', x)], 'f32')
    const on = keeping('withinParts', inner(part))
    return defineModel<P, St, Tokens, Tokens>({
      ...on,
      input: x,
      output: x,
      apply: (variables, given, run) => ({
        y: joinParts(
          onEach(partition(given, parts), (one) => on.apply(variables, one, run).y),
          parts,
          grid,
        ) as Tokens,
        state: variables.state,
      }),
    })
  }
