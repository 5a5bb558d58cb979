import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { legalise } from '../../src/compile/legalise.js'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { interpret } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { expectResults } from '../support/close.js'

const array = (seed: number, shape: readonly number[]): NdArray => ({
  shape,
  data: noise(seed, 1, sizeOf(shape)),
})
const nodesOf = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op)

describe('legalise', () => {
  it('makes of a concat of many parts a tree of as few concats as read six parts each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.nat(), (count, seed) => {
        const sizes = Array.from({ length: count }, (_, i) => 1 + ((seed + i) % 3))
        const parts = sizes.map((size, i) => inputTensor(`x${i}`, [2, size], 'f32'))
        const graph = toGraph([{ name: 'y', tensor: build.concat(parts, 1) }])
        const bindings = Object.fromEntries(sizes.map((size, i) => [`x${i}`, array(seed + i, [2, size])]))
        const legal = legalise(graph)
        expectResults(interpret(legal, bindings), interpret(graph, bindings), 0)
        const concats = nodesOf(legal, 'concat')
        for (const { inputs } of concats) expect(inputs.length).toBeLessThanOrEqual(6)
        // Each concat of k parts leaves k − 1 fewer; the tree wastes at most one concat a level.
        const least = count === 1 ? 1 : Math.ceil((count - 1) / 5)
        expect(concats.length).toBeGreaterThanOrEqual(least)
        expect(concats.length).toBeLessThanOrEqual(least + 2)
      }),
    )
  })

  it('stores the border of a convolution, whatever its steps, and means the same', () => {
    const width = fc.tuple(fc.integer({ min: -1, max: 5 }), fc.integer({ min: -1, max: 5 }))
    const steps = fc.integer({ min: 1, max: 3 })
    fc.assert(
      fc.property(width, steps, steps, steps, fc.nat(), (padding, stride, taps, between, seed) => {
        const x = inputTensor('x', [2, 6, 3], 'f32')
        const kernel = inputTensor('k', [taps, 3, 2], 'f32')
        const attrs = { padding: [padding], groups: 1, strides: [stride], inputDilation: [between] }
        const graph = toGraph([{ name: 'y', tensor: build.convolution(attrs, x, kernel) }])
        const bindings = { x: array(seed, [2, 6, 3]), k: array(seed + 1, [taps, 3, 2]) }
        const legal = legalise(graph)
        expectResults(interpret(legal, bindings), interpret(graph, bindings), 1e-13)
        const [before, after] = padding
        expect(nodesOf(legal, 'pad').length).toBe(
          between === 1 ? Number(before !== 0 || after !== 0) : Number(before > 0 || after > 0),
        )
      }),
    )
  })
})
