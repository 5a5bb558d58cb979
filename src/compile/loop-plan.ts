/** The loop of a `scan` as a step of a plan: its body fused by itself, over values of the plan around it. */
import * as E from 'fp-ts/lib/Either.js'
import type { Graph } from '../ir/graph.js'
import type { Attributes } from '../ir/tensor.js'
import type { ScanAttributes } from '../op/control/loop.js'
import { scanOp } from '../op/control/scan.js'
import type { Plan, PlanLoop, PlanStep, PlanValue } from './plan.js'

/** The plan around the loop, as far as the loop must know. */
export interface Around {
  /** Values of the operands and results of the node. */
  readonly operands: readonly number[]
  readonly results: readonly number[]
  /** A new value; gives its number. */
  readonly add: (value: PlanValue) => number
}

export const scanAttributes = (attrs: Attributes): ScanAttributes => {
  const decoded = scanOp.attrs.decode(attrs)
  if (E.isLeft(decoded)) throw new TypeError('a loop without the attributes of scan')
  return decoded.right
}

/** The step with its values renumbered. */
const renumbered = (step: PlanStep, to: (value: number) => number): PlanStep =>
  step.kind === 'kernel'
    ? { ...step, output: to(step.output), inputs: step.inputs.map(to) }
    : {
        ...step,
        carries: step.carries.map(({ init, value, next }) => ({
          init: to(init),
          value: to(value),
          next: to(next),
        })),
        slices: step.slices.map(({ whole, slice }) => ({ whole: to(whole), slice: to(slice) })),
        stacks: step.stacks.map(({ piece, whole }) => ({ piece: to(piece), whole: to(whole) })),
        steps: step.steps.map((inner) => renumbered(inner, to)),
      }

export const planLoop = (
  attrs: Attributes,
  { operands, results, add }: Around,
  fuse: (body: Graph) => Plan,
): PlanLoop => {
  const { body, length, carries, sequences, reverse } = scanAttributes(attrs)
  const plan = fuse(body)
  const slices: { readonly whole: number; readonly slice: number }[] = []
  const at = (list: readonly number[], i: number): number => {
    const value = list[i]
    if (value === undefined) throw new RangeError(`a loop of ${list.length} values has no number ${i}`)
    return value
  }
  const standing = plan.values.map((value): number => {
    if (value.origin.kind !== 'input') return add(value)
    const position = Number(value.origin.name)
    if (position < carries) return at(results, position)
    if (position >= carries + sequences) return at(operands, position)
    const slice = add({ ...value, origin: { kind: 'loop' } })
    slices.push({ whole: at(operands, position), slice })
    return slice
  })
  const to = (value: number): number => at(standing, value)
  const made = plan.outputs.map(({ value }) => to(value))
  return {
    kind: 'loop',
    length,
    reverse,
    carries: made
      .slice(0, carries)
      .map((next, i) => ({ init: at(operands, i), value: at(results, i), next })),
    slices,
    stacks: made.slice(carries).map((piece, i) => ({ piece, whole: at(results, carries + i) })),
    steps: plan.steps.map((step) => renumbered(step, to)),
  }
}
