import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import type { Graph, GraphNode } from '../../src/ir/graph.js'
import { parseGraph } from '../../src/ir/parse.js'
import { printGraph } from '../../src/ir/print.js'
import type { Attribute } from '../../src/ir/tensor.js'
import { randomPrograms } from '../support/random-graph.js'

const parsed = (text: string): Graph => {
  const graph = parseGraph(text)
  if (E.isLeft(graph)) throw new Error(`${renderError(graph.left)}\n${text}`)
  return graph.right
}

/** Any text, with a weight on what has a meaning in the notation. */
const names = fc.oneof(
  fc.constantFrom(
    'axes',
    'x',
    'blocks.0.weight',
    '',
    'NaN',
    'Infinity',
    'NaNa',
    'true',
    'a b',
    '"',
    '\\',
    '\n',
    '%1',
    '}',
    '0',
    '__proto__',
    'é',
    '\ud800',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const numbers = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, 1.7976931348623157e308, 1e21, 1e-7),
  fc.integer(),
)

const typedArrays = fc.oneof(
  fc.array(numbers, { maxLength: 6 }).map((values) => Float32Array.from(values)),
  fc.array(numbers, { maxLength: 6 }).map((values) => Float64Array.from(values)),
  fc
    .tuple(fc.integer({ min: 60, max: 70 }), numbers, fc.boolean())
    .map(([length, value, single]) =>
      single ? new Float32Array(length).fill(value) : new Float64Array(length).fill(value),
    ),
)

/** Records as literals make them. */
const plain = { noNullPrototype: true }

const refs = fc.record(
  { node: fc.integer({ min: -1, max: 9 }), output: fc.integer({ min: -1, max: 2 }) },
  plain,
)
const types = fc.record(
  {
    dtype: fc.constantFrom('f32', 'i24', 'bool'),
    shape: fc.array(fc.oneof(fc.nat(9), names, numbers), { maxLength: 3 }),
  },
  plain,
)
/** Graphs that only the notation holds together: the text form must not depend on their making sense. */
const { graphs } = fc.letrec<{
  readonly attribute: Attribute
  readonly graphs: Graph
  readonly nodes: GraphNode
}>((tie) => ({
  attribute: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    numbers,
    names,
    fc.boolean(),
    fc.constant(null),
    typedArrays,
    fc.array(tie('attribute'), { maxLength: 3 }),
    fc.dictionary(names, tie('attribute'), { maxKeys: 3, noNullPrototype: true }),
    tie('graphs'),
  ),
  nodes: fc.record(
    {
      op: names,
      attrs: fc.dictionary(names, tie('attribute'), { maxKeys: 3, noNullPrototype: true }),
      inputs: fc.array(refs, { maxLength: 3 }),
      outputs: fc.array(types, { maxLength: 2 }),
    },
    plain,
  ),
  graphs: fc.record(
    {
      nodes: fc.array(tie('nodes'), { maxLength: 5 }),
      outputs: fc.array(fc.record({ name: names, ref: refs }, plain), { maxLength: 3 }),
    },
    plain,
  ),
}))

describe('the text of a graph', () => {
  it('is read back as the same graph, whatever the graph holds', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(parsed(printGraph(graph))).toStrictEqual(graph)
      }),
      { numRuns: 500 },
    )
  })

  it('of a random program is read back and printed the same', () => {
    fc.assert(
      fc.property(randomPrograms('exact'), ({ graph }) => {
        const text = printGraph(graph)
        expect(parsed(text)).toEqual(graph)
        expect(printGraph(parsed(text))).toBe(text)
      }),
    )
  })

  it('is a node a line', () => {
    const text = `graph {
  %0 = input {name: "x"} : f32[batch, 3]
  %1 = constant {shape: [4], dtype: "f32", values: f32<1, -0, NaN, -Infinity>} : f32[4]
  %2 = sum(%0) {axes: [1], keepDims: false} : f32[batch]
  %3 = rfft(%1) {axes: [0], lengths: [4]} : f32[3], f32[3]
  return loss = %2, im = %3.1
}
`
    expect(printGraph(parsed(text))).toBe(text)
  })

  it('shows a graph that is an attribute in the same form, indented', () => {
    const text = `graph {
  %0 = input {name: "x"} : f32[3]
  %1 = apply(%0) {body: graph {
    %0 = input {name: "0"} : f32[3]
    %1 = neg(%0) : f32[3]
    return "0" = %1
  }, times: 2} : f32[3]
  return y = %1
}
`
    expect(printGraph(parsed(text))).toBe(text)
  })

  it('allows any white space', () => {
    expect(parsed('graph{%0=input{name:"x"}:f32[2]\n\n\treturn y=%0}')).toEqual(
      parsed('graph {\n  %0 = input {name: "x"} : f32[2]\n  return y = %0\n}\n'),
    )
  })

  it('keeps every bit of a long constant that is a number', () => {
    const values = Float32Array.from({ length: 300 }, (_, i) =>
      Math.fround(Math.sin(i) * 10 ** (i / 10 - 20)),
    )
    const graph: Graph = {
      nodes: [{ op: 'constant', attrs: { values }, inputs: [], outputs: [] }],
      outputs: [],
    }
    expect(parsed(printGraph(graph)).nodes[0]?.attrs['values']).toEqual(values)
  })
})

describe('the errors of parseGraph', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['nothing', '', "line 1, column 1: expected 'graph', found the end of the text."],
    ['no brace', 'graph\n  return', "line 2, column 3: expected '{', found 'return'."],
    [
      'no return',
      'graph {\n  %0 = input {name: "x"} : f32[2]\n}',
      "line 3, column 1: expected 'return', found '}'.",
    ],
    [
      'a number out of order',
      'graph {\n  %1 = input : f32[2]\n  return y = %1\n}',
      "line 2, column 4: expected node %0, found '1 = input : f32[2]'.",
    ],
    [
      'a dtype that is none',
      'graph {\n  %0 = input : f64[2]\n',
      "line 2, column 16: expected a dtype (f32, i24 or bool), found 'f64[2]'.",
    ],
    [
      'an open list',
      'graph {\n  %0 = sum {axes: [1, 2} : f32[2]',
      "line 2, column 24: expected ']', found '} : f32[2]'.",
    ],
    [
      'a value that is none',
      'graph { %0 = sum {axes: yes} }',
      "line 1, column 25: expected a value, found 'yes} }'.",
    ],
    [
      'an attribute twice',
      'graph { %0 = sum {a: 1, a: 2} }',
      "line 1, column 25: expected each attribute once, found 'a: 2} }'.",
    ],
    [
      'a string that does not end',
      'graph { %0 = input {name: "x} : f32[2]',
      "line 1, column 27: expected a value, found '\"x} : f32[2]'.",
    ],
    [
      'an escape that is none',
      'graph { %0 = input {name: "\\q"} }',
      'line 1, column 27: expected a string as in JSON, found \'"\\q"} }\'.',
    ],
    [
      'half a number in bits',
      'graph { %0 = c {v: f32"00ff"} }',
      'line 1, column 23: expected bytes in groups of 4, found \'"00ff"} }\'.',
    ],
    [
      'text after the end',
      'graph { return }\nmore',
      "line 2, column 1: expected the end of the text, found 'more'.",
    ],
    [
      'a reference without a number',
      'graph { return y = %x }',
      "line 1, column 21: expected a node's number, found 'x }'.",
    ],
  ]
  it.each(cases)('%s', (_, text, message) => {
    const result = parseGraph(text)
    expect(E.isLeft(result) ? renderError(result.left) : 'accepted').toContain(
      `DataError in graph text, ${message}`,
    )
  })

  it('refuses lists that would exhaust the stack', () => {
    const result = parseGraph(`graph { %0 = c {v: ${'['.repeat(100_000)}`)
    expect(E.isLeft(result) ? result.left.expected : 'accepted').toBe('lists at most 64 deep')
  })

  it('never throws on a text that was changed at random', () => {
    const changed = fc
      .tuple(randomPrograms('exact'), fc.nat(), fc.string({ maxLength: 3 }), fc.nat(5))
      .map(([{ graph }, at, by, gone]) => {
        const text = printGraph(graph)
        const place = at % text.length
        return text.slice(0, place) + by + text.slice(place + gone)
      })
    fc.assert(fc.property(changed, (text) => ['Left', 'Right'].includes(parseGraph(text)._tag)))
  })
})
