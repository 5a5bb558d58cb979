/**
 * Schedule: Plan → Plan, in an order that holds less memory. The graph's order computes a gradient from the last
 * block to the first and weights' gradients after all of it, which would keep every value in between alive. A step
 * that frees as much as it takes runs as soon as it can; all others stay in order, so that what is computed again
 * to save memory is not computed early.
 */
import { sizeOf } from '../shape/dim.js'
import type { Plan, PlanStep } from './plan.js'
import { readsOf } from './plan.js'

/** What a step writes that outlives it. */
export const writesOf = (step: PlanStep): readonly number[] =>
  step.kind === 'kernel'
    ? [step.output]
    : [...step.carries.map(({ value }) => value), ...step.stacks.map(({ whole }) => whole)]

export const schedule = (plan: Plan): Plan => {
  const { steps, values } = plan
  const results = new Set(plan.outputs.map(({ value }) => value))
  const reads = steps.map((step) => [...new Set(readsOf(step))])
  const makerOf = new Map<number, number>()
  steps.forEach((step, at) => writesOf(step).forEach((value) => makerOf.set(value, at)))
  const readersOf = new Map<number, Set<number>>()
  reads.forEach((all, at) =>
    all.forEach((value) => readersOf.set(value, (readersOf.get(value) ?? new Set()).add(at))),
  )
  /** Steps that each one still waits for. */
  const waiting = reads.map(
    (all, at) => new Set(all.flatMap((value) => makerOf.get(value) ?? []).filter((maker) => maker !== at)),
  )

  /** Elements held after the step, less those held before it. Inputs, constants and results have places of their own. */
  const sizeOfTemporary = (value: number): number =>
    makerOf.has(value) && !results.has(value) ? sizeOf(values[value]?.shape ?? []) : 0
  const growth = (at: number): number => {
    const step = steps[at]
    if (step === undefined || step.kind === 'loop') return Infinity
    const freed = (reads[at] ?? []).filter((value) => readersOf.get(value)?.size === 1)
    return sizeOfTemporary(step.output) - freed.reduce((sum, value) => sum + sizeOfTemporary(value), 0)
  }

  const order: PlanStep[] = []
  const done = new Set<number>()
  /** Runs a step, and then whatever it made possible that takes no more memory. */
  const run = (first: number): void => {
    const next = [first]
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      const step = steps[at]
      if (step === undefined || done.has(at)) continue
      done.add(at)
      order.push(step)
      const touched = new Set<number>()
      for (const value of writesOf(step))
        for (const reader of readersOf.get(value) ?? []) {
          waiting[reader]?.delete(at)
          touched.add(reader)
        }
      for (const value of reads[at] ?? []) {
        const readers = readersOf.get(value)
        readers?.delete(at)
        if (readers?.size === 1) readers.forEach((reader) => touched.add(reader))
      }
      for (const other of touched)
        if (!done.has(other) && waiting[other]?.size === 0 && growth(other) <= 0) next.push(other)
    }
  }
  steps.forEach((_, at) => {
    if (!done.has(at)) run(at)
  })
  return { ...plan, steps: order }
}
