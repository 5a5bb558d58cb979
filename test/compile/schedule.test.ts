import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import type { Plan } from '../../src/compile/plan.js'
import { readsOf } from '../../src/compile/plan.js'
import { schedule } from '../../src/compile/schedule.js'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph, toTensors } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor, topological } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import { sizeOf } from '../../src/shape/dim.js'
import { interpret } from '../../src/run/reference.js'
import { expectResults } from '../support/close.js'
import type { RandomProgram } from '../support/random-graph.js'
import { randomPrograms } from '../support/random-graph.js'
import { runPlan } from '../support/run-plan.js'

/** The plan of a program's results and gradients, as fusion leaves it. */
const planOf = ({
  graph,
}: RandomProgram): { readonly plan: Plan; readonly whole: RandomProgram['graph'] } => {
  const results = [...toTensors(graph).values()]
  const inputs = topological(results)
    .filter((node) => node.op === 'input')
    .flatMap((node) => node.outputs.map((type, output) => ({ ...type, node, output })))
  const gradients = pullBack(results, results.map(build.onesLike), inputs)
  const whole = toGraph([...results, ...gradients].map((tensor, i) => ({ name: `t${i}`, tensor })))
  return {
    plan: fuse(
      graphPasses.reduce((current, pass) => pass.run(current), whole),
      { inputs: 7 },
    ),
    whole,
  }
}

/** Elements of temporaries that are alive after each step. */
const heldAfter = ({ steps, values, outputs }: Plan): readonly number[] => {
  const results = new Set(outputs.map(({ value }) => value))
  const last = new Map<number, number>()
  steps.forEach((step, at) => readsOf(step).forEach((value) => last.set(value, at)))
  const alive = new Set<number>()
  return steps.map((step, at) => {
    if (step.kind === 'kernel' && !results.has(step.output)) alive.add(step.output)
    for (const value of alive) if ((last.get(value) ?? -1) <= at) alive.delete(value)
    return [...alive].reduce((sum, value) => sum + sizeOf(values[value]?.shape ?? []), 0)
  })
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

describe('schedule', () => {
  it('runs the same steps, each after what it reads, to the same results', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), (program) => {
        const { plan, whole } = planOf(program)
        const ordered = schedule(plan)
        expect(new Set(ordered.steps)).toEqual(new Set(plan.steps))
        expect(ordered.steps.length).toBe(plan.steps.length)
        const made = new Set<number>()
        for (const step of ordered.steps) {
          for (const value of readsOf(step))
            if (plan.values[value]?.origin.kind === 'kernel') expect(made.has(value)).toBe(true)
          if (step.kind === 'kernel') made.add(step.output)
        }
        expectResults(runPlan(ordered, program.bindings), interpret(whole, program.bindings), 1e-5, 1)
      }),
    )
  })

  it('lets go of what is inside the layers of a network as their weights have gradients', () => {
    const layers = 6
    const weights = Array.from({ length: layers }, (_, i) => inputTensor(`w${i}`, [8, 8], 'f32'))
    const y = weights.reduce<Tensor>(
      (x, weight) => build.gelu(build.matmul(x, weight)),
      inputTensor('x', [64, 8], 'f32'),
    )
    const gradients = pullBack([y], [build.onesLike(y)], weights)
    const graph = toGraph(gradients.map((tensor, i) => ({ name: `g${i}`, tensor })))
    const plan = fuse(
      graphPasses.reduce((current, pass) => pass.run(current), graph),
      { inputs: 7 },
    )
    const [before, after] = [heldAfter(plan), heldAfter(schedule(plan))]
    expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before))
    expect(total(after)).toBeLessThan(0.9 * total(before))
  })

  it('moves what a gradient is for at once, where that lets go of it and of what it is made of', () => {
    const layers = 5
    const named = (name: string) =>
      Array.from({ length: layers }, (_, i) => inputTensor(`${name}${i}`, [192, 192], 'f32'))
    const [weights, moments] = [named('w'), named('m')]
    const y = weights.reduce<Tensor>(
      (x, weight) => build.tanh(build.matmul(x, weight)),
      inputTensor('x', [24, 192], 'f32'),
    )
    const gradients = pullBack([y], [build.onesLike(y)], weights)
    const squares = gradients.map((gradient) => build.sum(build.mul(gradient, gradient), [0, 1]))
    const moved = gradients.map((gradient, i) => build.add(moments[i] ?? gradient, gradient))
    const norm = build.sqrt(squares.reduce((a, b) => build.add(a, b)))
    const graph = toGraph([...moved, norm].map((tensor, i) => ({ name: `r${i}`, tensor })))
    const plan = fuse(
      graphPasses.reduce((current, pass) => pass.run(current), graph),
      { inputs: 7 },
    )
    // One gradient of weights at a time, and an activation or its gradient a layer.
    const most = Math.max(...heldAfter(schedule(plan)))
    expect(most).toBeLessThanOrEqual(192 * 192 + layers * 24 * 192)
  })
})
