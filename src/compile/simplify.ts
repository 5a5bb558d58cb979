/**
 * Simplify: Graph → Graph, by rules as data. A rule looks at one node, its operands already simplified,
 * and names an equal tensor or says null. Each rule states its law; the tests hold it to that.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Graph } from '../ir/graph.js'
import { rewriteGraph } from '../ir/graph.js'
import type { Attribute, Node, Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { addByLists } from '../op/index/inverse-index.js'
import { scatterAddOp } from '../op/index/scatter-add.js'
import { build, ops } from '../op/index.js'
import { concreteShape, sameShape } from '../shape/dim.js'
import { fromFront } from '../shape/permute.js'

export interface Rule {
  readonly name: string
  /** The equation, for the reader and for the pass's documentation. */
  readonly law: string
  readonly rewrite: (node: Node) => Tensor | null
}

const numbers = (value: Attribute | undefined): readonly number[] =>
  Array.isArray(value) ? value.filter((item): item is number => typeof item === 'number') : []

/** The number all elements of a constant have, or null. */
const splatOf = (x: Tensor | undefined): number | null => {
  const values = x?.node.op === 'constant' ? x.node.attrs['values'] : undefined
  return typeof values === 'number' ? values : null
}

const isSplat = (x: Tensor | undefined, value: number): boolean => {
  const splat = splatOf(x)
  return splat !== null && Object.is(splat, value)
}

const shapeOf = (node: Node): Tensor['shape'] => node.outputs[0]?.shape ?? []

/** x itself, given the node's shape: an operand that was broadcast. */
const broadcastTo = (x: Tensor, node: Node): Tensor => build.broadcast(x, shapeOf(node))

const neutral = (name: string, op: string, value: number, side: 'left' | 'right', law: string): Rule => ({
  name,
  law,
  rewrite: (node) => {
    if (node.op !== op) return null
    const [x, y] = node.inputs
    const [kept, constant] = side === 'right' ? [x, y] : [y, x]
    return kept !== undefined && isSplat(constant, value) ? broadcastTo(kept, node) : null
  },
})

/** op(op(x)) where the attributes compose into one. */
const compose = (
  name: string,
  op: string,
  law: string,
  merge: (outer: Node, inner: Node, x: Tensor) => Tensor,
): Rule => ({
  name,
  law,
  rewrite: (node) => {
    const inner = node.op === op ? node.inputs[0]?.node : undefined
    const x = inner?.inputs[0]
    return inner?.op === op && x !== undefined ? merge(node, inner, x) : null
  },
})

const unchanged = (name: string, law: string, holds: (node: Node, x: Tensor) => boolean): Rule => ({
  name,
  law,
  rewrite: (node) => {
    const [x] = node.inputs
    return x !== undefined && holds(node, x) ? x : null
  },
})

const isOrdered = (order: readonly number[]): boolean => order.every((axis, i) => axis === i)

/** A scalar function of constants is a constant: its own meaning says which. */
const foldConstants: Rule = {
  name: 'fold-constants',
  law: 'f(c₁, c₂, …) is the constant f computes',
  rewrite: (node) => {
    const op = ops[node.op]
    const values = node.inputs.map(splatOf)
    const type = node.outputs[0]
    if (
      op?.kind !== 'primitive' ||
      op.category !== 'elementwise' ||
      type === undefined ||
      values.length === 0
    )
      return null
    if (values.some((value) => value === null)) return null
    const operands = values.map((value) => ({ shape: [], data: Float64Array.of(value ?? 0) }))
    const result = op.evaluate(node.attrs, operands, [[]])[0]?.data[0]
    return result === undefined ? null : build.constant(result, type.shape, type.dtype)
  },
}

/** A view of one repeated number is that number in another shape. */
const VIEWS_OF_SPLAT = new Set(['reshape', 'permute', 'broadcast', 'slice', 'flip', 'roll', 'diagonal'])
const foldViews: Rule = {
  name: 'fold-views-of-splat',
  law: 'view(c) is c',
  rewrite: (node) => {
    const splat = splatOf(node.inputs[0])
    const type = node.outputs[0]
    return splat !== null && type !== undefined && VIEWS_OF_SPLAT.has(node.op)
      ? build.constant(splat, type.shape, type.dtype)
      : null
  },
}

/** A repeated number needs no shape of its own where the other operand already has the result's. */
const shrinkSplat: Rule = {
  name: 'shrink-splat',
  law: 'f(x, broadcast(c)) = f(x, c)',
  rewrite: (node) => {
    if (ops[node.op]?.category !== 'elementwise' || node.inputs.length < 2) return null
    const shrinks = node.inputs.map((x) => splatOf(x) !== null && x.shape.length > 0)
    if (
      !shrinks.includes(true) ||
      !node.inputs.some((x, i) => shrinks[i] !== true && sameShape(x.shape, shapeOf(node)))
    )
      return null
    const operands = node.inputs.map((x, i) =>
      shrinks[i] === true ? build.constant(splatOf(x) ?? 0, [], x.dtype) : x,
    )
    return outputsOf({ ...node, inputs: operands })[0] ?? null
  },
}

/** Elementwise ops broadcast by themselves. */
const dropBroadcast: Rule = {
  name: 'drop-broadcast-operand',
  law: 'f(x, broadcast(y)) = f(x, y) where x already has the result’s shape',
  rewrite: (node) => {
    if (ops[node.op]?.category !== 'elementwise' || node.inputs.length < 2) return null
    const full = node.inputs.some((x) => x.node.op !== 'broadcast' && sameShape(x.shape, shapeOf(node)))
    if (!full || !node.inputs.some((x) => x.node.op === 'broadcast')) return null
    const inputs = node.inputs.map((x) => (x.node.op === 'broadcast' ? (x.node.inputs[0] ?? x) : x))
    return outputsOf({ ...node, inputs })[0] ?? null
  },
}

/** Where rows are added at indices that are known, each place looks at its own updates only. */
const scatterByLists: Rule = {
  name: 'scatter-by-lists',
  law: 'scatterAdd at known indices is, for each place, the sum of the updates listed for it',
  rewrite: (node) => {
    const [updates, indices] = node.inputs
    const attrs = node.op === 'scatterAdd' ? scatterAddOp.attrs.decode(node.attrs) : null
    return attrs === null || E.isLeft(attrs) || updates === undefined || indices === undefined
      ? null
      : addByLists(build, attrs.right, updates, indices)
  },
}

const sumOfOnes: Rule = {
  name: 'sum-of-single-axes',
  law: 'the sum over axes of size 1 is a reshape',
  rewrite: (node) => {
    const [x] = node.inputs
    if (node.op !== 'sum' || x === undefined || concreteShape(x.shape) === null) return null
    const axes = numbers(node.attrs['axes'])
    const single = axes.every((axis) => x.shape[fromFront(axis, x.shape.length)] === 1)
    return single ? build.reshape(x, shapeOf(node)) : null
  },
}

export const rules: readonly Rule[] = [
  unchanged('drop-identity', 'identity(x) = x', (node) => node.op === 'identity'),
  unchanged(
    'drop-stop-gradient',
    'stopGradient(x) = x once gradients are taken',
    (node) => node.op === 'stopGradient',
  ),
  foldConstants,
  foldViews,
  neutral('add-zero', 'add', 0, 'right', 'x + 0 = x'),
  neutral('zero-add', 'add', 0, 'left', '0 + x = x'),
  neutral('subtract-zero', 'sub', 0, 'right', 'x − 0 = x'),
  neutral('times-one', 'mul', 1, 'right', 'x · 1 = x'),
  neutral('one-times', 'mul', 1, 'left', '1 · x = x'),
  neutral('over-one', 'div', 1, 'right', 'x / 1 = x'),
  compose('negate-twice', 'neg', '−(−x) = x', (_, __, x) => x),
  shrinkSplat,
  dropBroadcast,
  unchanged(
    'reshape-to-same',
    'reshape to its own shape is x',
    (node, x) => node.op === 'reshape' && sameShape(x.shape, shapeOf(node)),
  ),
  unchanged(
    'broadcast-to-same',
    'broadcast to its own shape is x',
    (node, x) => node.op === 'broadcast' && sameShape(x.shape, shapeOf(node)),
  ),
  unchanged(
    'permute-in-order',
    'permute in order is x',
    (node) => node.op === 'permute' && isOrdered(numbers(node.attrs['order'])),
  ),
  unchanged(
    'flip-nothing',
    'flip of no axis is x',
    (node) => node.op === 'flip' && numbers(node.attrs['axes']).length === 0,
  ),
  unchanged(
    'slice-everything',
    'slice of the whole is x',
    // A step of -1 keeps the shape as well.
    (node, x) => node.op === 'slice' && node.attrs['step'] === undefined && sameShape(x.shape, shapeOf(node)),
  ),
  compose('reshape-twice', 'reshape', 'reshape ∘ reshape = reshape', (outer, _, x) =>
    build.reshape(x, shapeOf(outer)),
  ),
  compose('broadcast-twice', 'broadcast', 'broadcast ∘ broadcast = broadcast', (outer, _, x) =>
    build.broadcast(x, shapeOf(outer)),
  ),
  compose('permute-twice', 'permute', 'permutations compose', (outer, inner, x) => {
    const first = numbers(inner.attrs['order'])
    return build.permute(
      x,
      numbers(outer.attrs['order']).map((axis) => first[axis] ?? axis),
    )
  }),
  compose('flip-twice', 'flip', 'an axis flipped twice is not flipped', (outer, inner, x) => {
    const [a, b] = [numbers(outer.attrs['axes']), numbers(inner.attrs['axes'])]
    return build.flip(
      x,
      [...a.filter((axis) => !b.includes(axis)), ...b.filter((axis) => !a.includes(axis))].sort(),
    )
  }),
  sumOfOnes,
  scatterByLists,
]

/** How many times rules may fire in a row at one node; more would be two rules undoing each other. */
const PATIENCE = 32

const simplifyNode = (node: Node, patience: number): readonly Tensor[] => {
  for (const rule of node.outputs.length === 1 ? rules : []) {
    const better = rule.rewrite(node)
    if (better === null) continue
    if (patience === 0)
      throw new RangeError(`simplify: rule ${rule.name} does not come to rest at ${node.op}`)
    // The result may itself be a new node, whose operands are simplified already.
    return better.output === 0 && better.node.outputs.length === 1
      ? simplifyNode(better.node, patience - 1)
      : [better]
  }
  return outputsOf(node)
}

/** The graph with every rule applied until none applies. Equal nodes merge and dead ones go on the way. */
export const simplify = (graph: Graph): Graph => rewriteGraph(graph, (node) => simplifyNode(node, PATIENCE))
