/**
 * Graph: the linear form of tensor expressions. Plain data, in SSA order, hash-consed: two equal
 * applications of an op are one node, so common subexpressions and dead code vanish as it is built.
 */
import type { TensorType } from '../shape/dim.js'
import type { Attribute, Attributes, Node, Tensor } from './tensor.js'
import { outputsOf, topological } from './tensor.js'

/** Output `output` of the node at position `node`. */
export type Ref = {
  readonly node: number
  readonly output: number
}

export type GraphNode = {
  readonly op: string
  readonly attrs: Attributes
  readonly inputs: readonly Ref[]
  readonly outputs: readonly TensorType[]
}

export type GraphOutput = {
  readonly name: string
  readonly ref: Ref
}

/** Also a value that an attribute may hold: the body of a loop is a graph in a graph. */
export type Graph = {
  readonly nodes: readonly GraphNode[]
  readonly outputs: readonly GraphOutput[]
}

/** Whether an attribute's value is a graph: a record of nodes and outputs. */
export const isGraph = (value: Attribute): value is Graph =>
  typeof value === 'object' &&
  value !== null &&
  'nodes' in value &&
  'outputs' in value &&
  Array.isArray(value.nodes) &&
  Array.isArray(value.outputs) &&
  // Last, because counting the keys of a long array takes long.
  Object.keys(value).length === 2

/** Arrays above this size are told apart by identity, not by content. */
const CONTENT_KEY_LIMIT = 64

const arrayIds = new WeakMap<object, number>()
const idCounter = { next: 0 }
const arrayId = (array: object): number => {
  const known = arrayIds.get(array)
  if (known !== undefined) return known
  arrayIds.set(array, ++idCounter.next)
  return idCounter.next
}

const graphKeys = new WeakMap<Graph, string>()
/** Kept, because the body of a loop is asked for its key by every pass over the graph around it. */
const graphKey = (graph: Graph): string => {
  const known = graphKeys.get(graph)
  if (known !== undefined) return known
  const nodes = graph.nodes.map(({ op, attrs, inputs, outputs }) => nodeKey(op, attrs, inputs, outputs))
  const results = graph.outputs.map(({ name, ref }) => `${JSON.stringify(name)}=${ref.node}.${ref.output}`)
  const key = `graph{${nodes.join(';')}|${results.join()}}`
  graphKeys.set(graph, key)
  return key
}

/** A text that is equal for equal attributes; tells 0 from -0 and names NaN. */
export const attributeKey = (value: Attribute): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean' || value === null) return String(value)
  if (value instanceof Float32Array || value instanceof Float64Array)
    return value.length > CONTENT_KEY_LIMIT
      ? `#${arrayId(value)}`
      : `<${[...value].map(attributeKey).join()}>`
  if (isList(value)) return `[${value.map(attributeKey).join()}]`
  if (isGraph(value)) return graphKey(value)
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${name}:${attributeKey(value[name] ?? null)}`)
    .join()}}`
}

const isList = (value: Attribute): value is readonly Attribute[] => Array.isArray(value)

const nodeKey = (
  op: string,
  attrs: Attributes,
  inputs: readonly Ref[],
  outputs: readonly TensorType[],
): string =>
  `${op}${attributeKey(attrs)}(${inputs.map((ref) => `${ref.node}.${ref.output}`).join()})` +
  (inputs.length === 0 ? outputs.map((type) => `${type.dtype}${attributeKey(type.shape)}`).join() : '')

/** The graph of the named results, with equal nodes merged and only what they depend on. */
export const toGraph = (results: readonly { readonly name: string; readonly tensor: Tensor }[]): Graph => {
  const nodes: GraphNode[] = []
  const ids = new Map<Node, number>()
  const known = new Map<string, number>()
  const refOf = (tensor: Tensor): Ref => ({ node: ids.get(tensor.node) ?? -1, output: tensor.output })
  for (const node of topological(results.map((result) => result.tensor))) {
    const inputs = node.inputs.map(refOf)
    const key = nodeKey(node.op, node.attrs, inputs, node.outputs)
    const id =
      known.get(key) ?? nodes.push({ op: node.op, attrs: node.attrs, inputs, outputs: node.outputs }) - 1
    known.set(key, id)
    ids.set(node, id)
  }
  return { nodes, outputs: results.map(({ name, tensor }) => ({ name, ref: refOf(tensor) })) }
}

/** What becomes of one node when a graph is rewritten: the tensors that stand for its outputs. */
export type Rewriter = (node: Node) => readonly Tensor[]

/** Rebuilds a graph node by node; `rewriter` sees each node with its operands already rewritten. */
export const rewriteGraph = (graph: Graph, rewriter: Rewriter): Graph => {
  const made: (readonly Tensor[])[] = []
  const at = (ref: Ref): Tensor => {
    const tensor = made[ref.node]?.[ref.output]
    if (tensor === undefined)
      throw new RangeError(`graph refers to %${ref.node}.${ref.output} before it is made`)
    return tensor
  }
  for (const { op, attrs, inputs, outputs } of graph.nodes)
    made.push(rewriter({ op, attrs, inputs: inputs.map(at), outputs }))
  return toGraph(graph.outputs.map(({ name, ref }) => ({ name, tensor: at(ref) })))
}

/** The graph as tensor expressions again: its outputs, by name. */
export const toTensors = (graph: Graph): ReadonlyMap<string, Tensor> => {
  const found = new Map<string, Tensor>()
  const made: (readonly Tensor[])[] = []
  for (const { op, attrs, inputs, outputs } of graph.nodes)
    made.push(
      outputsOf({ op, attrs, inputs: inputs.flatMap((ref) => made[ref.node]?.[ref.output] ?? []), outputs }),
    )
  for (const { name, ref } of graph.outputs) {
    const tensor = made[ref.node]?.[ref.output]
    if (tensor !== undefined) found.set(name, tensor)
  }
  return found
}

/** How many times each node is read, by nodes and by outputs. */
export const useCounts = (graph: Graph): readonly number[] => {
  const counts = new Array<number>(graph.nodes.length).fill(0)
  const count = (ref: Ref): void => {
    counts[ref.node] = (counts[ref.node] ?? 0) + 1
  }
  graph.nodes.forEach((node) => node.inputs.forEach(count))
  graph.outputs.forEach((output) => count(output.ref))
  return counts
}
