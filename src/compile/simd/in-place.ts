/**
 * In place: the next value of a state may lie where its last one lay, if each of its elements is made of the same
 * elements of others and nobody reads the last value afterwards. So a training step holds its parameters and moments
 * once.
 */
import { indexKey } from '../../ir/index-map.js'
import type { Index } from '../../ir/scalar.js'
import { sizeOf } from '../../shape/dim.js'
import type { Plan, PlanKernel } from '../plan.js'
import { readsOf } from '../plan.js'
import { placeOf, readsOfInput, readsOwnRows, withoutUnitAxes } from './group.js'
import type { GroupedStep } from './lifetimes.js'

/** Whether the kernel reads of input number `input` only the element it makes, or some that are the same for all. */
const readsInStep = (kernel: PlanKernel, input: number, length: number): boolean => {
  const own = indexKey(withoutUnitAxes(placeOf(kernel.shape)))
  const isOwn = (index: Index): boolean => indexKey(withoutUnitAxes(index)) === own
  return readsOfInput(kernel, input).every((index) =>
    length === sizeOf(kernel.shape) ? isOwn(index) : index.kind === 'const',
  )
}

/** Every element of the result is made of those at its place: writing it disturbs no other. */
const isElementwise = (plan: Plan, kernel: PlanKernel): boolean =>
  kernel.combine === null &&
  kernel.inputs.every((value, input) => readsInStep(kernel, input, sizeOf(plan.values[value]?.shape ?? [])))

/** Whether nothing reads `state` once `maker` has begun to write over it. */
const isLastReader = (
  plan: Plan,
  steps: readonly GroupedStep[],
  maker: PlanKernel,
  state: number,
): boolean => {
  const at = steps.findIndex(
    (step) => step.kind === 'launch' && step.group.members.some(({ plan: kernel }) => kernel === maker),
  )
  const length = sizeOf(plan.values[state]?.shape ?? [])
  return steps.slice(Math.max(at, 0)).every((step, i) => {
    if (step.kind === 'loop') return !readsOf(step.loop).includes(state)
    const { members, units } = step.group
    const position = members.findIndex(({ plan: kernel }) => kernel === maker)
    return members.every(({ plan: kernel }, member) => {
      if (kernel === maker || !kernel.inputs.includes(state)) return true
      // Beside it in its launch, before it and of the same rows.
      return i === 0 && member < position && readsOwnRows(kernel, kernel.inputs.indexOf(state), length, units)
    })
  })
}

/** Of pairs [next value, state], those whose next value may lie where the state lies. */
export const inPlace = (
  plan: Plan,
  steps: readonly GroupedStep[],
  carries: readonly (readonly [next: number, state: number])[],
): ReadonlyMap<number, number> => {
  const makers = new Map(
    steps.flatMap((step) =>
      step.kind === 'launch' ? step.group.members.map(({ plan: kernel }) => [kernel.output, kernel]) : [],
    ),
  )
  const results = new Set(plan.outputs.map(({ value }) => value))
  return new Map(
    carries.filter(([next, state]) => {
      const maker = makers.get(next)
      return (
        maker !== undefined &&
        !results.has(state) &&
        sizeOf(maker.shape) === sizeOf(plan.values[state]?.shape ?? []) &&
        isElementwise(plan, maker) &&
        isLastReader(plan, steps, maker, state)
      )
    }),
  )
}
