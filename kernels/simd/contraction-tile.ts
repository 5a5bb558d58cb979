/** The register tile: some rows times some vectors of columns, summed over one block of the loops. */
import type { Writer } from './writer.js'
import { addI32, get, i32, multiplyAdd } from './writer.js'

/** Columns of the widest tile, in vectors of four. */
export const WIDEST = 3

/**
 * Rows of a full tile, by its vectors. Twelve accumulators, with a value of the left factor and one row of the right
 * in registers, or nine: what sixteen registers hold without spilling.
 */
export const tileRows = (vectors: number): number => (vectors === WIDEST ? 3 : 6)

/** Where a tile finds its operands. Addresses are i32 expressions, steps and strides are in bytes. */
export interface TileOperands {
  /** Address of the left factor for each row of the tile, for the first term. */
  readonly left: (row: number) => { readonly base: string; readonly offset: number }
  /** How many different bases `left` has; they are advanced. */
  readonly leftStep: number
  readonly right: string
  readonly rightStep: number
  readonly out: string
  readonly outStride: number
  /** Terms of this block, an i32 expression. */
  readonly terms: string
  /** Whether this block is the first, an i32 expression; null where there is only one. */
  readonly isFirst: string | null
}

const ZERO = '(v128.const i32x4 0 0 0 0)'

const withOffset = (offset: number, address: string): string =>
  offset === 0 ? address : offset > 0 ? `offset=${offset} ${address}` : addI32(address, i32(offset))

/** Stores the first `lanes` lanes of a local. */
export const storeLanes = (
  w: Writer,
  address: string,
  offset: number,
  value: string,
  lanes: number,
): void => {
  if (lanes >= 4) {
    w.line(`(v128.store ${withOffset(offset, address)} ${value})`)
    return
  }
  if (lanes >= 2) w.line(`(v128.store64_lane offset=${offset} 0 ${address} ${value})`)
  if (lanes % 2 === 1)
    w.line(`(v128.store32_lane offset=${offset + 4 * (lanes - 1)} ${lanes - 1} ${address} ${value})`)
}

const isDistinct = (value: string, i: number, all: readonly string[]): boolean => all.indexOf(value) === i

/** One tile. `columns` is how many of the last vector's lanes exist, 1 to 4. */
export const tile = (w: Writer, rows: number, vectors: number, lastLanes: number, at: TileOperands): void => {
  const rowNumbers = Array.from({ length: rows }, (_, row) => row)
  const vectorNumbers = Array.from({ length: vectors }, (_, v) => v)
  const sums = rowNumbers.map(() => vectorNumbers.map(() => w.local('v128', 'sum')))
  const sum = (row: number, v: number): string => sums[row]?.[v] ?? ''
  const each = (visit: (row: number, v: number) => void): void =>
    rowNumbers.forEach((row) => vectorNumbers.forEach((v) => visit(row, v)))
  const outAt = (row: number, v: number): number => row * at.outStride + 16 * v
  const clear = (): void => each((row, v) => w.line(`(local.set ${sum(row, v)} ${ZERO})`))
  const resume = (): void =>
    each((row, v) => w.line(`(local.set ${sum(row, v)} (v128.load ${withOffset(outAt(row, v), at.out)}))`))
  if (at.isFirst === null) clear()
  else {
    w.block(`(if ${at.isFirst} (then`, clear)
    w.block(`(if (i32.eqz ${at.isFirst}) (then`, resume)
  }
  const bases = rowNumbers.map((row) => at.left(row).base).filter(isDistinct)
  const pointers = new Map(bases.map((base) => [base, w.local('i32', 'left')]))
  for (const [base, pointer] of pointers) w.line(`(local.set ${pointer} ${base})`)
  const right = w.local('i32', 'right')
  const left = w.local('i32', 'terms')
  w.line(`(local.set ${right} ${at.right})`)
  w.line(`(local.set ${left} ${at.terms})`)
  const again = left.replace('$', '$tile')
  const x = w.local('v128', 'x')
  const ys = vectorNumbers.map(() => w.local('v128', 'y'))
  w.block(`(loop ${again}`, () => {
    ys.forEach((y, v) => w.line(`(local.set ${y} (v128.load ${withOffset(16 * v, get(right))}))`))
    for (const row of rowNumbers) {
      const { base, offset } = at.left(row)
      w.line(`(local.set ${x} (v128.load32_splat ${withOffset(offset, get(pointers.get(base) ?? ''))}))`)
      ys.forEach((y, v) =>
        w.line(`(local.set ${sum(row, v)} ${multiplyAdd(w.features, get(x), get(y), get(sum(row, v)))})`),
      )
    }
    w.line(`(local.set ${right} ${addI32(get(right), i32(at.rightStep))})`)
    for (const pointer of pointers.values())
      w.line(`(local.set ${pointer} ${addI32(get(pointer), i32(at.leftStep))})`)
    w.line(`(br_if ${again} (local.tee ${left} (i32.sub ${get(left)} (i32.const 1))))`)
  })
  each((row, v) => storeLanes(w, at.out, outAt(row, v), get(sum(row, v)), v === vectors - 1 ? lastLanes : 4))
}
