import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/ir/graph.js'
import { attributeKey, isGraph, toGraph } from '../../src/ir/graph.js'
import { hashGraph } from '../../src/ir/hash.js'
import { parseGraph } from '../../src/ir/parse.js'
import { printAttribute, printGraph } from '../../src/ir/print.js'
import type { Attribute } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'

/**
 * What an attribute holds decides which nodes are one node, which programs are one program in a cache, and what
 * the text says. Values that differ in kind only are the ones that are easily taken for each other.
 */

const body = (name: string, output = 'y', size: number | string = 2): Graph =>
  toGraph([{ name: output, tensor: inputTensor(name, [size], 'f32') }])

const different: readonly Attribute[] = [
  ...[0, -0, 1, 12, 1.5, Number.NaN, Infinity, -Infinity],
  ...['', '0', '-0', '1', '"1', 'NaN', 'true', 'false', 'null', '[', '{', '[]', '{}', 'f32', 'a', 'b', 'ab'],
  ...[true, false, null],
  ...[
    [],
    [[]],
    [0],
    [-0],
    ['0'],
    [null],
    [0, 0],
    [[0, 0]],
    [[0], 0],
    [0, [0]],
    [1, 2],
    [2, 1],
    [12],
    ['a', 'b'],
  ],
  ...[['ab'], ['a,b'], ['a', 'b', 'a']],
  ...[{}, { a: 0 }, { b: 0 }, { a: -0 }, { a: null }, { a: 0, b: 0 }, { a: 0, b: 1 }, { a: 1, b: 0 }],
  ...[{ a: { b: 0 } }, { ab: 0 }, { a: 'bc' }, { ab: 'c' }, [{}], { nodes: [], outputs: [], more: 0 }],
  ...[
    { nodes: 0, outputs: [] },
    { nodes: [], outputs: 0 },
    { nodes: [], more: [] },
    { more: [], outputs: [] },
  ],
  ...[Float32Array.of(), Float64Array.of(), Float32Array.of(0), Float64Array.of(0), Float32Array.of(-0)],
  ...[Float32Array.of(1, 2), Float32Array.of(2, 1), Float64Array.of(1, 2), Float32Array.of(12)],
  ...[
    { nodes: [], outputs: [] },
    body('x'),
    body('z'),
    body('x', 'z'),
    body('x', 'y', 3),
    body('x', 'y', '2'),
  ],
  { nodes: body('x').nodes, outputs: [{ name: 'y', ref: { node: 0, output: 1 } }] },
  { nodes: body('x').nodes, outputs: [{ name: 'y', ref: { node: 1, output: 0 } }] },
]

const holding = (value: Attribute): Graph => ({
  nodes: [{ op: 'holds', attrs: { value }, inputs: [], outputs: [{ shape: [], dtype: 'f32' }] }],
  outputs: [{ name: 'y', ref: { node: 0, output: 0 } }],
})

/** Equal, but made again: no object is shared, and records have their names in the other order. */
const remade = (value: Attribute): Attribute =>
  value === null || typeof value !== 'object'
    ? value
    : value instanceof Float32Array || value instanceof Float64Array
      ? value.slice()
      : Array.isArray(value)
        ? value.map(remade)
        : Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([name, item]) => [name, remade(item)]),
          )

/** Whether an array of doubles repeats one of floats: a constant's elements are told apart by value, not by kind. */
const isDouble = (value: Attribute): boolean => value instanceof Float64Array

const texts: Readonly<
  Record<string, readonly [textOf: (value: Attribute) => string, values: readonly Attribute[]]>
> = {
  'the key that merges nodes': [attributeKey, different.filter((value) => !isDouble(value))],
  'the fingerprint of a graph': [(value) => hashGraph(holding(value)), different],
}

describe.each(Object.entries(texts))('%s', (_, [textOf, values]) => {
  it('tells any two attributes apart', () => {
    const byText = new Map<string, Attribute>()
    for (const value of values) {
      const text = textOf(value)
      expect(
        byText.has(text),
        `${printAttribute(value)} is taken for ${printAttribute(byText.get(text) ?? null)}`,
      ).toBe(false)
      byText.set(text, value)
    }
  })
  it('is the same for equal attributes', () => {
    for (const value of values) expect(textOf(remade(value))).toBe(textOf(value))
  })
  it('looks at an array through its window only', () => {
    const whole = Float32Array.of(7, 1, 2, 7)
    expect(textOf(whole.subarray(1, 3))).toBe(textOf(Float32Array.of(1, 2)))
  })
})

it('the text of an attribute is read back as the attribute', () => {
  for (const value of different) {
    const back = parseGraph(printGraph(holding(value)))
    expect(E.isRight(back) && back.right.nodes[0]?.attrs['value']).toStrictEqual(value)
  }
})

it('long arrays are one only if they are the same object; short ones by their elements', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 130 }), fc.boolean(), (length, single) => {
      const array = single ? new Float32Array(length).fill(3) : new Float64Array(length).fill(3)
      expect(attributeKey(array)).toBe(attributeKey(array))
      expect(attributeKey(array.slice()) === attributeKey(array)).toBe(length <= 64)
    }),
    {
      examples: [
        [64, true],
        [65, true],
        [64, false],
        [65, false],
      ],
    },
  )
})

it('a graph is a record of just nodes and outputs', () => {
  const graphs = different.filter(isGraph)
  expect(graphs).toEqual(
    different.filter(
      (value) =>
        value !== null &&
        typeof value === 'object' &&
        Object.keys(value).sort().join() === 'nodes,outputs' &&
        Object.values(value).every((part) => Array.isArray(part)),
    ),
  )
  expect(graphs.length).toBeGreaterThan(5)
})

it('fingerprints tell names of axes and of outputs, dtypes, ranks, and which output is meant', () => {
  const inputs = [
    ...[[], [1], [1, 1], ['a'], ['b'], ['1'], [12], [1, 2]].map((shape) => inputTensor('x', shape, 'f32')),
    inputTensor('x', [], 'bool'),
    inputTensor('x', [], 'i24'),
    inputTensor('z', [], 'f32'),
  ]
  const pair = (output: number): Graph => ({
    nodes: [
      {
        op: 'two',
        attrs: {},
        inputs: [],
        outputs: [inputs[0], inputs[0]].flatMap((x) => x?.node.outputs ?? []),
      },
      { op: 'one', attrs: {}, inputs: [{ node: 0, output }], outputs: [{ shape: [], dtype: 'f32' }] },
    ],
    outputs: [{ name: 'y', ref: { node: 1, output: 0 } }],
  })
  const graphs = [
    ...inputs.map((tensor) => toGraph([{ name: 'y', tensor }])),
    ...inputs.slice(0, 1).map((tensor) => toGraph([{ name: 'z', tensor }])),
    pair(0),
    pair(1),
    { ...pair(0), outputs: [{ name: 'y', ref: { node: 0, output: 0 } }] },
    { ...pair(0), outputs: [{ name: 'y', ref: { node: 0, output: 1 } }] },
  ]
  expect(new Set(graphs.map(hashGraph)).size).toBe(graphs.length)
})
