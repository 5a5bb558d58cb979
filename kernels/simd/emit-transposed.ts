/** Maps whose reads run along another axis than the output: four by four results at a time, turned in registers. */
import type { Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { axisVariable } from './address.js'
import { sizeOfExpression } from './axes.js'
import type { Place } from './expression.js'
import { vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Features, SimdKernel } from './kernel.js'
import { axesFrom, finished, inputsOf, readCost, rowCounter, sizeOf } from './rows.js'
import { remainderOf4 } from './spans.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, writer } from './writer.js'

/** The axis along which reads are so much cheaper that turning the results pays. */
const readAxis = ({ shape, loops, ...rest }: ScalarKernel): number | null => {
  const last = shape.length - 1
  if (loops.length > 0 || sizeOfExpression(rest.body) > 24) return null
  const kernel = { shape, loops, ...rest }
  const costOf = (axis: number): number => readCost(kernel, axisVariable(axis), shape[axis] ?? 1)
  const best = shape
    .slice(0, -1)
    .reduce<number | null>(
      (least, size, axis) => (size >= 4 && (least === null || costOf(axis) <= costOf(least)) ? axis : least),
      null,
    )
  // Turning costs about as much as a read of four neighbours.
  return best !== null && costOf(best) + 0.25 < costOf(last) ? best : null
}

/** Neighbours in a unit: one cache line of what is read, where the axis has as many. */
export const neighbours = (size: number): number => [16, 8, 4].find((count) => size % count === 0) ?? size

const shuffle = (lanes: readonly number[], x: string, y: string): string =>
  `(i8x16.shuffle ${lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)).join(' ')} ${x} ${y})`

/** Rows as columns. */
const turned = (w: Writer, [a = '', b = '', c = '', d = '']: readonly string[]): readonly string[] => {
  const mixed = (lanes: readonly number[], x: string, y: string): string =>
    w.let('v128', 'mixed', shuffle(lanes, x, y))
  const [ab, cd] = [mixed([0, 4, 1, 5], a, b), mixed([0, 4, 1, 5], c, d)]
  const [abHigh, cdHigh] = [mixed([2, 6, 3, 7], a, b), mixed([2, 6, 3, 7], c, d)]
  return [
    shuffle([0, 1, 4, 5], ab, cd),
    shuffle([2, 3, 6, 7], ab, cd),
    shuffle([0, 1, 4, 5], abHigh, cdHigh),
    shuffle([2, 3, 6, 7], abHigh, cdHigh),
  ]
}

interface Tile {
  /** With the lane's axis and the last one set to the tile's first. */
  readonly place: Place
  readonly width: 1 | 2 | 3 | 4
  readonly columns: 1 | 2 | 3 | 4
  /** Of the tile's first result. */
  readonly address: string
  /** Elements of the output from one lane to the next. */
  readonly stride: number
}

const writeTile = (
  w: Writer,
  kernel: ScalarKernel,
  { place, width, columns, address, stride }: Tile,
): void => {
  const last = kernel.shape.length - 1
  const first = place.axes[last] ?? i32(0)
  const values = Array.from({ length: columns }, (_, column) => {
    const axes = place.axes.with(last, addI32(first, i32(column)))
    return w.let('v128', 'y', vectorOf(w, kernel.body, { ...place, axes, width }))
  })
  if (width === 4 && columns === 4)
    return turned(w, values).forEach((row, lane) => {
      w.line(`(v128.store offset=${4 * lane * stride} ${address} ${row})`)
    })
  values.forEach((value, column) => {
    for (let lane = 0; lane < width; lane += 1)
      w.line(`(v128.store32_lane offset=${4 * (lane * stride + column)} ${lane} ${address} ${value})`)
  })
}

/** From 0 to `size` by fours, then what is left. */
export const byFours = (
  w: Writer,
  size: number,
  body: (counter: string, count: 1 | 2 | 3 | 4) => void,
): void => {
  const counter = w.local('i32', 'n')
  const left = remainderOf4(size)
  if (size >= 4) w.loop(counter, i32(0), i32(size - left), 4, () => body(get(counter), 4))
  if (left !== 0) body(i32(size - left), left)
}

/** All coordinates between the lane's axis and the last. */
export const between = (
  w: Writer,
  sizes: readonly number[],
  body: (coordinates: readonly string[]) => void,
): void => {
  const [size, ...rest] = sizes
  if (size === undefined) return body([])
  const counter = w.local('i32', 'm')
  w.loop(counter, i32(0), i32(size), 1, () => between(w, rest, (inner) => body([get(counter), ...inner])))
}

/** A unit of neighbours along an axis other than the last, which runs along the lanes. */
export interface Neighbours {
  readonly w: Writer
  readonly count: number
  /** Elements of the output from one neighbour to the next. */
  readonly stride: number
  /** Where the unit's results begin. */
  readonly out: string
  /** The place of the first neighbour, with what was computed before all that follows. */
  readonly row: Place
  /** The coordinates up to the lanes' axis of the neighbour `first`. */
  readonly axes: (first: string) => readonly string[]
}

/** The kernel that does `body` for each unit of neighbours along `lane`; `hoistable` is computed once a unit where it can be. */
export const overNeighbours = (
  kernel: ScalarKernel,
  features: Features,
  lane: number,
  hoistable: { readonly scalars: readonly Scalar[]; readonly isCertain: boolean },
  body: (unit: Neighbours) => void,
): SimdKernel => {
  const { shape } = kernel
  const size = shape[lane] ?? 1
  const count = neighbours(size)
  const stride = sizeOf(shape.slice(lane + 1))
  const outer = [...shape.slice(0, lane), size / count]
  const w = writer(features)
  const { axes, advance } = rowCounter(w, outer, get('$begin'))
  const unit = w.local('i32', 'unit')
  const lanesFrom = w.local('i32', 'from')
  w.loop(unit, get('$begin'), get('$end'), 1, () => {
    w.line(`(local.set ${lanesFrom} ${mulI32(axes.at(-1) ?? i32(0), count)})`)
    const out = w.let('i32', 'to', addI32(get('$out'), mulI32(get(unit), 4 * count * stride)))
    const base: Place = {
      axes: [...axes.slice(0, -1), get(lanesFrom)],
      loops: [],
      lane: { kind: 'axis', number: lane },
      width: 4,
      inputs: inputsOf(kernel),
    }
    const row = hoisted(w, hoistable.scalars, base, axesFrom(kernel, lane), hoistable.isCertain)
    const axesOf = (first: string): readonly string[] => [...axes.slice(0, -1), addI32(get(lanesFrom), first)]
    body({ w, count, stride, out, row, axes: axesOf })
    advance()
  })
  return finished(w, kernel, sizeOf(outer))
}

/** The kernel by tiles, where it is a map that another axis than the last suits; else null. */
export const emitTransposed = (kernel: ScalarKernel, features: Features): SimdKernel | null => {
  const lane = readAxis(kernel)
  if (lane === null) return null
  const { shape } = kernel
  const columns = shape.at(-1) ?? 1
  const hoistable = { scalars: [kernel.body], isCertain: true }
  return overNeighbours(kernel, features, lane, hoistable, ({ w, count, stride, out, row, axes }) => {
    between(w, shape.slice(lane + 1, -1), (coordinates) => {
      byFours(w, columns, (column, tileColumns) => {
        byFours(w, count, (first, width) => {
          const offset = coordinates.reduce(
            (sum, coordinate, i) => addI32(sum, mulI32(coordinate, 4 * sizeOf(shape.slice(lane + 2 + i)))),
            addI32(mulI32(column, 4), mulI32(first, 4 * stride)),
          )
          const place: Place = { ...row, axes: [...axes(first), ...coordinates, column] }
          const address = w.let('i32', 'tile', addI32(out, offset))
          writeTile(w, kernel, { place, width, columns: tileColumns, address, stride })
        })
      })
    })
  })
}
