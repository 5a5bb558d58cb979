import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses, graphPassesFor } from '../../src/compile/passes.js'
import type { Plan } from '../../src/compile/plan.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { schedule } from '../../src/compile/schedule.js'
import { stack } from '../../src/compile/stack.js'
import type { Graph } from '../../src/ir/graph.js'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { parameter } from '../../src/nn/parameter.js'
import { zeros } from '../../src/nn/initialiser.js'
import { interpret } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { adamw } from '../../src/train/adamw.js'
import { noise } from '../support/arbitrary.js'
import { randomPrograms } from '../support/random-graph.js'
import { evaluateKernel } from '../support/evaluate-scalar.js'
import { runPlaced } from '../support/run-placed.js'
import { runPlan } from '../support/run-plan.js'

const fused = (graph: Graph, inputs = 7): Plan =>
  fuse(
    graphPasses.reduce((current, pass) => pass.run(current), graph),
    { inputs },
  )

/** A leaf of a tree: its shape, and whether the optimiser decays it. */
interface Leaf {
  readonly shape: readonly number[]
  readonly decay: boolean
}
const leaves: fc.Arbitrary<readonly Leaf[]> = fc.array(
  fc.record({
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    decay: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
)

/** A step of the optimiser over leaves, and an example of what it reads. */
const optimiserStep = (all: readonly Leaf[]) => {
  const treeOf = (name: string) => all.map(({ shape }, i) => inputTensor(`${name}${i}`, shape, 'f32'))
  const [params, gradient, first, second] = ['p', 'g', 'm', 'v'].map(treeOf)
  const specs = all.map(({ shape, decay }) => parameter({ shape, init: zeros, decay }))
  const count = inputTensor('count', [], 'f32')
  const state = { first: first ?? [], second: second ?? [], count }
  const rate = inputTensor('rate', [], 'f32')
  const next = adamw().update(specs, params ?? [], gradient ?? [], state, rate)
  const results = [...next.params, ...next.state.first, ...next.state.second, next.state.count]
  const arrayOf = (seed: number, shape: readonly number[]): NdArray => ({
    shape,
    data: Float64Array.from(noise(seed, 0, sizeOf(shape)), Math.abs),
  })
  const bindings = Object.fromEntries([
    ...['p', 'g', 'm', 'v'].flatMap((name, n) =>
      all.map(({ shape }, i) => [`${name}${i}`, arrayOf(100 * n + i, shape)] as const),
    ),
    ['count', { shape: [], data: Float64Array.of(3) }],
    ['rate', { shape: [], data: Float64Array.of(0.01) }],
  ])
  return { graph: toGraph(results.map((tensor, i) => ({ name: `r${i}`, tensor }))), bindings }
}

const launches = (plan: Plan): number =>
  kernelsOf(plan.steps).filter(({ copies }) => copies === undefined).length

describe('stack', () => {
  it('leaves every number of an optimiser step as it is, to the bit', () => {
    fc.assert(
      fc.property(leaves, (all) => {
        const { graph, bindings } = optimiserStep(all)
        const plan = fused(graph)
        expect(runPlan(stack(plan), bindings)).toEqual(runPlan(plan, bindings))
      }),
    )
  })

  it('leaves the results of random programs as they are, in places that are free', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph, bindings }) => {
        const plan = fused(graph)
        const stacked = schedule(stack(plan))
        expect(runPlan(stacked, bindings)).toEqual(runPlan(plan, bindings))
        expect(runPlaced(stacked, bindings)).toEqual(runPlaced(plan, bindings))
      }),
    )
  })

  it('moves all leaves of a group in three launches', () => {
    const all = Array.from({ length: 40 }, (_, i) => ({ shape: [i + 2, 3], decay: i % 3 > 0 }))
    const plan = fused(optimiserStep(all).graph)
    // Two groups, decayed and not, and the count of steps with what is made of it.
    const scalars = launches(plan) - 3 * all.length
    expect(launches(stack(plan)) - scalars).toBe(2 * 3)
  })

  it('holds stacks to a length, and lets large values be', () => {
    const wide = (size: number, count: number): Plan => {
      const x = Array.from({ length: count }, (_, i) => inputTensor(`x${i}`, [size], 'f32'))
      return stack(fused(toGraph(x.map((tensor, i) => ({ name: `y${i}`, tensor: build.exp(tensor) })))))
    }
    const longest = (plan: Plan): number => Math.max(...plan.values.map(({ shape }) => sizeOf(shape)))
    expect(longest(wide(2 ** 17, 70))).toBe(2 ** 23)
    // The last six make a stack of their own; three would be left alone.
    expect(launches(wide(2 ** 17, 70))).toBe(2)
    expect(launches(wide(2 ** 17, 67))).toBe(1 + 3)
    expect(launches(wide(2 ** 17 + 1, 9))).toBe(9)
  })

  it('copies what its expressions say', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 4, maxLength: 9 }), (sizes) => {
        const x = sizes.map((size, i) => inputTensor(`x${i}`, [size], 'f32'))
        const results = x.map((tensor, i) => ({ name: `y${i}`, tensor: build.exp(tensor) }))
        const moves = kernelsOf(stack(fused(toGraph(results))).steps).filter(({ copies }) => copies)
        expect(moves.length).toBe(1 + sizes.length)
        for (const kernel of moves) {
          const inputs = kernel.inputs.map((value) => Float64Array.from(noise(value, 0, 90)))
          const byCopies = new Float64Array(sizeOf(kernel.shape)).fill(NaN)
          for (const { value, from, to, length } of kernel.copies ?? [])
            byCopies.set(inputs[kernel.inputs.indexOf(value)]?.subarray(from, from + length) ?? [], to)
          const lengths = { ...kernel, inputs: inputs.map(({ length }) => length) }
          expect(byCopies).toEqual(evaluateKernel(lengths, inputs))
        }
      }),
    )
  })
})

/** Layers of one kind that are independent, and the gradients of their weights through a chain of the layers. */
const layers = (count: number, rows: number, width: number) => {
  const shared = inputTensor('table', [width], 'f32')
  const weights = Array.from({ length: count }, (_, i) => inputTensor(`w${i}`, [width, width], 'f32'))
  const filters = weights.map((w) => build.sin(build.matmul(build.mul(w, shared), build.flip(w, [0]))))
  const scaled = filters.map((filter) => build.mul(filter, build.sum(build.mul(filter, filter), [1], true)))
  const y = scaled.reduce<Tensor>(
    (x, filter) => build.add(x, build.tanh(build.matmul(x, filter))),
    inputTensor('x', [rows, width], 'f32'),
  )
  const results = [y, ...pullBack([y], [build.onesLike(y)], weights)]
  const names = ['table', ...weights.map((_, i) => `w${i}`), 'x']
  const bindings = Object.fromEntries(
    [shared, ...weights, inputTensor('x', [rows, width], 'f32')].map((tensor, i) => {
      const shape = tensor.shape.map(Number)
      const data = Float64Array.from(noise(i, 0, sizeOf(shape)), (value) => value / 4)
      return [names[i] ?? '', { shape, data }] as const
    }),
  )
  return { graph: toGraph(results.map((tensor, i) => ({ name: `r${i}`, tensor }))), bindings }
}

describe('stack of kernels with loops', () => {
  const small = fc.integer({ min: 2, max: 5 })

  it('leaves the results of layers and their gradients as they are, to the bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), small, small, (count, rows, width) => {
        const { graph, bindings } = layers(count, rows, width)
        const plan = fused(graph)
        const stacked = schedule(stack(plan))
        expect(runPlan(stacked, bindings)).toEqual(runPlan(plan, bindings))
        expect(runPlaced(stacked, bindings)).toEqual(runPlaced(plan, bindings))
      }),
      { numRuns: 40 },
    )
  })

  it('takes what layers do on their own out of what a layer costs', () => {
    const cost = (count: number): number => launches(stack(fused(layers(count, 3, 4).graph)))
    const plain = (count: number): number => launches(fused(layers(count, 3, 4).graph))
    expect(cost(9) - cost(8)).toBeLessThan((plain(9) - plain(8)) / 2)
  })
})

describe('a concat of many parts where copies are cheap', () => {
  it('is copied together, from before its parts were reshaped', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 20 }), (sizes) => {
        const parts = sizes.map((size, i) =>
          build.reshape(build.exp(inputTensor(`x${i}`, [size, 2], 'f32')), [2 * size]),
        )
        const joined = build.concat(parts, 0)
        const graph = toGraph([{ name: 'y', tensor: build.sin(joined) }])
        const bindings = Object.fromEntries(
          sizes.map((size, i) => [
            `x${i}`,
            { shape: [size, 2], data: Float64Array.from(noise(i, 0, 2 * size)) },
          ]),
        )
        const plan = fuse(
          graphPassesFor('webgpu').reduce((current, pass) => pass.run(current), graph),
          { inputs: 7, copies: true },
        )
        expect(launches(plan)).toBe(sizes.length + 1)
        expect(runPlan(plan, bindings)).toEqual(interpret(graph, bindings))
      }),
    )
  })
})
