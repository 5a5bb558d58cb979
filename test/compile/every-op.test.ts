import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { NdArray, Op } from '../../src/op/def.js'
import { apply } from '../../src/op/def.js'
import { ops } from '../../src/op/index.js'
import { interpret } from '../../src/run/reference.js'
import type { Case } from '../support/arbitrary.js'
import { applications } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { runPlan } from '../support/run-plan.js'

/** Constants of a kernel are float32; all else is float64 on both sides. */
const BOUND = 1e-5

const concatenated = (arrays: readonly NdArray[]): NdArray => {
  const data = Float64Array.from(arrays.flatMap((array) => [...array.data]))
  return { shape: [data.length], data }
}

/** The op at one case, compiled as far as the plan and run, is what the interpreter says. */
const holds = (op: Op, c: Case, inputs: number): void => {
  const operands = c.types.map(({ shape, dtype }, i) => inputTensor(`x${i}`, shape, dtype))
  const bindings = Object.fromEntries(c.inputs.map((array, i) => [`x${i}`, array]))
  const results = apply(op, c.attrs, operands).map((tensor, i) => ({ name: `y${i}`, tensor }))
  const graph = toGraph(results)
  const expected = interpret(graph, bindings)
  const plan = fuse(
    graphPasses.reduce((current, pass) => pass.run(current), graph),
    { inputs },
  )
  for (const kernel of kernelsOf(plan.steps)) expect(kernel.inputs.length).toBeLessThanOrEqual(inputs)
  const found = runPlan(plan, bindings)
  expect([...found.keys()]).toEqual([...expected.keys()])
  // Where terms cancel, rounding is relative to what went in.
  const scale = concatenated([...expected.values(), ...c.inputs])
  for (const { name, tensor } of results)
    expectNear(
      name,
      found.get(name) ?? concatenated([]),
      expected.get(name) ?? concatenated([]),
      tensor.dtype === 'f32' ? BOUND : 0,
      scale,
    )
}

const tried = Object.values(ops).filter(({ samples }) => samples.length > 0)

describe.each([3, 7])('an op alone, in kernels of at most %i inputs', (inputs) => {
  it.each(tried.map((op) => [op.name, op] as const))('%s', (_, op) => {
    fc.assert(
      fc.property(applications(op, { empty: true }), (c) => holds(op, c, inputs)),
      { numRuns: 15 },
    )
  })
})
