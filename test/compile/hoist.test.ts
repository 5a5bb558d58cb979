import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hoist } from '../../src/compile/hoist.js'
import { prepareFor } from '../../src/compile/passes.js'
import type { Graph } from '../../src/ir/graph.js'
import { rewriteGraph, toGraph } from '../../src/ir/graph.js'
import { outputsOf } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import type { Bindings } from '../../src/run/reference.js'
import { interpret } from '../../src/run/reference.js'
import { noise } from '../support/arbitrary.js'
import { randomPrograms } from '../support/random-graph.js'

/** The graph with the inputs that `isHeld` names as constants. */
const closed = (graph: Graph, bindings: Bindings, isHeld: (name: string) => boolean): Graph =>
  rewriteGraph(graph, (node) => {
    const { name } = node.attrs
    const data = typeof name === 'string' && isHeld(name) ? bindings[name]?.data : undefined
    if (node.op !== 'input' || data === undefined) return outputsOf(node)
    return outputsOf(node).map(({ shape, dtype }) => fromArray(data, shape, dtype))
  })

/** Both parts in float64; what is held is not rounded between them. */
const inParts = (graph: Graph, bindings: Bindings) => {
  const hoisted = hoist(graph)
  if (hoisted === null) return null
  const held = [...interpret(hoisted.prelude, {})].map(([name, { data }]) => [name, data] as const)
  return interpret(hoisted.rest(new Map(held)), bindings)
}

const weights = fromArray(noise(1, 0, 48 * 32), [48, 32])
const opsOf = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op)

describe('hoist', () => {
  it('leaves the results of random programs as they are, whatever is constant', () => {
    let hoists = 0
    fc.assert(
      fc.property(randomPrograms('any'), fc.nat(7), ({ graph, bindings }, chosen) => {
        const names = Object.keys(bindings)
        const isHeld = (name: string): boolean => ((chosen >> names.indexOf(name)) & 1) === 1
        const whole = prepareFor(closed(graph, bindings, isHeld), 'webasm')
        const found = inParts(whole, bindings)
        if (found === null) return
        hoists += 1
        expect(found).toEqual(interpret(whole, bindings))
      }),
      { numRuns: 300 },
    )
    expect(hoists).toBeGreaterThan(20)
  })

  it('computes a filter of constants beforehand, and reads it through its views', () => {
    const x = inputTensor('x', [4, 16, 16, 32], 'f32')
    const filter = b.mul(b.sin(b.matmul(fromArray(noise(2, 0, 16 * 48), [16, 48]), weights)), b.constant(0.5))
    const rows = b.broadcast(b.reshape(filter, [1, 16, 1, 32]), [4, 16, 16, 32])
    const graph = toGraph([{ name: 'y', tensor: b.mul(x, rows) }])
    const hoisted = hoist(graph) ?? expect.unreachable()
    expect(opsOf(hoisted.prelude)).toContain('contract')
    expect(hoisted.prelude.outputs).toHaveLength(1)
    const held = new Map(hoisted.prelude.outputs.map(({ name }) => [name, new Float32Array(16 * 32)]))
    expect(opsOf(hoisted.rest(held)).toSorted()).toEqual(['broadcast', 'constant', 'input', 'mul', 'reshape'])
  })

  it.each<readonly [string, () => Tensor]>([
    ['inputs', () => b.matmul(inputTensor('x', [4, 48], 'f32'), weights)],
    ['cheap arithmetic', () => b.add(inputTensor('x', [48, 32], 'f32'), b.mul(weights, weights))],
    ['views', () => b.matmul(inputTensor('x', [4, 32], 'f32'), b.permute(weights, [1, 0]))],
  ])('leaves %s where they are', (_, make) => {
    expect(hoist(toGraph([{ name: 'y', tensor: make() }]))).toBeNull()
  })
})
