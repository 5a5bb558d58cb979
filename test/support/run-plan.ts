import type { Plan, PlanKernel, PlanLoop, PlanStep } from '../../src/compile/plan.js'
import { placesOf } from '../../src/compile/program.js'
import type { NdArray } from '../../src/op/def.js'
import { sizeOf } from '../../src/shape/dim.js'
import { evaluateKernel } from './evaluate-scalar.js'

/** Where the values of a plan are while it runs. */
export interface ValueStore {
  readonly get: (value: number) => ArrayLike<number>
  readonly set: (value: number, data: Float64Array) => void
  /** Called before each kernel. */
  readonly onKernel?: (kernel: PlanKernel) => void
}

const runLoop = (
  plan: Plan,
  store: ValueStore,
  { carries, slices, stacks, steps, length, reverse }: PlanLoop,
): void => {
  const { get, set } = store
  const copy = (from: number, to: number): void => set(to, Float64Array.from(get(from)))
  carries.forEach(({ init, value }) => copy(init, value))
  for (const { whole } of stacks) set(whole, new Float64Array(sizeOf(plan.values[whole]?.shape ?? [])))
  for (const t of placesOf({ length, reverse })) {
    for (const { whole, slice } of slices) {
      const size = sizeOf(plan.values[slice]?.shape ?? [])
      set(slice, Float64Array.from(Array.from(get(whole)).slice(t * size, (t + 1) * size)))
    }
    runSteps(plan, steps, store)
    for (const { piece, whole } of stacks) {
      const all = Float64Array.from(get(whole))
      all.set(get(piece), t * get(piece).length)
      set(whole, all)
    }
    carries.forEach(({ next, value }) => copy(next, value))
  }
}

/** Runs steps of a plan in float64. */
export const runSteps = (plan: Plan, steps: readonly PlanStep[], store: ValueStore): void => {
  for (const step of steps) {
    if (step.kind === 'loop') {
      runLoop(plan, store, step)
      continue
    }
    store.onKernel?.(step)
    const inputs = step.inputs.map(store.get)
    store.set(step.output, evaluateKernel({ ...step, inputs: inputs.map(({ length }) => length) }, inputs))
  }
}

/** The results of a plan in float64, kernel by kernel: what fusion must not change. */
export const runPlan = (
  plan: Plan,
  bindings: Readonly<Record<string, NdArray>>,
): ReadonlyMap<string, NdArray> => {
  const data: (ArrayLike<number> | null)[] = plan.values.map(({ origin }) =>
    origin.kind === 'input'
      ? (bindings[origin.name]?.data ?? null)
      : origin.kind === 'constant'
        ? origin.data
        : null,
  )
  const at = (value: number): ArrayLike<number> => {
    const found = data[value]
    if (found === null || found === undefined) throw new RangeError(`v${value} is read before it is made`)
    return found
  }
  runSteps(plan, plan.steps, {
    get: at,
    set: (value, made) => {
      data[value] = made
    },
  })
  return new Map(
    plan.outputs.map(({ name, value }) => [
      name,
      { shape: plan.values[value]?.shape ?? [], data: Float64Array.from(at(value)) },
    ]),
  )
}
