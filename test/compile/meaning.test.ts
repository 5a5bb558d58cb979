import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphPasses } from '../../src/compile/passes.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { fuse } from '../../src/compile/fuse.js'
import { simplify } from '../../src/compile/simplify.js'
import { pullBack } from '../../src/grad/vjp.js'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph, toTensors } from '../../src/ir/graph.js'
import { printGraph } from '../../src/ir/print.js'
import { topological } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import type { Bindings } from '../../src/run/reference.js'
import { interpret } from '../../src/run/reference.js'
import { expectResults } from '../support/close.js'
import { randomPrograms } from '../support/random-graph.js'
import { runPlan } from '../support/run-plan.js'

const ready = (graph: Graph): Graph => graphPasses.reduce((current, pass) => pass.run(current), graph)

/** The graph of a program's results and of their gradients with respect to all inputs. */
const withGradients = (graph: Graph): Graph => {
  const results = [...toTensors(graph)]
  const inputs = topological(results.map(([, tensor]) => tensor)).filter((node) => node.op === 'input')
  const variables = inputs.flatMap((node) => node.outputs.map((type, output) => ({ ...type, node, output })))
  const gradients = pullBack(
    results.map(([, tensor]) => tensor),
    results.map(([, tensor]) => build.onesLike(tensor)),
    variables,
  )
  return toGraph([
    ...results.map(([name, tensor]) => ({ name, tensor })),
    ...gradients.map((tensor, i) => ({ name: `d${i}`, tensor })),
  ])
}

const holdsForPasses = (graph: Graph, bindings: Bindings, relative: number): void => {
  const expected = interpret(graph, bindings)
  let current = graph
  for (const pass of graphPasses) {
    current = pass.run(current)
    expectResults(interpret(current, bindings), expected, relative)
  }
}

describe('the compiler preserves meaning', () => {
  test('each pass, on random programs of integers, to the bit', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph, bindings }) => holdsForPasses(graph, bindings, 0)),
      { numRuns: 150 },
    )
  })

  test('each pass, on gradients of random smooth programs', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), ({ graph, bindings }) =>
        holdsForPasses(withGradients(graph), bindings, 1e-12),
      ),
      { numRuns: 50 },
    )
  })

  test('fused = unfused, to the bit, for any number of inputs a kernel may have', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), fc.integer({ min: 3, max: 8 }), ({ graph, bindings }, inputs) => {
        const plan = fuse(ready(graph), { inputs })
        for (const kernel of kernelsOf(plan.steps)) expect(kernel.inputs.length).toBeLessThanOrEqual(inputs)
        expectResults(runPlan(plan, bindings), interpret(graph, bindings), 0)
      }),
      { numRuns: 150 },
    )
  })

  test('fused = unfused for gradients', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), ({ graph, bindings }) => {
        const whole = withGradients(graph)
        // Constants of a kernel are float32, so the bound is that of their rounding.
        expectResults(runPlan(fuse(ready(whole), { inputs: 7 }), bindings), interpret(whole, bindings), 1e-5)
      }),
      { numRuns: 50 },
    )
  })

  test('simplify comes to rest: a simplified graph is not simplified further', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph }) => {
        const once = simplify(graph)
        expect(printGraph(simplify(once))).toBe(printGraph(once))
      }),
    )
  })
})
