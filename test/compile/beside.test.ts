import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beside } from '../../src/compile/beside.js'
import { planFor } from '../../src/compile/passes.js'
import type { Plan } from '../../src/compile/plan.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { schedule } from '../../src/compile/schedule.js'
import { pullBack } from '../../src/grad/vjp.js'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { randomPrograms } from '../support/random-graph.js'
import { runPlaced } from '../support/run-placed.js'
import { runPlan } from '../support/run-plan.js'

/** The plan of a target that puts nothing side by side. */
const alone = (graph: Graph): Plan => schedule(planFor(graph, 'webgl2').plan)
const namedResults = (results: readonly Tensor[]): Graph =>
  toGraph(results.map((tensor, i) => ({ name: `r${i}`, tensor })))
const launches = (plan: Plan): number =>
  kernelsOf(plan.steps).filter(({ copies }) => copies === undefined).length
const inputs = (shapes: readonly (readonly number[])[]): readonly Tensor[] =>
  shapes.map((shape, i) => inputTensor(`x${i}`, shape, 'f32'))
const bindingsFor = (shapes: readonly (readonly number[])[]) =>
  Object.fromEntries(
    shapes.map((shape, i) => [`x${i}`, { shape, data: Float64Array.from(noise(3, i, sizeOf(shape))) }]),
  )

const size = fc.integer({ min: 2, max: 7 })

describe('beside', () => {
  it('leaves the results of random programs as they are, in places that are free', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), fc.integer({ min: 3, max: 9 }), ({ graph, bindings }, most) => {
        const plan = alone(graph)
        const joined = beside(plan, most)
        expect(runPlan(joined, bindings)).toEqual(runPlan(plan, bindings))
        expect(runPlaced(joined, bindings)).toEqual(runPlaced(plan, bindings))
      }),
    )
  })

  it('computes the gradients of a chain of layers with norms to the bit, in fewer kernels', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: 2, max: 5 }), (rows, width, depth) => {
        const shapes = [
          [rows, width],
          ...Array.from({ length: depth }, () => [[width, width], [width], [width]]).flat(),
        ]
        const [x = expect.unreachable(), ...parameters] = inputs(shapes)
        let y = x
        for (let at = 0; at < parameters.length; at += 3) {
          const [weight = x, scale = x, shift = x] = parameters.slice(at, at + 3)
          y = b.add(y, b.tanh(b.matmul(b.layerNorm(y, scale, shift, 1e-3), weight)))
        }
        const graph = namedResults([y, ...pullBack([y], [b.onesLike(y)], [x, ...parameters])])
        const plan = alone(graph)
        const joined = beside(plan, 7)
        expect(runPlan(joined, bindingsFor(shapes))).toEqual(runPlan(plan, bindingsFor(shapes)))
        expect(launches(joined)).toBeLessThan(launches(plan))
        for (const kernel of kernelsOf(joined.steps))
          if (kernel.copies === undefined) expect(kernel.inputs.length).toBeLessThanOrEqual(7)
      }),
      { numRuns: 30 },
    )
  })

  it('joins independent sums of one length as far as a kernel reads, and no others', () => {
    const sums = (shapes: readonly (readonly number[])[]): number =>
      launches(beside(alone(namedResults(inputs(shapes).map((x) => b.sum(x, [0])))), 7))
    const same = (count: number) => Array.from({ length: count }, (_, i) => [12, i + 2])
    expect(sums(same(7))).toBe(1)
    expect(sums(same(8))).toBe(2)
    expect(sums([...same(3), [13, 4]])).toBe(2)
  })

  it('lets a sum be that another waits for', () => {
    const [x = expect.unreachable()] = inputs([[6, 5]])
    const mean = b.sum(x, [0], true)
    const graph = namedResults([b.sum(b.exp(b.sub(x, mean)), [0])])
    expect(launches(beside(alone(graph), 7))).toBe(2)
  })

  it('serves readers in place: arithmetic, copies, gathers and loops', () => {
    fc.assert(
      fc.property(size, size, (rows, width) => {
        const shapes = [
          [rows, width],
          [rows, width],
        ]
        const [x = expect.unreachable(), y = expect.unreachable()] = inputs(shapes)
        const index = inputTensor('index', [3], 'i24')
        const [one, two] = [b.sum(x, [0]), b.sum(b.mul(y, y), [0])]
        const graph = namedResults([
          one,
          b.add(b.reshape(b.exp(two), [width, 1]), one),
          b.gather(two, index, 0),
          b.concat([two, one], 0),
          b.cumsum(two, 0),
        ])
        const bindings = {
          ...bindingsFor(shapes),
          index: { shape: [3], data: Float64Array.of(0, width - 1, 0) },
        }
        const plan = alone(graph)
        const joined = beside(plan, 7)
        expect(runPlan(joined, bindings)).toEqual(runPlan(plan, bindings))
        expect(runPlaced(joined, bindings)).toEqual(runPlaced(plan, bindings))
        expect(launches(joined)).toBe(launches(plan) - 1)
      }),
    )
  })
})
