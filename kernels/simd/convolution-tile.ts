/** Tiles of a grid with four neighbours of another axis in the lanes: filled from expressions, and stored through the epilogue. */
import { normalise } from '../../src/ir/index-map.js'
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar } from '../../src/ir/scalar.js'
import type { Frame, Position } from './convolution-frame.js'
import type { Place } from './expression.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, splat } from './writer.js'

/** Where the points of a grid lie. */
export interface Tile {
  /** Address of the first point, an i32 expression. */
  readonly base: string
  /** Bytes from one point to the next, by axis of the grid. */
  readonly pitches: readonly number[]
}

type Width = Place['width']

/** Coefficients of an axis in the reads of an expression; null where one is not affine. */
const stepsOf = (root: Scalar, axis: number): readonly (number | null)[] => {
  const seen = new Set<Scalar>()
  const steps: (number | null)[] = []
  const mentions = (index: Index): boolean =>
    index.kind === 'axis'
      ? index.axis === axis
      : index.kind === 'sum'
        ? index.terms.some(([, term]) => mentions(term))
        : index.kind === 'quotient' || index.kind === 'remainder'
          ? mentions(index.index)
          : index.kind === 'dynamic'
  const stepOf = (index: Index): number | null => {
    if (!mentions(index)) return 0
    if (index.kind === 'axis') return 1
    if (index.kind !== 'sum') return null
    return index.terms.reduce<number | null>(
      (sum, [c, term]) => (!mentions(term) || sum === null ? sum : term.kind === 'axis' ? sum + c : null),
      0,
    )
  }
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === 'read') steps.push(stepOf(normalise(scalar.index)))
    scalarOperands(scalar).forEach(visit)
  }
  visit(root)
  return steps
}

const scattered = (root: Scalar, axis: number): number =>
  stepsOf(root, axis).filter((step) => step !== 0 && step !== 1).length

const innermost = ({ sum }: Frame): { readonly axis: number; readonly size: number } =>
  sum.grid.at(-1) ?? { axis: 0, size: 1 }

/** Whether four points along the grid are read at a time, then transposed. */
const isTransposed = (frame: Frame, scalar: Scalar, storing: boolean): boolean => {
  const { lane } = frame
  if (lane === null) return false
  const cost = (axis: number): number =>
    scattered(scalar, axis) + (storing && strideOf(frame, axis) !== 1 ? 1 : 0)
  return cost(innermost(frame).axis) < cost(lane)
}

const strideOf = ({ kernel }: Frame, axis: number): number =>
  kernel.shape.slice(axis + 1).reduce((all, size) => all * size, 1)

const placeAt = (
  { kernel, lane }: Frame,
  at: Position,
  coordinates: ReadonlyMap<number, string>,
  laneAt: string,
  along: number | null,
  width: Width,
): Place => ({
  axes: kernel.shape.map((_, axis) =>
    axis === lane ? laneAt : (coordinates.get(axis) ?? at.axes.get(axis) ?? i32(0)),
  ),
  loops: kernel.loops.map((_, loop) => at.loops.get(loop) ?? i32(0)),
  lane: along === null ? null : { kind: 'axis', number: along },
  width,
  inputs: kernel.inputs.map((_, input) => get(`$in${input}`)),
})

/** Once for full blocks of lanes, once for the last one where it has fewer. */
const byWidth = (
  w: Writer,
  { laneSize, blocks }: Frame,
  block: string,
  body: (width: Width) => void,
): void => {
  const rest = laneSize % 4
  if (rest === 0 || blocks === 1) {
    body(rest === 1 ? 1 : rest === 2 ? 2 : rest === 3 ? 3 : 4)
    return
  }
  const isLast = `(i32.eq ${block} ${i32(blocks - 1)})`
  w.block(`(if ${isLast} (then`, () => body(rest === 1 ? 1 : rest === 2 ? 2 : 3))
  w.block(`(if (i32.eqz ${isLast}) (then`, () => body(4))
}

/** Walks through the grid, the innermost axis `step` points at a time: `width` of them are there. */
const overGrid = (
  w: Writer,
  { sum }: Frame,
  tile: Tile,
  step: 1 | 4,
  body: (at: ReadonlyMap<number, string>, address: string, width: Width) => void,
): void => {
  const walk = (axis: number, at: ReadonlyMap<number, string>, base: string): void => {
    const tap = sum.grid[axis]
    const pitch = tile.pitches[axis] ?? 0
    if (tap === undefined) return
    const counter = w.local('i32', 'g')
    const isLast = axis === sum.grid.length - 1
    const whole = isLast ? tap.size - (tap.size % step) : tap.size
    const here = (width: Width): void => {
      const address = w.let('i32', 'point', addI32(base, mulI32(get(counter), pitch)))
      const next = new Map([...at, [tap.axis, get(counter)]])
      if (isLast) body(next, address, width)
      else walk(axis + 1, next, address)
    }
    if (whole > 0) w.loop(counter, i32(0), i32(whole), isLast ? step : 1, () => here(step))
    if (whole < tap.size) {
      const rest = tap.size - whole
      w.line(`(local.set ${counter} ${i32(whole)})`)
      here(rest === 1 ? 1 : rest === 2 ? 2 : 3)
    }
  }
  walk(0, new Map(), tile.base)
}

const shuffle = (lanes: readonly number[], a: string, b: string): string =>
  `(i8x16.shuffle ${lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)).join(' ')} ${a} ${b})`

/** Four vectors of four as the four of their first, second, … elements. */
const transposed = (w: Writer, [a, b, c, d]: readonly string[]): readonly string[] => {
  const zero = splat(0)
  const pair = (x: string | undefined, y: string | undefined, lanes: readonly number[]): string =>
    w.let('v128', 't', shuffle(lanes, x ?? zero, y ?? zero))
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const
  const [ab0, ab1, cd0, cd1] = [pair(a, b, low), pair(a, b, high), pair(c, d, low), pair(c, d, high)]
  const [first, second] = [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ] as const
  return [pair(ab0, cd0, first), pair(ab0, cd0, second), pair(ab1, cd1, first), pair(ab1, cd1, second)]
}

/** Zeros in the lanes that do not count: they may meet lanes that do. */
const counted = (value: string, width: Width): string =>
  width === 4
    ? value
    : `(v128.and ${value} (v128.const i32x4 ${[0, 1, 2, 3].map((lane) => (lane < width ? -1 : 0)).join(' ')}))`

/** Calls `store` with the value of an expression at every point of the grid, and the point's address in the tile. */
export const fill = (
  w: Writer,
  frame: Frame,
  scalar: Scalar,
  at: Position,
  tile: Tile,
  store: (address: string, value: string) => void,
): void => {
  const { lane, vectorOf } = frame
  const first = w.let('i32', 'lane', mulI32(at.block, 4))
  const along = innermost(frame).axis
  byWidth(w, frame, at.block, (width) => {
    if (!isTransposed(frame, scalar, false)) {
      overGrid(w, frame, tile, 1, (coordinates, address) =>
        store(
          address,
          counted(vectorOf(w, scalar, placeAt(frame, at, coordinates, first, lane, width)), width),
        ),
      )
      return
    }
    overGrid(w, frame, tile, 4, (coordinates, address, points) => {
      const rows = Array.from({ length: width }, (_, row) =>
        w.let(
          'v128',
          'row',
          vectorOf(w, scalar, placeAt(frame, at, coordinates, addI32(first, i32(row)), along, points)),
        ),
      )
      transposed(w, rows)
        .slice(0, points)
        .forEach((value, i) => store(addI32(address, i32(i * (tile.pitches.at(-1) ?? 0))), value))
    })
  })
}

/** Stores the first `width` lanes, `stride` elements apart. */
const storeLanes = (w: Writer, address: string, value: string, width: Width, stride: number): void => {
  if (width === 4 && stride === 1) {
    w.line(`(v128.store ${address} ${value})`)
    return
  }
  const [at, bound] = [w.let('i32', 'to', address), w.let('v128', 'value', value)]
  for (let lane = 0; lane < width; lane += 1)
    w.line(`(v128.store32_lane offset=${4 * lane * stride} ${lane} ${at} ${bound})`)
}

/** The output at every point of the grid, from the sums that `load` finds at the point's address in the tile. */
export const finish = (
  w: Writer,
  frame: Frame,
  at: Position,
  tile: Tile,
  load: (address: string) => string,
): void => {
  const { kernel, lane, vectorOf } = frame
  const along = innermost(frame).axis
  const epilogue: Scalar = kernel.epilogue ?? { kind: 'accumulator' }
  const first = w.let('i32', 'lane', mulI32(at.block, 4))
  const made = (place: Place, accumulator: string): string => vectorOf(w, epilogue, { ...place, accumulator })
  const addressOf = ({ axes }: Place): string =>
    axes.reduce(
      (sum, coordinate, axis) =>
        coordinate === i32(0) ? sum : addI32(sum, mulI32(coordinate, 4 * strideOf(frame, axis))),
      get('$out'),
    )
  byWidth(w, frame, at.block, (width) => {
    if (!isTransposed(frame, epilogue, true)) {
      const stride = lane === null ? 1 : strideOf(frame, lane)
      overGrid(w, frame, tile, 1, (coordinates, address) => {
        const place = placeAt(frame, at, coordinates, first, lane, width)
        const value = made(place, w.let('v128', 'sum', load(address)))
        storeLanes(w, addressOf(place), value, width, stride)
      })
      return
    }
    overGrid(w, frame, tile, 4, (coordinates, address, points) => {
      const pitch = tile.pitches.at(-1) ?? 0
      const sums = Array.from({ length: points }, (_, i) =>
        w.let('v128', 'sum', load(addI32(address, i32(i * pitch)))),
      )
      transposed(w, sums)
        .slice(0, width)
        .forEach((sum, row) => {
          const place = placeAt(frame, at, coordinates, addI32(first, i32(row)), along, points)
          storeLanes(w, addressOf(place), made(place, sum), points, strideOf(frame, along))
        })
    })
  })
}
