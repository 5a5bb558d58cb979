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

/** The part of the memory that the longer foresight must come down to, as it takes kernels apart that else run together. */
const GAIN = 0.95

/** Which steps run before their turn: those that free memory themselves, or those that do once their readers have run. */
type Foresight = 'own' | 'readers'

const scheduleWith = (plan: Plan, foresight: Foresight): Plan => {
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

  /**
   * The same of a step and its readers together, where nothing else is needed for them: a gradient that moves its
   * moments is gone at once.
   */
  const growthOfAll = (at: number): number => {
    const step = steps[at]
    const readers = step?.kind === 'kernel' ? [...(readersOf.get(step.output) ?? [])] : []
    const areNext = readers.every((reader) => [...(waiting[reader] ?? [])].every((maker) => maker === at))
    if (step?.kind !== 'kernel' || results.has(step.output) || readers.length === 0 || !areNext)
      return Infinity
    const members = new Set([at, ...readers])
    const made = readers.flatMap((reader) => steps[reader] ?? []).flatMap(writesOf)
    const read = new Set([...members].flatMap((member) => reads[member] ?? []))
    const freed = [...read].filter(
      (value) =>
        value !== step.output && [...(readersOf.get(value) ?? [])].every((reader) => members.has(reader)),
    )
    const elements = (all: readonly number[]): number =>
      all.reduce((sum, value) => sum + sizeOfTemporary(value), 0)
    return elements(made) - elements(freed)
  }
  const isEarly = (at: number): boolean =>
    growth(at) <= 0 || (foresight === 'readers' && growthOfAll(at) <= 0)

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
        if (!done.has(other) && waiting[other]?.size === 0 && isEarly(other)) next.push(other)
    }
  }
  steps.forEach((_, at) => {
    if (!done.has(at)) run(at)
  })
  return { ...plan, steps: order }
}

/** The most elements that live at once of what steps make for each other. */
const mostAlive = ({ steps, values, outputs }: Plan): number => {
  const results = new Set(outputs.map(({ value }) => value))
  const last = new Map<number, number>()
  steps.forEach((step, at) => [...writesOf(step), ...readsOf(step)].forEach((value) => last.set(value, at)))
  const made = new Set<number>()
  let alive = 0
  let most = 0
  steps.forEach((step, at) => {
    const size = (value: number): number => sizeOf(values[value]?.shape ?? [])
    for (const value of writesOf(step)) {
      if (results.has(value)) continue
      made.add(value)
      alive += size(value)
    }
    most = Math.max(most, alive)
    for (const value of made)
      if (last.get(value) === at) {
        made.delete(value)
        alive -= size(value)
      }
  })
  return most
}

/** The same steps in an order that holds less, each after what it reads. */
export const schedule = (plan: Plan): Plan => {
  const [own, readers] = [scheduleWith(plan, 'own'), scheduleWith(plan, 'readers')]
  return mostAlive(readers) < GAIN * mostAlive(own) ? readers : own
}
