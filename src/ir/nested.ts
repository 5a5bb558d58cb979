/**
 * Graphs inside graphs: an op that applies a function, such as the body of a loop, holds the function as a graph in
 * an attribute. Such a graph is closed: its inputs are named by their positions, '0', '1', …, and what the function
 * took from outside has become inputs as well, after the variables. An input nobody reads is not in the graph.
 */
import type { Graph } from './graph.js'
import { isGraph, rewriteGraph, toGraph } from './graph.js'
import type { Attribute, Attributes, Node, Tensor } from './tensor.js'
import { inputTensor, outputsOf, topological } from './tensor.js'

export interface Closure {
  readonly body: Graph
  /** Tensors of the outside that the body reads: its inputs after the variables, in order. */
  readonly captured: readonly Tensor[]
}

/** A variable of a function that becomes the body of an op: input number `position` of the body. */
export const variableAt = (position: number, { shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Tensor =>
  inputTensor(`${position}`, shape, dtype)

const holdsData = (value: Attribute): boolean =>
  value instanceof Float32Array || value instanceof Float64Array

/** Numbers that are written down anywhere as easily as they are read. */
const isWritten = (node: Node): boolean =>
  node.inputs.length === 0 && node.op !== 'input' && !Object.values(node.attrs).some(holdsData)

/**
 * The function that gives `results` from `variables`, each an output of its own node, as a graph of its own.
 * Whatever does not depend on a variable is captured at the place where the dependent part begins, so it is
 * computed outside, once; save numbers without data and what `isRepeated` says is better made again inside.
 */
export const closureOf = (
  variables: readonly Tensor[],
  results: readonly Tensor[],
  isRepeated: (node: Node) => boolean = () => false,
): Closure => {
  const made = new Map<Node, readonly Tensor[]>()
  variables.forEach((variable, i) => made.set(variable.node, [variableAt(i, variable)]))
  const captured: Tensor[] = []
  const standing = new Map<Node, Map<number, Tensor>>()
  const capture = (tensor: Tensor): Tensor => {
    const known = standing.get(tensor.node) ?? new Map<number, Tensor>()
    standing.set(tensor.node, known)
    const input = known.get(tensor.output) ?? variableAt(variables.length + captured.length, tensor)
    if (!known.has(tensor.output)) captured.push(tensor)
    known.set(tensor.output, input)
    return input
  }
  const inside = (tensor: Tensor): Tensor => {
    const known = made.get(tensor.node)?.[tensor.output]
    if (known !== undefined) return known
    if (!isWritten(tensor.node) && !isRepeated(tensor.node)) return capture(tensor)
    const again = outputsOf({ ...tensor.node, inputs: tensor.node.inputs.map(inside) })
    made.set(tensor.node, again)
    return again[tensor.output] ?? tensor
  }
  const dependent = new Set<Node>(made.keys())
  for (const node of topological(results, new Set(made.keys())))
    if (!dependent.has(node) && node.inputs.some((input) => dependent.has(input.node))) {
      dependent.add(node)
      made.set(node, outputsOf({ ...node, inputs: node.inputs.map(inside) }))
    }
  const body = toGraph(results.map((result, i) => ({ name: `${i}`, tensor: inside(result) })))
  return { body, captured }
}

/** What a closed graph computes of these operands: one for each input, in order. */
export const inlineGraph = (graph: Graph, operands: readonly Tensor[]): readonly Tensor[] => {
  const made: (readonly Tensor[])[] = []
  const at = (node: number, output: number): Tensor => {
    const tensor = made[node]?.[output]
    if (tensor === undefined) throw new RangeError(`graph refers to %${node}.${output} before it is made`)
    return tensor
  }
  for (const { op, attrs, inputs, outputs } of graph.nodes) {
    const operand = op === 'input' ? operands[Number(attrs['name'])] : undefined
    if (op === 'input' && operand === undefined)
      throw new RangeError(
        `a closed graph of input ${JSON.stringify(attrs['name'])} got ${operands.length} operands`,
      )
    made.push(
      operand === undefined
        ? outputsOf({ op, attrs, inputs: inputs.map(({ node, output }) => at(node, output)), outputs })
        : [operand],
    )
  }
  return graph.outputs.map(({ ref }) => at(ref.node, ref.output))
}

const holdsGraph = (attrs: Attributes): boolean => Object.values(attrs).some(isGraph)

/** The node's attributes with every graph among them replaced. */
export const mapGraphsOf = (attrs: Attributes, f: (graph: Graph) => Graph): Attributes =>
  holdsGraph(attrs)
    ? Object.fromEntries(
        Object.entries(attrs).map(([name, value]) => [name, isGraph(value) ? f(value) : value]),
      )
    : attrs

/** A pass over a graph as a pass over the graphs inside it as well, innermost first. */
export const everywhere =
  (pass: (graph: Graph) => Graph) =>
  (graph: Graph): Graph =>
    pass(
      graph.nodes.some(({ attrs }) => holdsGraph(attrs))
        ? rewriteGraph(graph, (node) =>
            outputsOf({ ...node, attrs: mapGraphsOf(node.attrs, everywhere(pass)) }),
          )
        : graph,
    )
