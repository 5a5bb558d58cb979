import { describe, expect, test } from 'vitest'
import { rules, simplify } from '../../src/compile/simplify.js'
import { toGraph, toTensors } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import { filled, fromArray } from '../../src/op/leaf/constant.js'
import { interpret } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'

const x = inputTensor('x', [2, 3, 4], 'f32')
const y = inputTensor('y', [3, 4], 'f32')
const row = inputTensor('row', [4], 'f32')
const single = inputTensor('single', [2, 1, 4], 'f32')
const bindings = Object.fromEntries(
  Object.entries({ x, y, row, single }).map(([name, { shape }]) => {
    const sizes = shape.map(Number)
    const size = sizes.reduce((product, dim) => product * dim, 1)
    return [name, { shape: sizes, data: Float64Array.from({ length: size }, (_, i) => ((i * 7) % 11) - 4) }]
  }),
)

/** For each rule a tensor that it rewrites, and the text of what it becomes. */
const examples: Readonly<Record<string, { readonly before: Tensor; readonly after: Tensor }>> = {
  'drop-identity': { before: b.identity(x), after: x },
  'drop-stop-gradient': { before: b.stopGradient(x), after: x },
  'fold-constants': { before: b.add(filled(2, [3]), b.constant(3)), after: filled(5, [3]) },
  'fold-views-of-splat': { before: b.permute(filled(2, [3, 4]), [1, 0]), after: filled(2, [4, 3]) },
  'add-zero': { before: b.add(y, b.constant(0)), after: y },
  'zero-add': { before: b.add(filled(0, [2, 3, 4]), y), after: b.broadcast(y, [2, 3, 4]) },
  'subtract-zero': { before: b.sub(y, b.constant(0)), after: y },
  'times-one': { before: b.mul(y, filled(1, [2, 1, 1])), after: b.broadcast(y, [2, 3, 4]) },
  'one-times': { before: b.mul(b.constant(1), y), after: y },
  'over-one': { before: b.div(y, b.constant(1)), after: y },
  'negate-twice': { before: b.neg(b.neg(y)), after: y },
  'shrink-splat': { before: b.mul(y, filled(2, [3, 4])), after: b.mul(y, b.constant(2)) },
  'drop-broadcast-operand': { before: b.add(y, b.broadcast(row, [3, 4])), after: b.add(y, row) },
  'reshape-to-same': { before: reshapeAnyway(y, [3, 4]), after: y },
  'broadcast-to-same': { before: broadcastAnyway(y, [3, 4]), after: y },
  'permute-in-order': { before: b.permute(y, [0, 1]), after: y },
  'flip-nothing': { before: b.flip(y, []), after: y },
  'slice-everything': { before: b.slice(y, [0, 0], [3, 4]), after: y },
  'reshape-twice': { before: b.reshape(b.reshape(x, [6, 4]), [24]), after: b.reshape(x, [24]) },
  'broadcast-twice': {
    before: b.broadcast(b.broadcast(row, [3, 4]), [2, 3, 4]),
    after: b.broadcast(row, [2, 3, 4]),
  },
  'permute-twice': { before: b.permute(b.permute(x, [1, 2, 0]), [0, 2, 1]), after: b.permute(x, [1, 0, 2]) },
  'flip-twice': { before: b.flip(b.flip(x, [0, 2]), [2, 1]), after: b.flip(x, [0, 1]) },
  'scatter-by-lists': {
    before: b.scatterAdd(
      { axis: 0, batchAxes: 0, outside: 'none', size: 2 },
      y,
      fromArray(Float64Array.of(1, 5, 1), [3], 'i24'),
    ),
    after: b.sum(b.gather(y, fromArray(Float64Array.of(-1, -1, 0, 2), [2, 2], 'i24'), 0, 0, 'none'), [1]),
  },
  'sum-of-single-axes': { before: b.sum(single, [1]), after: b.reshape(single, [2, 4]) },
}

/** The builder leaves out views that change nothing, which the rule is about. */
function reshapeAnyway(tensor: Tensor, shape: readonly number[]): Tensor {
  const node = b.reshape(tensor, [12]).node
  return { ...tensor, shape, node: { ...node, attrs: { shape }, outputs: [{ shape, dtype: 'f32' }] } }
}
function broadcastAnyway(tensor: Tensor, shape: readonly number[]): Tensor {
  const node = b.broadcast(tensor, [2, 3, 4]).node
  return { ...tensor, shape, node: { ...node, attrs: { shape }, outputs: [{ shape, dtype: 'f32' }] } }
}

const graphOf = (tensor: Tensor) => toGraph([{ name: 'y', tensor }])

describe('simplify', () => {
  test('every rule has an example', () => {
    expect(Object.keys(examples).sort()).toEqual(rules.map(({ name }) => name).sort())
  })

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s fires, and its law holds', (name, rule) => {
    const example = examples[name]
    if (example === undefined) throw new RangeError(`no example of ${name}`)
    const { before, after } = example
    const rewritten = rule.rewrite(before.node)
    if (rewritten === null) throw new Error(`${name} does not fire`)
    const [value, expected] = [rewritten, before].map((tensor) =>
      interpret(graphOf(tensor), bindings).get('y'),
    )
    if (value === undefined || expected === undefined) throw new Error('no value')
    expectNear(name, value, expected, 0)
    expect(simplify(graphOf(before))).toEqual(simplify(graphOf(after)))
  })

  test('a slice of the whole backwards is no slice of the whole', () => {
    const backwards = b.slice(y, [2, 0], [-1, 4], [-1, 1])
    expect(toTensors(simplify(graphOf(backwards))).get('y')?.node.op).toBe('slice')
  })

  test('a gradient leaves no trace of its machinery', () => {
    const cotangent = b.mul(b.identity(b.stopGradient(y)), b.broadcast(b.constant(1), [3, 4]))
    expect(toTensors(simplify(graphOf(cotangent))).get('y')?.node.op).toBe('input')
  })
})
