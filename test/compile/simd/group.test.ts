import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Emitted } from '../../../src/compile/simd/group.js'
import { groupRows } from '../../../src/compile/simd/group.js'
import { fuse } from '../../../src/compile/fuse.js'
import { graphPasses } from '../../../src/compile/passes.js'
import type { Plan, PlanKernel } from '../../../src/compile/plan.js'
import type { Graph } from '../../../src/ir/graph.js'
import { toGraph } from '../../../src/ir/graph.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build } from '../../../src/op/index.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { randomPrograms } from '../../support/random-graph.js'
import { runPlan } from '../../support/run-plan.js'

/** Kernels that can be divided at every element. */
const divisible = (plan: PlanKernel, id: number): Emitted => ({
  plan,
  simd: { name: plan.name, text: '', units: sizeOf(plan.shape), rowwise: true, grain: 1, scratchBytes: 0 },
  id,
})

const planOf = (graph: Graph): Plan =>
  fuse(
    graphPasses.reduce((current, pass) => pass.run(current), graph),
    { inputs: 16 },
  )

const kernelsIn = ({ steps }: Plan): readonly PlanKernel[] =>
  steps.flatMap((step) => (step.kind === 'kernel' && sizeOf(step.shape) > 0 ? [step] : []))

/** The results, unit by unit: what members of a group make is there in the unit at hand alone, elsewhere it is NaN. */
const runGrouped = (plan: Plan, bindings: Readonly<Record<string, { data: ArrayLike<number> }>>) => {
  const values = plan.values.map(({ shape, origin }): Float64Array =>
    origin.kind === 'input'
      ? Float64Array.from(bindings[origin.name]?.data ?? [])
      : origin.kind === 'constant'
        ? Float64Array.from(origin.data)
        : new Float64Array(sizeOf(shape)).fill(Number.NaN),
  )
  for (const { members, units } of groupRows(kernelsIn(plan).map(divisible))) {
    const made = new Map<number, Float64Array>()
    for (let unit = 0; unit < units; unit++) {
      const seen = [...values]
      for (const { plan: kernel } of members) {
        const inputs = kernel.inputs.map((value) => seen[value] ?? new Float64Array())
        const size = sizeOf(kernel.shape) / units
        const all = evaluateKernel({ ...kernel, inputs: inputs.map(({ length }) => length) }, inputs)
        const own = all.map((x, i) => (Math.floor(i / size) === unit ? x : Number.NaN))
        seen[kernel.output] = own
        const whole = made.get(kernel.output) ?? new Float64Array(all.length)
        whole.set(own.subarray(unit * size, (unit + 1) * size), unit * size)
        made.set(kernel.output, whole)
      }
    }
    made.forEach((data, value) => (values[value] = data))
  }
  return new Map(plan.outputs.map(({ name, value }) => [name, values[value]]))
}

describe('groups of kernels over the same rows', () => {
  test('read of each other nothing but the unit at hand', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph, bindings }) => {
        const plan = planOf(graph)
        fc.pre(plan.steps.every(({ kind }) => kind === 'kernel'))
        const grouped = runGrouped(plan, bindings)
        for (const [name, { data }] of runPlan(plan, bindings)) expect(grouped.get(name)).toEqual(data)
      }),
    )
  })

  test('hold every kernel once, in order', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), ({ graph }) => {
        const kernels = kernelsIn(planOf(graph)).map(divisible)
        expect(groupRows(kernels).flatMap(({ members }) => members)).toEqual(kernels)
      }),
    )
  })

  const x = inputTensor('x', [64, 32], 'f32')
  const groupsOf = (y: ReturnType<typeof build.exp>) =>
    groupRows(kernelsIn(planOf(toGraph([{ name: 'y', tensor: y }]))).map(divisible))

  test('a softmax over rows is one group of as many units as rows', () => {
    const groups = groupsOf(build.softmax(x, -1))
    expect(groups.map(({ units }) => units)).toEqual([64])
    expect(groups[0]?.members.length).toBeGreaterThan(1)
  })

  test.each([
    [1_000_000, 1],
    [3_000_000, 5],
  ])('a softmax of 20 rows of %i is %i launches, as one makes at most 8 MB in a unit', (columns, groups) => {
    const wide = build.add(inputTensor('x', [20, 1], 'f32'), inputTensor('y', [columns], 'f32'))
    expect(groupsOf(build.softmax(build.sin(wide), -1)).length).toBe(groups)
  })

  test('a softmax over columns is none: every row needs all others', () => {
    const large = inputTensor('x', [256, 256], 'f32')
    expect(groupsOf(build.softmax(large, 0)).length).toBeGreaterThan(1)
  })
})
