import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/ir/graph.js'
import { isGraph, toGraph, toTensors } from '../../src/ir/graph.js'
import { closureOf, everywhere, inlineGraph } from '../../src/ir/nested.js'
import { printGraph } from '../../src/ir/print.js'
import type { Node, Tensor } from '../../src/ir/tensor.js'
import { inputTensor, outputsOf, topological } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import { evaluate } from '../../src/run/reference.js'
import { randomPrograms } from '../support/random-graph.js'

const named = (tensors: readonly Tensor[]): Graph =>
  toGraph(tensors.map((tensor, i) => ({ name: `y${i}`, tensor })))

const inputsOf = (graph: Graph): readonly string[] =>
  graph.nodes.flatMap(({ op, attrs }) =>
    op === 'input' && typeof attrs['name'] === 'string' ? [attrs['name']] : [],
  )

/** The tensors of a program and some of its inputs, which are to be its variables. */
const split = (graph: Graph, choice: number) => {
  const results = [...toTensors(graph).values()]
  const inputs = topological(results).filter(({ op }) => op === 'input')
  const variables = inputs.flatMap((node: Node, i) => ((choice >> i) & 1 ? outputsOf(node) : []))
  return { results, variables }
}

describe('a closure', () => {
  it('inlined again on what it was closed over is the program itself, and computes the same', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), fc.nat(7), ({ graph, bindings }, choice) => {
        const { results, variables } = split(graph, choice)
        const { body, captured } = closureOf(variables, results)
        const back = inlineGraph(body, [...variables, ...captured])
        expect(printGraph(named(back))).toBe(printGraph(named(results)))
        expect(evaluate(back, bindings)).toEqual(evaluate(results, bindings))
      }),
    )
  })

  it('names its inputs by position and captures nothing that depends on a variable', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), fc.nat(7), ({ graph }, choice) => {
        const { results, variables } = split(graph, choice)
        const { body, captured } = closureOf(variables, results)
        const positions = inputsOf(body).map(Number)
        expect(new Set(positions).size).toBe(positions.length)
        expect(Math.max(-1, ...positions)).toBeLessThan(variables.length + captured.length)
        const own = new Set(variables.map(({ node }) => node))
        for (const node of topological(captured)) expect(own.has(node)).toBe(false)
        expect(body.outputs.map(({ name }) => name)).toEqual(results.map((_, i) => `${i}`))
      }),
    )
  })

  it('leaves outside what it need not repeat, and takes numbers along', () => {
    const x = inputTensor('x', [2], 'f32')
    const w = inputTensor('w', [2], 'f32')
    const { body, captured } = closureOf([x], [build.add(build.mul(x, build.exp(w)), build.constant(3))])
    expect(captured.map(({ node }) => node.op)).toEqual(['exp'])
    expect(body.nodes.map(({ op }) => op).sort()).toEqual(['add', 'constant', 'input', 'input', 'mul'])
  })
})

describe('a pass taken everywhere', () => {
  it('rewrites the graphs in attributes, however deep, before those around them', () => {
    const wrap = (body: Graph): Graph =>
      named(outputsOf({ op: 'apply', attrs: { body }, inputs: [], outputs: [{ shape: [], dtype: 'f32' }] }))
    const inner = named([inputTensor('0', [], 'f32')])
    const seen: string[] = []
    const found = everywhere((graph) => {
      seen.push(graph.nodes[0]?.op ?? '')
      return { ...graph, outputs: graph.outputs.map((output) => ({ ...output, name: 'renamed' })) }
    })(wrap(wrap(inner)))
    expect(seen).toEqual(['input', 'apply', 'apply'])
    const names: string[] = []
    const visit = (graph: Graph): void => {
      names.push(...graph.outputs.map(({ name }) => name))
      for (const { attrs } of graph.nodes)
        for (const value of Object.values(attrs)) if (isGraph(value)) visit(value)
    }
    visit(found)
    expect(names).toEqual(['renamed', 'renamed', 'renamed'])
  })
})
