/** Packing: a factor evaluated once into contiguous panels, for tiles that read it many times. */
import type { Scalar } from '../../src/ir/scalar.js'
import { axisVariable, loopVariable } from './address.js'
import type { Blocks, Panels } from './contraction-blocks.js'
import { panelBytes, slabRowBytes } from './contraction-blocks.js'
import type { Contraction } from './contraction-form.js'
import { contiguousReads, extentOf, lastLoop, runsAlongLoop } from './contraction-form.js'
import type { Place } from './expression.js'
import { vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32 } from './writer.js'

/** What the statements of a contraction share: where the loops over its parts stand, as i32 expressions. */
export interface Surroundings {
  readonly w: Writer
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

/**
 * Runs through the terms of the block: all loops but the last one by one, the last in steps of `step`, then what is
 * left. `varying` are the axes that the body moves along.
 */
const throughTerms = (
  around: Surroundings,
  scalar: Scalar,
  start: Omit<Place, 'loops' | 'width' | 'inputs'>,
  { step, varying }: { readonly step: 1 | 4; readonly varying: readonly number[] },
  body: (place: Place, width: 1 | 2 | 3 | 4) => void,
): void => {
  const { w, found, inputs } = around
  const sizes = found.kernel.loops.map(({ size }) => size)
  const last = sizes.length - 1
  const visit = (number: number, outer: Place): void => {
    const inside = sizes.slice(number).map((_, i) => loopVariable(number + i))
    const place = hoisted(w, [scalar], outer, new Set([...inside, ...varying.map(axisVariable)]), true)
    const at = (loop: string): Place => ({ ...place, loops: [...place.loops, loop] })
    const counter = w.local('i32', 'term')
    const from = number === 0 ? around.first : i32(0)
    const to = number === 0 ? around.end : i32(sizes[number] ?? 1)
    if (number < last) {
      w.loop(counter, from, to, 1, () => visit(number + 1, at(get(counter))))
      return
    }
    const width = (sizes[number] ?? 1) % step
    const whole = width === 0 ? to : w.let('i32', 'whole', `(i32.and ${to} ${i32(-4)})`)
    w.loop(counter, from, whole, step, () => body(at(get(counter)), step))
    if (width === 1 || width === 2 || width === 3)
      w.block(`(if (i32.gt_s ${to} ${whole}) (then`, () => body(at(whole), width))
  }
  visit(0, { ...start, loops: [], width: 1, inputs })
}

/** Four vectors with rows and columns exchanged, as v128 expressions. */
const transposed = (w: Writer, vectors: readonly string[]): readonly string[] => {
  const [a, b, c, d] = vectors.map((vector) => w.let('v128', 'vector', vector))
  const pair = (x = '', y = '', from: 0 | 8): string => {
    const bytes = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23].map((byte) => byte + from)
    return w.let('v128', 'pair', `(i8x16.shuffle ${bytes.join(' ')} ${x} ${y})`)
  }
  const low = (x: string, y: string): string =>
    `(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 ${x} ${y})`
  const high = (x: string, y: string): string =>
    `(i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 ${x} ${y})`
  const [ab, cd, abHigh, cdHigh] = [pair(a, b, 0), pair(c, d, 0), pair(a, b, 8), pair(c, d, 8)]
  return [low(ab, cd), high(ab, cd), low(abHigh, cdHigh), high(abHigh, cdHigh)]
}

const widthOf = (lanes: number): 1 | 2 | 3 | 4 => (lanes === 1 || lanes === 2 || lanes === 3 ? lanes : 4)

/** One row of the left factor, its terms one after another from `address` on. */
const packRow = (around: Surroundings, row: string, address: string): void => {
  const { w, found } = around
  const target = w.local('i32', 'target')
  w.line(`(local.set ${target} ${address})`)
  const axes = decoded(w, found, found.rows, row, around.axes)
  const lane = { kind: 'loop', number: lastLoop(found) } as const
  throughTerms(around, found.left, { axes, lane }, { step: 4, varying: [] }, (place, width) => {
    // Lanes that do not count are written over by what follows, or lie in the padding of the row.
    w.line(`(v128.store ${get(target)} ${vectorOf(w, found.left, { ...place, width })})`)
    w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(4 * width)}))`)
  })
}

/** The four rows from where `around` stands that are contiguous across, along one axis. */
const packFourRows = (around: Surroundings, axis: number, address: string): void => {
  const { w, found, blocks } = around
  const target = w.local('i32', 'target')
  w.line(`(local.set ${target} ${address})`)
  const start = { axes: around.axes, lane: { kind: 'axis', number: axis } as const }
  throughTerms(around, found.left, start, { step: 4, varying: [axis] }, (place, width) => {
    const [last = ''] = place.loops.slice(-1)
    const terms = Array.from({ length: width }, (_, term) => {
      const loops = place.loops.with(-1, addI32(last, i32(term)))
      return vectorOf(w, found.left, { ...place, loops, width: 4 })
    })
    const padded = Array.from({ length: 4 }, (_, i) => terms[i] ?? terms[0] ?? '')
    transposed(w, padded).forEach((vector, i) => {
      w.line(`(v128.store offset=${i * slabRowBytes(blocks)} ${get(target)} ${vector})`)
    })
    w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(4 * width)}))`)
  })
}

/**
 * The axis along which four rows lie side by side in memory, and whether fours must start at its multiples of four:
 * where other axes are around it, they would else run over its end. Null where rows are better packed one by one.
 */
const rowsAcross = (found: Contraction): { readonly axis: number; readonly isAligned: boolean } | null => {
  const axis = found.rows.at(-1) ?? 0
  const isAligned = found.rows.length > 1
  if (isAligned && (found.kernel.shape[axis] ?? 1) % 4 !== 0) return null
  if (contiguousReads(found.left, axisVariable(axis)) === 0) return null
  return runsAlongLoop(found, found.left, axis) ? null : { axis, isAligned }
}

/** Rows `from` to `to` of the left factor, for the terms of the block, each row's one after another. */
export const packLeft = (around: Surroundings, from: string, to: string, address: string): void => {
  const { w, found, blocks } = around
  const row = w.local('i32', 'row')
  const inSlab = `(i32.sub ${get(row)} ${from})`
  const target = addI32(address, mulI32(inSlab, slabRowBytes(blocks)))
  const across = rowsAcross(found)
  const singly = (first: string, end: string): void =>
    w.loop(row, first, end, 1, () => packRow(around, get(row), target))
  if (across === null) {
    singly(from, to)
    return
  }
  const { axis, isAligned } = across
  const next = `(i32.and (i32.add ${from} ${i32(3)}) ${i32(-4)})`
  const head = isAligned ? w.let('i32', 'head', `(select ${next} ${to} (i32.lt_s ${next} ${to}))`) : from
  if (isAligned) singly(from, head)
  const whole = w.let('i32', 'whole', `(i32.sub ${to} (i32.and (i32.sub ${to} ${head}) ${i32(3)}))`)
  w.loop(row, head, whole, 4, () => {
    const axes = decoded(w, found, found.rows, get(row), around.axes)
    packFourRows({ ...around, axes }, axis, target)
  })
  singly(whole, to)
}

/** Vectors of a panel, each with its number and lanes. */
const vectorsOf = ({ vectors, lastLanes }: Panels): readonly (readonly [number, number])[] =>
  Array.from({ length: vectors }, (_, v) => [v, v === vectors - 1 ? lastLanes : 4] as const)

/** A panel whose columns lie side by side in memory, term by term. */
const packByTerms = (around: Surroundings, panels: Panels, column: string, target: string): void => {
  const { w, found } = around
  const start = {
    axes: around.axes.with(found.column, column),
    lane: { kind: 'axis', number: found.column } as const,
  }
  throughTerms(around, found.right, start, { step: 1, varying: [found.column] }, (place) => {
    for (const [v, lanes] of vectorsOf(panels)) {
      const value = vectorOf(w, found.right, { ...place, ahead: 4 * v, width: widthOf(lanes) })
      w.line(`(v128.store offset=${16 * v} ${get(target)} ${value})`)
    }
    w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(16 * panels.vectors)}))`)
  })
}

/** A panel whose terms lie side by side in memory: four terms of four columns are transposed. */
const packByColumns = (around: Surroundings, panels: Panels, column: string, target: string): void => {
  const { w, found } = around
  const lane = { kind: 'loop', number: lastLoop(found) } as const
  const bytes = 16 * panels.vectors
  throughTerms(
    around,
    found.right,
    { axes: around.axes, lane },
    { step: 4, varying: [found.column] },
    (place, width) => {
      for (const [v, lanes] of vectorsOf(panels)) {
        const columns = Array.from({ length: lanes }, (_, i) => {
          const axes = place.axes.with(found.column, addI32(column, i32(4 * v + i)))
          return vectorOf(w, found.right, { ...place, axes, width })
        })
        const padded = Array.from({ length: 4 }, (_, i) => columns[i] ?? columns[0] ?? '')
        transposed(w, padded)
          .slice(0, width)
          .forEach((vector, i) => {
            w.line(`(v128.store offset=${i * bytes + 16 * v} ${get(target)} ${vector})`)
          })
      }
      w.line(`(local.set ${target} (i32.add ${get(target)} ${i32(width * bytes)}))`)
    },
  )
}

/** Panels `from` to `to` of a group, one after another from `address` on: each term's vectors side by side. */
export const packRight = (
  around: Surroundings,
  panels: Panels,
  from: string,
  to: string,
  address: string,
): void => {
  const { w, found, blocks } = around
  const panel = w.local('i32', 'panel')
  const target = w.local('i32', 'target')
  const pack = runsAlongLoop(found, found.right, found.column) ? packByColumns : packByTerms
  w.loop(panel, from, to, 1, () => {
    const column = w.let('i32', 'column', addI32(mulI32(get(panel), 4 * panels.vectors), i32(panels.start)))
    const start = mulI32(`(i32.sub ${get(panel)} ${from})`, panelBytes(blocks, panels))
    w.line(`(local.set ${target} ${addI32(address, start)})`)
    pack(around, panels, column, target)
  })
}
