/** Packing: a factor evaluated once into contiguous panels, for tiles that read it many times. */
import type { Scalar } from '../../src/ir/scalar.js'
import type { Blocks, Panels } from './contraction-blocks.js'
import { panelBytes, slabRowBytes } from './contraction-blocks.js'
import type { Contraction } from './contraction-form.js'
import { extentOf } from './contraction-form.js'
import type { Place, VectorOf } from './expression.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32 } from './writer.js'

/** What the statements of a contraction share: where the loops over its parts stand, as i32 expressions. */
export interface Surroundings {
  readonly w: Writer
  readonly vectorOf: VectorOf
  readonly found: Contraction
  readonly blocks: Blocks
  /** Coordinates of entries and inner axes by axis; the others are zero here. */
  readonly axes: readonly string[]
  /** The block of terms: steps of the outermost loop from `first` up to `end`. */
  readonly first: string
  readonly end: string
  readonly inputs: readonly string[]
}

/** Coordinates of a flat position along some axes, by axis; the others as they were. */
export const decoded = (
  w: Writer,
  found: Contraction,
  axes: readonly number[],
  flat: string,
  others: readonly string[],
): readonly string[] => {
  const all = [...others]
  let rest = flat
  for (const [i, axis] of axes.entries()) {
    const inner = extentOf(found, axes.slice(i + 1))
    if (inner === 1) all[axis] = rest
    else {
      const at = w.let('i32', 'at', `(i32.div_u ${rest} ${i32(inner)})`)
      rest = w.let('i32', 'rest', `(i32.sub ${rest} ${mulI32(at, inner)})`)
      all[axis] = at
    }
  }
  return all
}

/** Runs through the terms of the block: all loops but the last one by one, the last in steps of `step` or what is left. */
const throughTerms = (
  around: Surroundings,
  step: 1 | 4,
  body: (loops: readonly string[], width: 1 | 2 | 3 | 4) => void,
): void => {
  const { w, found } = around
  const sizes = found.kernel.loops.map(({ size }) => size)
  const last = sizes.length - 1
  const visit = (number: number, loops: readonly string[]): void => {
    const counter = w.local('i32', 'term')
    const from = number === 0 ? around.first : i32(0)
    const to = number === 0 ? around.end : i32(sizes[number] ?? 1)
    if (number < last || step === 1) {
      w.loop(counter, from, to, 1, () => {
        if (number < last) visit(number + 1, [...loops, get(counter)])
        else body([...loops, get(counter)], 1)
      })
      return
    }
    const width = (sizes[number] ?? 1) % 4
    const whole = width === 0 ? to : w.let('i32', 'whole', `(i32.and ${to} ${i32(-4)})`)
    w.loop(counter, from, whole, 4, () => body([...loops, get(counter)], 4))
    if (width === 1 || width === 2 || width === 3)
      w.block(`(if (i32.gt_s ${to} ${whole}) (then`, () => body([...loops, whole], width))
  }
  visit(0, [])
}

const vectorAt = (
  { w, vectorOf, inputs }: Surroundings,
  scalar: Scalar,
  place: Omit<Place, 'inputs'>,
): string => vectorOf(w, scalar, { ...place, inputs })

/** Rows `from` to `to` of the left factor, for the terms of the block, each row's one after another. */
export const packLeft = (around: Surroundings, from: string, to: string, address: string): void => {
  const { w, found, blocks } = around
  const row = w.local('i32', 'row')
  const target = w.local('i32', 'target')
  w.loop(row, from, to, 1, () => {
    const start = mulI32(`(i32.sub ${get(row)} ${from})`, slabRowBytes(blocks))
    w.line(`(local.set ${target} ${addI32(address, start)})`)
    const axes = decoded(w, found, found.rows, get(row), around.axes)
    const lane = { kind: 'loop', number: found.kernel.loops.length - 1 } as const
    throughTerms(around, 4, (loops, width) => {
      const value = vectorAt(around, found.left, { axes, loops, lane, width })
      // Lanes that do not count are written over by what follows, or lie in the padding of the row.
      w.line(`(v128.store ${get(target)} ${value})`)
      w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(4 * width)}))`)
    })
  })
}

const laneCount = (lanes: number): 1 | 2 | 3 | 4 => (lanes === 1 || lanes === 2 || lanes === 3 ? lanes : 4)

/** One vector of columns from `column` on, for the terms of the block; a term's vectors lie side by side. */
const packColumns = (
  around: Surroundings,
  panels: Panels,
  column: string,
  address: string,
  width: number,
): void => {
  const { w, found } = around
  const target = w.local('i32', 'target')
  w.line(`(local.set ${target} ${address})`)
  const axes = around.axes.with(found.column, column)
  const lane = { kind: 'axis', number: found.column } as const
  throughTerms(around, 1, (loops) => {
    const value = vectorAt(around, found.right, { axes, loops, lane, width: laneCount(width) })
    w.line(`(v128.store ${get(target)} ${value})`)
    w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(16 * panels.vectors)}))`)
  })
}

/** Panels `from` to `to` of a group, one after another from `address` on. */
export const packRight = (
  around: Surroundings,
  panels: Panels,
  from: string,
  to: string,
  address: string,
): void => {
  const { w, blocks } = around
  const panel = w.local('i32', 'panel')
  const v = w.local('i32', 'vector')
  const whole = panels.lastLanes === 4 ? panels.vectors : panels.vectors - 1
  w.loop(panel, from, to, 1, () => {
    const column = w.let('i32', 'column', addI32(mulI32(get(panel), 4 * panels.vectors), i32(panels.start)))
    const start = mulI32(`(i32.sub ${get(panel)} ${from})`, panelBytes(blocks, panels))
    const base = w.let('i32', 'base', addI32(address, start))
    w.loop(v, i32(0), i32(whole), 1, () => {
      const first = w.let('i32', 'first', addI32(column, mulI32(get(v), 4)))
      packColumns(around, panels, first, addI32(base, mulI32(get(v), 16)), 4)
    })
    if (whole < panels.vectors) {
      const first = w.let('i32', 'first', addI32(column, i32(4 * whole)))
      packColumns(around, panels, first, addI32(base, i32(16 * whole)), panels.lastLanes)
    }
  })
}
