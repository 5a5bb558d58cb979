/** What a loop moves: its carries, slices and pieces, as copies between buffers. */
import { sizeOf } from '../../shape/dim.js'
import type { Plan, PlanLoop } from '../plan.js'
import type { SimdCopy } from './program.js'

export const copiesOf = (
  plan: Plan,
  bufferId: (value: number) => number,
): {
  readonly before: (loop: PlanLoop) => readonly SimdCopy[]
  readonly atStart: (loop: PlanLoop) => readonly SimdCopy[]
  readonly atEnd: (loop: PlanLoop) => readonly SimdCopy[]
} => {
  /** A copy whose moving side, if any, steps by the elements of one place. */
  const copy = (from: number, to: number, moving: 'from' | 'to' | null): SimdCopy => {
    const length = sizeOf(plan.values[moving === 'from' ? to : from]?.shape ?? [])
    return {
      kind: 'copy',
      from: bufferId(from),
      to: bufferId(to),
      length,
      fromStride: moving === 'from' ? length : 0,
      toStride: moving === 'to' ? length : 0,
    }
  }
  const present = ({ length }: SimdCopy): boolean => length > 0
  return {
    before: ({ carries }) => carries.map(({ init, value }) => copy(init, value, null)).filter(present),
    atStart: ({ slices }) => slices.map(({ whole, slice }) => copy(whole, slice, 'from')).filter(present),
    atEnd: ({ stacks, carries }) =>
      [
        ...stacks.map(({ piece, whole }) => copy(piece, whole, 'to')),
        ...carries.flatMap(({ value, next }) => (next === value ? [] : [copy(next, value, null)])),
      ].filter(present),
  }
}
