/** Walking along the lanes: several vectors at once, then one by one, then what is left over four. */
import type { Writer } from './writer.js'
import { addI32, i32 } from './writer.js'

/** A vector of results or of terms: where it begins, from the lane's coordinate on, and its lanes that count. */
export interface Strip {
  readonly ahead: number
  readonly width: 1 | 2 | 3 | 4
}

/** `count` whole vectors. */
export const strips = (count: number): readonly Strip[] =>
  Array.from({ length: count }, (_, i) => ({ ahead: 4 * i, width: 4 }))

/** What is left over four. */
export const remainderOf4 = (size: number): 0 | 1 | 2 | 3 => {
  const rest = size % 4
  return rest === 1 ? 1 : rest === 2 ? 2 : rest === 3 ? 3 : 0
}

/** Neighbours `from` to `to`, i32 expressions that are used several times. */
export interface Span {
  readonly from: string
  readonly to: string
  /** What is left over four; null where that is not known, or differs. */
  readonly left: 0 | 1 | 2 | 3 | null
}

/** All of a coordinate. */
export const wholeSpan = (size: number): Span => ({ from: i32(0), to: i32(size), left: remainderOf4(size) })

const fixedSize = ({ from, to }: Span): number | null => {
  const size = /^\(i32\.const (\d+)\)$/.exec(to)?.[1]
  return from === i32(0) && size !== undefined ? Number(size) : null
}

/** Loops in which `counter` is where the strips begin; those that never run are left out. */
export const bySpan = (
  w: Writer,
  counter: string,
  span: Span,
  count: number,
  body: (own: readonly Strip[]) => void,
): void => {
  const { from, to, left } = span
  const size = fixedSize(span)
  const part = (begin: string, end: string, step: number, own: readonly Strip[]): void => {
    const isNeverRun = size !== null && begin === end
    if (!isNeverRun) w.loop(counter, begin, end, step, () => body(own))
  }
  const length = size === null ? w.let('i32', 'span', `(i32.sub ${to} ${from})`) : ''
  const endOf = (step: number): string =>
    size === null
      ? w.let('i32', 'until', addI32(from, `(i32.and ${length} ${i32(-step)})`))
      : i32(size - (size % step))
  const whole = count > 1 ? endOf(4 * count) : from
  const fours = endOf(4)
  if (count > 1) part(from, whole, 4 * count, strips(count))
  part(whole, fours, 4, strips(1))
  const width = left ?? 1
  if (width !== 0) part(fours, to, width, [{ ahead: 0, width }])
}
