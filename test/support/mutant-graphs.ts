import type { Graph, GraphNode, Ref } from '../../src/ir/graph.js'
import type { Attribute, Attributes } from '../../src/ir/tensor.js'
import type { TensorType } from '../../src/shape/dim.js'
import { sameType } from '../../src/shape/dim.js'

/** Damage to a graph: each makes one change, chosen by numbers, or null where there is nothing to change. */

/** Numbers that choose where. */
export interface Where {
  readonly node: number
  readonly part: number
  readonly how: number
}

export type Damage = (graph: Graph, where: Where) => Graph | null

const choose = <A>(items: readonly A[], n: number): A | null => items[n % Math.max(items.length, 1)] ?? null
const replaceAt = <A>(items: readonly A[], at: number, item: A): readonly A[] =>
  items.map((old, i) => (i === at ? item : old))

/** Changes one node among those that `chosen` accepts. */
const changeNode =
  (
    chosen: (node: GraphNode, id: number) => boolean,
    change: (node: GraphNode, id: number, where: Where, graph: Graph) => GraphNode | null,
  ): Damage =>
  (graph, where) => {
    const ids = graph.nodes.flatMap((node, id) => (chosen(node, id) ? [id] : []))
    const id = choose(ids, where.node)
    const node = id === null ? undefined : graph.nodes[id]
    const changed = node === undefined || id === null ? null : change(node, id, where, graph)
    return changed === null || id === null ? null : { ...graph, nodes: replaceAt(graph.nodes, id, changed) }
  }

const hasOperands = (node: GraphNode): boolean => node.inputs.length > 0
const hasAttributes = (node: GraphNode): boolean => Object.keys(node.attrs).length > 0
/** An input states its type: another one is another program, wrong only for those who read it. */
const hasRule = (node: GraphNode): boolean => node.op !== 'input'

const changeOperand = (change: (ref: Ref, id: number, where: Where, graph: Graph) => Ref | null): Damage =>
  changeNode(hasOperands, (node, id, where, graph) => {
    const at = where.part % node.inputs.length
    const ref = node.inputs[at]
    const changed = ref === undefined ? null : change(ref, id, where, graph)
    return changed === null ? null : { ...node, inputs: replaceAt(node.inputs, at, changed) }
  })

const typeOf = (graph: Graph, ref: Ref): TensorType | undefined => graph.nodes[ref.node]?.outputs[ref.output]

/** To another value of another type, which stands before as it should. */
const toOtherType = changeOperand((ref, id, { how }, graph) => {
  const own = typeOf(graph, ref)
  const others = graph.nodes
    .slice(0, id)
    .flatMap((node, i) =>
      node.outputs.flatMap((type, output) =>
        own !== undefined && sameType(type, own) ? [] : [{ node: i, output }],
      ),
    )
  return choose(others, how)
})

const changeType = (
  change: (type: TensorType, where: Where) => TensorType | null,
  chosen = hasRule,
): Damage =>
  changeNode(chosen, (node, _, where) => {
    const at = where.part % Math.max(node.outputs.length, 1)
    const type = node.outputs[at]
    const changed = type === undefined ? null : change(type, where)
    return changed === null ? null : { ...node, outputs: replaceAt(node.outputs, at, changed) }
  })

const otherSize = (type: TensorType, { how }: Where): TensorType | null => {
  const axis = how % Math.max(type.shape.length, 1)
  const size = type.shape[axis]
  return typeof size === 'number'
    ? { ...type, shape: replaceAt(type.shape, axis, how % 3 === 0 ? 'batch' : size + 1) }
    : null
}

const changeAttribute = (change: (value: Attribute, where: Where) => Attribute): Damage =>
  changeNode(hasAttributes, (node, _, where) => {
    const name = choose(Object.keys(node.attrs), where.part)
    return name === null
      ? null
      : { ...node, attrs: { ...node.attrs, [name]: change(node.attrs[name] ?? null, where) } }
  })

const without = (attrs: Attributes, name: string): Attributes =>
  Object.fromEntries(Object.entries(attrs).filter(([other]) => other !== name))

/** A value of another kind, so that no codec takes it. */
const otherKind = (value: Attribute): Attribute =>
  typeof value === 'string' ? 7 : typeof value === 'boolean' ? 'yes' : null

const outputAt =
  (change: (ref: Ref, graph: Graph) => Ref): Damage =>
  (graph, where) => {
    const at = where.part % Math.max(graph.outputs.length, 1)
    const output = graph.outputs[at]
    return output === undefined
      ? null
      : { ...graph, outputs: replaceAt(graph.outputs, at, { ...output, ref: change(output.ref, graph) }) }
  }

export const damages: Readonly<Record<string, Damage>> = {
  'an operand that stands later': changeOperand((ref, id, { how }) => ({ ...ref, node: id + (how % 4) })),
  'an operand that does not exist': changeOperand((ref, _, { how }, { nodes }) => ({
    ...ref,
    node: how % 2 === 0 ? nodes.length : -1,
  })),
  'an output that does not exist': changeOperand((ref, _, { how }) => ({
    ...ref,
    output: how % 2 === 0 ? ref.output + 1 : -1,
  })),
  'an operand of another type': toOtherType,
  'one operand too few': changeNode(hasOperands, (node) => ({ ...node, inputs: node.inputs.slice(1) })),
  'one operand too many': changeNode(hasOperands, (node) => ({
    ...node,
    inputs: [...node.inputs, ...node.inputs.slice(0, 1)],
  })),
  'another size': changeType(otherSize),
  'another rank': changeType((type, { how }) => ({
    ...type,
    shape: how % 2 === 0 && type.shape.length > 0 ? type.shape.slice(1) : [...type.shape, 1],
  })),
  'another dtype': changeType((type, { how }) => ({
    ...type,
    dtype: type.dtype === 'f32' ? (how % 2 === 0 ? 'i24' : 'bool') : 'f32',
  })),
  'an impossible size of an input': changeType(
    (type) => ({ ...type, shape: [...type.shape, -1] }),
    (node) => node.op === 'input',
  ),
  'one result too many': changeNode(hasRule, (node) => ({
    ...node,
    outputs: [...node.outputs, ...node.outputs.slice(0, 1)],
  })),
  'no attribute of that name': changeNode(hasAttributes, (node, _, { part }) => ({
    ...node,
    attrs: without(node.attrs, choose(Object.keys(node.attrs), part) ?? ''),
  })),
  'an attribute too many': changeNode(
    () => true,
    (node) => ({ ...node, attrs: { ...node.attrs, colour: 'red' } }),
  ),
  'an attribute of another kind': changeAttribute(otherKind),
  'an unknown op': changeNode(
    () => true,
    (node) => ({ ...node, op: `${node.op}s` }),
  ),
  'a result that does not exist': outputAt((ref, { nodes }) => ({ ...ref, node: nodes.length })),
  'a result beyond the outputs': outputAt((ref) => ({ ...ref, output: ref.output + 1 })),
  'two results of one name': ({ nodes, outputs }) =>
    outputs.length === 0 ? null : { nodes, outputs: [...outputs, ...outputs.slice(0, 1)] },
  'a dead node': ({ nodes, outputs }) => ({
    nodes: [
      ...nodes,
      {
        op: 'constant',
        attrs: { shape: [], dtype: 'f32', values: 1 },
        inputs: [],
        outputs: [{ shape: [], dtype: 'f32' }],
      },
    ],
    outputs,
  }),
}
