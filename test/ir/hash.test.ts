import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph, toTensors } from '../../src/ir/graph.js'
import { hashGraph } from '../../src/ir/hash.js'
import { printGraph } from '../../src/ir/print.js'
import { damages } from '../support/mutant-graphs.js'
import { randomPrograms } from '../support/random-graph.js'

const copied = <A>(value: A): A => structuredClone(value)

/** The nodes in another order in which operands still stand before their users. */
const reordered = ({ nodes, outputs }: Graph, choice: number): Graph => {
  const place = new Map<number, number>()
  const order: number[] = []
  while (order.length < nodes.length) {
    const ready = nodes.flatMap((node, id) =>
      !place.has(id) && node.inputs.every((ref) => place.has(ref.node)) ? [id] : [],
    )
    const next = ready[(choice + order.length) % ready.length]
    if (next === undefined) throw new Error('a graph has no cycles')
    place.set(next, order.push(next) - 1)
  }
  const moved = (ref: Graph['outputs'][number]['ref']) => ({ ...ref, node: place.get(ref.node) ?? -1 })
  return {
    nodes: order
      .flatMap((id) => nodes[id] ?? [])
      .map((node) => ({ ...node, inputs: node.inputs.map(moved) })),
    outputs: outputs.map(({ name, ref }) => ({ name, ref: moved(ref) })),
  }
}

const constantGraph = (values: Float32Array | Float64Array): Graph => ({
  nodes: [
    {
      op: 'constant',
      attrs: { shape: [values.length], dtype: 'f32', values },
      inputs: [],
      outputs: [{ shape: [values.length], dtype: 'f32' }],
    },
  ],
  outputs: [{ name: 'y', ref: { node: 0, output: 0 } }],
})

describe('hashGraph', () => {
  it('is the same for the graph rebuilt, copied, or with its nodes in another order', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), fc.nat(99), ({ graph }, choice) => {
        const hash = hashGraph(graph)
        expect(hash).toMatch(/^[0-9a-f]{32}$/)
        expect(hashGraph(copied(graph))).toBe(hash)
        expect(hashGraph(toGraph([...toTensors(graph)].map(([name, tensor]) => ({ name, tensor }))))).toBe(
          hash,
        )
        expect(hashGraph(reordered(graph, choice))).toBe(hash)
      }),
    )
  })

  it('differs where anything differs that is not dead', () => {
    const live = Object.keys(damages).filter((name) => name !== 'a dead node')
    fc.assert(
      fc.property(
        randomPrograms('exact'),
        fc.constantFrom(...live),
        fc.nat(99),
        fc.nat(99),
        ({ graph }, damage, node, how) => {
          const mutant = damages[damage]?.(graph, { node, part: how, how }) ?? null
          fc.pre(mutant !== null && printGraph(mutant) !== printGraph(graph))
          expect(hashGraph(mutant)).not.toBe(hashGraph(graph))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('covers every element of a long constant, and its kind', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i)
    const hash = hashGraph(constantGraph(values))
    expect(hashGraph(constantGraph(values.slice()))).toBe(hash)
    fc.assert(
      fc.property(fc.nat(999), (at) => {
        expect(hashGraph(constantGraph(values.map((value, i) => (i === at ? value + 1 : value))))).not.toBe(
          hash,
        )
      }),
    )
    expect(hashGraph(constantGraph(Float64Array.from(values)))).not.toBe(hash)
  })

  it('tells zero from negative zero, names from sizes, and the order of operands', () => {
    expect(hashGraph(constantGraph(Float32Array.of(0)))).not.toBe(
      hashGraph(constantGraph(Float32Array.of(-0))),
    )
    const typed = (size: number | string): Graph => ({
      nodes: [{ op: 'input', attrs: { name: 'x' }, inputs: [], outputs: [{ shape: [size], dtype: 'f32' }] }],
      outputs: [{ name: 'y', ref: { node: 0, output: 0 } }],
    })
    expect(hashGraph(typed(2))).not.toBe(hashGraph(typed('2')))
  })

  it('has no collision among many graphs that are nearly equal', () => {
    const hashes = Array.from({ length: 20_000 }, (_, i) =>
      hashGraph(constantGraph(Float64Array.of(i, i % 7))),
    )
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
