import fc from 'fast-check'
import { describe, test } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses, planFor } from '../../src/compile/passes.js'
import { batchResults } from '../../src/grad/batch.js'
import { pullBack } from '../../src/grad/vjp.js'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph, toTensors } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { topological } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import type { Bindings } from '../../src/run/reference.js'
import { interpret } from '../../src/run/reference.js'
import { expectResults } from '../support/close.js'
import { randomPrograms } from '../support/random-graph.js'
import { runPlan } from '../support/run-plan.js'

/**
 * Random programs over every op of the table, in float64: what each pass makes of a program, and the kernels it is
 * fused into, against its plain evaluation. CROCUTA_RUNS says how many; the nightly script takes 10,000.
 */
const PROGRAMS = Number(process.env['CROCUTA_RUNS'] ?? 300)

/** Constants of a kernel are float32; all else is float64 on both sides. */
const FUSED = 1e-5
const PASSED = 1e-9

const compiled = (graph: Graph, bindings: Bindings): void => {
  const expected = interpret(graph, bindings)
  let current = graph
  for (const pass of graphPasses) {
    current = pass.run(current)
    expectResults(interpret(current, bindings), expected, PASSED, 1)
  }
  expectResults(runPlan(fuse(current, { inputs: 7 }), bindings), expected, FUSED, 1)
  // Where launches are dear, kernels are stacked and put side by side as well.
  expectResults(runPlan(planFor(graph, 'webgpu').plan, bindings), expected, FUSED, 1)
}

const inputsOf = (results: readonly Tensor[]): readonly Tensor[] =>
  topological(results)
    .filter((node) => node.op === 'input')
    .flatMap((node) => node.outputs.map((type, output) => ({ ...type, node, output })))

/** The results, the gradients of the f32 ones, and both again as mapped over two places. */
const transformed = (graph: Graph): Graph => {
  const results = [...toTensors(graph).values()]
  const inputs = inputsOf(results)
  const gradients = pullBack(results, results.map(build.onesLike), inputs)
  const pairs = inputs.map((x) =>
    build.concat([build.reshape(x, [1, ...x.shape]), build.reshape(build.neg(x), [1, ...x.shape])], 0),
  )
  const mapped = batchResults([...results, ...gradients], inputs, pairs, 2)
  return toGraph([...gradients, ...mapped].map((tensor, i) => ({ name: `t${i}`, tensor })))
}

describe('random programs over all ops', () => {
  test('mean the same after every pass and fused', () => {
    fc.assert(
      fc.property(randomPrograms('any'), ({ graph, bindings }) => compiled(graph, bindings)),
      { numRuns: PROGRAMS },
    )
  }, 36_000_000)

  test('so do their gradients, and both as mapped', () => {
    fc.assert(
      fc.property(randomPrograms('any'), ({ graph, bindings }) => compiled(transformed(graph), bindings)),
      { numRuns: Math.ceil(PROGRAMS / 6) },
    )
  }, 36_000_000)
})
