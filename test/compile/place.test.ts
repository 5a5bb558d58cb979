import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import { place } from '../../src/compile/place.js'
import type { Plan, PlanKernel } from '../../src/compile/plan.js'
import type { Scalar } from '../../src/ir/scalar.js'
import { interpret } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'
import { randomPrograms } from '../support/random-graph.js'
import { runPlaced } from '../support/run-placed.js'

describe('place', () => {
  test('values that share a slot never live at once', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph, bindings }) => {
        const plan = fuse(
          graphPasses.reduce((current, pass) => pass.run(current), graph),
          { inputs: 3 },
        )
        const placed = runPlaced(plan, bindings)
        for (const [name, value] of interpret(graph, bindings))
          expectNear(name, { shape: value.shape, data: placed.get(name) ?? new Float64Array() }, value, 0)
      }),
      { numRuns: 200 },
    )
  })

  test('a value read again later keeps its slot until then', () => {
    const read = (input: number): Scalar => ({
      kind: 'read',
      input,
      index: { kind: 'axis', axis: 0, size: 8 },
    })
    const kernel = (output: number, inputs: readonly number[]): PlanKernel => ({
      kind: 'kernel',
      name: 'sum',
      skeleton: 'map',
      output,
      inputs,
      shape: [8],
      loops: [],
      combine: null,
      body: inputs
        .map((_, i) => read(i))
        .reduce((x, y) => ({ kind: 'binary', fn: 'add', x, y }), { kind: 'const', value: 1 }),
      epilogue: null,
      flops: 0,
    })
    const plan: Plan = {
      values: Array.from({ length: 6 }, (_, i) => ({
        shape: [8],
        dtype: 'f32',
        origin: i === 0 ? { kind: 'input', name: 'x' } : { kind: 'kernel' },
      })),
      steps: [kernel(1, [0]), kernel(2, [1]), kernel(3, [2]), kernel(4, [3]), kernel(5, [1, 4])],
      outputs: [{ name: 'y', value: 5 }],
    }
    // (x + 1) + (x + 1 + 1 + 1 + 1) + 1
    const bindings = { x: { shape: [8], data: Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7]) } }
    expect([...(runPlaced(plan, bindings).get('y') ?? [])]).toEqual([6, 8, 10, 12, 14, 16, 18, 20])
  })

  test('a chain of reductions lives in two temporaries, however long it is', () => {
    const plan = (kernels: number): Plan => ({
      values: Array.from({ length: kernels + 1 }, (_, i) => ({
        shape: [8],
        dtype: 'f32',
        origin: i === 0 ? { kind: 'input', name: 'x' } : { kind: 'kernel' },
      })),
      steps: Array.from({ length: kernels }, (_, i) => ({
        kind: 'kernel',
        name: 'step',
        skeleton: 'map',
        output: i + 1,
        inputs: [i],
        shape: [8],
        loops: [],
        combine: null,
        body: { kind: 'read', input: 0, index: { kind: 'axis', axis: 0, size: 8 } },
        epilogue: null,
        flops: 0,
      })),
      outputs: [{ name: 'y', value: kernels }],
    })
    // x, y and two temporaries of 8 elements.
    expect(place(plan(4)).peakBytes).toBe(4 * 8 * 4)
    expect(place(plan(40)).peakBytes).toBe(4 * 8 * 4)
  })
})
