import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CAPABILITIES } from '../../src/compile/capabilities.js'
import { planFor } from '../../src/compile/passes.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import { openDevice } from '../../src/run/open-device.js'
import type { Bindings } from '../../src/run/reference.js'
import { interpret } from '../../src/run/reference.js'
import { runOn } from '../support/conformance.js'
import type { ConformanceProgram } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

/** More than any target reads in one kernel. */
const INPUTS = 19
const SHAPE = [3, 5]

/** One elementwise expression of many inputs, each used twice; integers, so that every order of rounding agrees. */
const sumOfProducts = (values: readonly (readonly number[])[]): ConformanceProgram => {
  const inputs = values.map((_, i): Tensor => inputTensor(`x${i}`, SHAPE, 'f32'))
  const pairs = inputs.map((x, i) => build.mul(x, inputs[(i + 1) % inputs.length] ?? x))
  const total = pairs
    .slice(1)
    .reduce((sum, pair) => build.add(sum, pair), pairs[0] ?? build.constant(0, SHAPE))
  const bindings: Bindings = Object.fromEntries(
    values.map((data, i) => [`x${i}`, { shape: SHAPE, data: Float64Array.from(data) }]),
  )
  return {
    graph: toGraph([
      { name: 'total', tensor: total },
      { name: 'again', tensor: total },
      { name: 'itself', tensor: inputs[0] ?? total },
    ]),
    bindings,
  }
}

const [values = []] = fc.sample(
  fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 15, maxLength: 15 }), {
    minLength: INPUTS,
    maxLength: INPUTS,
  }),
  { seed: 7, numRuns: 1 },
)

describe.each(TARGETS)('an expression of nineteen inputs on %s', (target) => {
  const program = sumOfProducts(values)

  test('takes kernels that read no more than the target can', () => {
    const { plan } = planFor(program.graph, target)
    const read = kernelsOf(plan.steps).map(({ inputs }) => inputs.length)
    const most = CAPABILITIES[target].inputs
    expect(Math.max(...read)).toBeLessThanOrEqual(most)
    if (most < INPUTS) expect(read.length).toBeGreaterThan(1)
  })

  test('is what the interpreter says, also when returned twice, beside an input as it came', async () => {
    const device = expectRight(await openDevice(target)())
    const found = await runOn(device, program)
    await device.destroy()
    const expected = interpret(program.graph, program.bindings)
    expect([...found.keys()].sort()).toEqual(['again', 'itself', 'total'])
    for (const [name, { data }] of expected)
      expect([name, Array.from(found.get(name) ?? [], (x) => x + 0)]).toEqual([
        name,
        Array.from(data, (x) => x + 0),
      ])
  })
})
