import { expect } from 'vitest'
import { place } from '../../src/compile/place.js'
import type { Plan } from '../../src/compile/plan.js'
import type { Bindings } from '../../src/run/reference.js'
import { runSteps } from './run-plan.js'

/** Runs a plan in its storage slots: a slot that was reused too early gives wrong results. */
export const runPlaced = (plan: Plan, bindings: Bindings): ReadonlyMap<string, Float64Array> => {
  const { buffers, bufferOf, constants } = place(plan)
  const slots = new Map<number, Float64Array>()
  const slotOf = (value: number): number => buffers[bufferOf[value] ?? -1]?.storage ?? -1
  plan.values.forEach(({ origin }, value) => {
    if (origin.kind === 'input') slots.set(slotOf(value), bindings[origin.name]?.data ?? new Float64Array())
    if (origin.kind === 'constant')
      slots.set(slotOf(value), Float64Array.from(constants.get(bufferOf[value] ?? -1) ?? []))
  })
  runSteps(plan, plan.steps, {
    get: (value) => slots.get(slotOf(value)) ?? new Float64Array(),
    set: (value, data) => slots.set(slotOf(value), data),
    onKernel: (kernel) => expect(kernel.inputs.map(slotOf)).not.toContain(slotOf(kernel.output)),
  })
  return new Map(
    plan.outputs.map(({ name, value }) => [name, slots.get(slotOf(value)) ?? new Float64Array()]),
  )
}
