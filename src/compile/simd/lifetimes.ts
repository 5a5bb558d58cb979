/**
 * How long each value of a plan lives, in steps counted through loops as if they ran once. What a loop carries, reads in
 * slices or puts out in pieces lives as long as the loop, and so does what is made before it and read inside.
 */
import type { PlanLoop } from '../plan.js'
import type { Group } from './group.js'

/** Kernels that run in one launch, or a loop of such. */
export type GroupedStep =
  | { readonly kind: 'launch'; readonly group: Group }
  | { readonly kind: 'loop'; readonly loop: PlanLoop; readonly steps: readonly GroupedStep[] }

export interface Interval {
  readonly from: number
  readonly to: number
}

export const lifetimesOf = (steps: readonly GroupedStep[]): ReadonlyMap<number, Interval> => {
  const intervals = new Map<number, Interval>()
  let position = 0
  const extend = (value: number, { from, to }: Interval): void => {
    const known = intervals.get(value)
    intervals.set(value, {
      from: Math.min(from, known?.from ?? from),
      to: Math.max(to, known?.to ?? to),
    })
  }
  /** Walks steps; gives the values touched that were made outside of them. */
  const walk = (all: readonly GroupedStep[], made: Set<number>): ReadonlySet<number> => {
    const outside = new Set<number>()
    const touch = (value: number, interval: Interval): void => {
      extend(value, interval)
      if (!made.has(value)) outside.add(value)
    }
    for (const step of all) {
      if (step.kind === 'launch') {
        const now = { from: position, to: position }
        const kernels = step.group.members.map(({ plan }) => plan)
        kernels.forEach(({ output }) => made.add(output))
        kernels.forEach(({ output, inputs }) => [output, ...inputs].forEach((value) => touch(value, now)))
        position += 1
        continue
      }
      const { carries, slices, stacks } = step.loop
      const from = position
      position += 1
      const inner = walk(step.steps, new Set())
      const to = position
      position += 1
      const whole = [
        ...carries.flatMap(({ init, value, next }) => [init, value, next]),
        ...slices.flatMap(({ whole: all_, slice }) => [all_, slice]),
        ...stacks.flatMap(({ piece, whole: all_ }) => [piece, all_]),
        ...inner,
      ]
      whole.forEach((value) => touch(value, { from, to }))
      // Results of a loop are made here; its slices are nobody else's.
      carries.forEach(({ value }) => made.add(value))
      stacks.forEach(({ whole: all_ }) => made.add(all_))
    }
    return outside
  }
  walk(steps, new Set())
  return intervals
}
