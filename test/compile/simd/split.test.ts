import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuse } from '../../../src/compile/fuse.js'
import { graphPasses } from '../../../src/compile/passes.js'
import type { Plan, PlanKernel } from '../../../src/compile/plan.js'
import { kernelsOf } from '../../../src/compile/plan.js'
import type { Divide } from '../../../src/compile/simd/split.js'
import { split, splitBy } from '../../../src/compile/simd/split.js'
import type { Graph } from '../../../src/ir/graph.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build } from '../../../src/op/index.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { scalarKernels } from '../../support/arbitrary-scalar.js'
import { noise } from '../../support/arbitrary.js'
import { expectResults } from '../../support/close.js'
import { planProblems } from '../../support/plan-problems.js'
import { randomPrograms } from '../../support/random-graph.js'
import { randomLoops } from '../../support/random-loop.js'
import { runPlan } from '../../support/run-plan.js'
import { loop, read, sum } from '../../support/scalar-kernels.js'

const FEATURES = { relaxed: true, shared: true }

const planOf = (graph: Graph): Plan =>
  fuse(
    graphPasses.reduce((current, pass) => pass.run(current), graph),
    { inputs: 16 },
  )

/** The plan of one result. */
const planFor = (tensor: Tensor): Plan => planOf(toGraph([{ name: 'y', tensor }]))

/** Divides everything that can be, the loop and the parts taken in turn from the numbers drawn. */
const everywhere = (seed: number): Divide => {
  let next = seed
  return (_plan, { loops }) => {
    const plain = loops.flatMap(({ size, extent }, number) =>
      extent === undefined && size > 0 ? [{ number, size }] : [],
    )
    next += 1
    const chosen = plain[next % Math.max(plain.length, 1)]
    if (chosen === undefined) return null
    const length = Math.ceil(chosen.size / (1 + (next % chosen.size)))
    return { loop: chosen.number, parts: Math.ceil(chosen.size / length) }
  }
}

const sameAfter = (plan: Plan, divide: Divide, bindings: Parameters<typeof runPlan>[1]): void => {
  const divided = splitBy(divide)(plan)
  expect(planProblems(divided)).toEqual([])
  expectResults(runPlan(divided, bindings), runPlan(plan, bindings), 1e-9, 1)
}

/** A plan of one kernel. */
const around = (kernel: ScalarKernel): Plan => ({
  values: [
    ...kernel.inputs.map((length, i) => ({
      shape: [length],
      dtype: 'f32' as const,
      origin: { kind: 'input' as const, name: `x${i}` },
    })),
    { shape: kernel.shape, dtype: 'f32', origin: { kind: 'kernel' } },
  ],
  steps: [
    {
      ...kernel,
      kind: 'kernel',
      skeleton: 'reduce',
      output: kernel.inputs.length,
      inputs: kernel.inputs.map((_, i) => i),
      flops: sizeOf(kernel.shape) * sizeOf(kernel.loops.map(({ size }) => size)),
    },
  ],
  outputs: [{ name: 'y', value: kernel.inputs.length }],
})

describe('reductions in parts', () => {
  test('mean the same in random programs', () => {
    fc.assert(
      fc.property(randomPrograms('any'), fc.nat(99), ({ graph, bindings }, seed) =>
        sameAfter(planOf(graph), everywhere(seed), bindings),
      ),
    )
  })

  test('mean the same inside of loops', () => {
    fc.assert(
      fc.property(randomLoops(fc.integer({ min: 1, max: 4 })), fc.nat(99), ({ f, operands }, seed) => {
        const results = f({ unroll: 0 })(operands).map((tensor, i) => ({ name: `${i}`, tensor }))
        sameAfter(planOf(toGraph(results)), everywhere(seed), {})
      }),
      { numRuns: 40 },
    )
  })

  test('mean the same whatever the kernel, its extents and indices that are data', () => {
    fc.assert(
      fc.property(scalarKernels(true), fc.nat(99), (kernel, seed) => {
        const bindings = Object.fromEntries(
          kernel.inputs.map((length, i) => [`x${i}`, { shape: [length], data: noise(seed, i, length) }]),
        )
        sameAfter(around(kernel), everywhere(seed), bindings)
      }),
      { numRuns: 300 },
    )
  })

  test('read nothing that the other half needs alone', () => {
    const x = inputTensor('x', [64, 32], 'f32')
    const bias = inputTensor('b', [32], 'f32')
    const plan = planFor(build.mul(build.sum(x, [0]), bias))
    const [first, second] = kernelsOf(splitBy(() => ({ loop: 0, parts: 4 }))(plan).steps)
    const named = (kernel: PlanKernel | undefined): readonly string[] =>
      (kernel?.inputs ?? []).map((value) => {
        const origin = plan.values[value]?.origin
        return origin?.kind === 'input' ? origin.name : 'parts'
      })
    expect(named(first)).toEqual(['x'])
    expect(named(second)).toEqual(['b', 'parts'])
  })
})

describe('what is divided', () => {
  const partsOf = (plan: Plan): readonly number[] =>
    kernelsOf(split(plan, FEATURES).steps)
      .slice(0, -1)
      .map(({ shape }) => shape[0] ?? 1)
  const input = (...shape: readonly number[]): Tensor => inputTensor('x', shape, 'f32')

  test('a sum of 4 million elements', () => {
    expect(partsOf(planFor(build.sum(input(2 ** 22), [0])))).toEqual([32])
  })

  test('a bias over many rows', () => {
    const [parts = 1] = partsOf(planFor(build.sum(input(16_384, 192), [0])))
    expect(parts).toBeGreaterThanOrEqual(4)
  })

  test('a small gradient of weights over many rows', () => {
    const [x, y] = [inputTensor('x', [4096, 16], 'f32'), inputTensor('y', [4096, 24], 'f32')]
    const [parts = 1] = partsOf(planFor(build.matmul(build.permute(x, [1, 0]), y)))
    expect(parts).toBeGreaterThanOrEqual(4)
  })

  test('a prime number of elements, the last part shorter', () => {
    const kernel: ScalarKernel = {
      name: 'sum',
      shape: [],
      loops: [{ size: 2_000_003 }],
      combine: 'sum',
      body: read(0, sum(0, [1, loop(0, 2_000_003)])),
      epilogue: null,
      inputs: [2_000_003],
    }
    expect(partsOf(around(kernel))).toEqual([30])
  })

  test.each([
    ['little work', [256, 256], [0, 1]],
    ['many rows', [2048, 192], [1]],
    ['many columns', [512, 4096], [0]],
  ] as const)('not %s', (_title, shape, axes) => {
    const plan = planFor(build.sum(input(...shape), [...axes]))
    expect(split(plan, FEATURES)).toEqual(plan)
  })
})
