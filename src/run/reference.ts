/**
 * The float64 interpreter: the oracle. It evaluates a graph node by node with each op's own meaning,
 * unfused and unoptimised, so that nothing the compiler does can hide in it.
 */
import type { Graph, GraphNode } from '../ir/graph.js'
import { toGraph } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import type { NdArray } from '../op/def.js'
import { expandComposites } from '../op/expand.js'
import { build, ops } from '../op/index.js'
import { concreteShape, printType } from '../shape/dim.js'

/** Values of a graph's inputs, by name. */
export type Bindings = Readonly<Record<string, NdArray>>

const shapeOf = (type: {
  readonly shape: Tensor['shape']
  readonly dtype: Tensor['dtype']
}): readonly number[] => {
  const shape = concreteShape(type.shape)
  if (shape === null) throw new TypeError(`${printType(type)} has an axis without a size`)
  return shape
}

/** One application of an op, ready to be evaluated: what it holds is prepared once. */
type Evaluate = (inputs: readonly NdArray[], outputs: readonly (readonly number[])[]) => readonly NdArray[]

const evaluatorOf = ({ op: name, attrs }: GraphNode): Evaluate | null => {
  const op = ops[name]
  if (op === undefined) return null
  if (op.kind === 'composite' && op.interpret !== undefined) return op.interpret(attrs, runClosed)
  if (op.evaluate === 'expand') return null
  return (inputs, outputs) => (op.evaluate === 'expand' ? [] : op.evaluate(attrs, inputs, outputs))
}

/** A closed graph, whose inputs are named by position, as a function. */
const runClosed = (graph: Graph): ((inputs: readonly NdArray[]) => readonly NdArray[]) => {
  const run = prepare(graph)
  return (inputs) => [...run(Object.fromEntries(inputs.map((value, i) => [`${i}`, value]))).values()]
}

/** A graph ready to be evaluated again and again. */
const prepare = (graph: Graph): ((bindings: Bindings) => ReadonlyMap<string, NdArray>) => {
  const whole = expandComposites(
    ops,
    build,
    (op) => op.evaluate !== 'expand' || op.interpret !== undefined,
    graph,
  )
  const evaluators = whole.nodes.map(evaluatorOf)
  const shapes = whole.nodes.map(({ op, outputs }) => (op === 'input' ? [] : outputs.map(shapeOf)))
  return (bindings) => evaluateAll(whole, evaluators, shapes, bindings)
}

/** The named results of a graph in float64. */
export const interpret = (graph: Graph, bindings: Bindings): ReadonlyMap<string, NdArray> =>
  prepare(graph)(bindings)

const evaluateAll = (
  whole: Graph,
  evaluators: readonly (Evaluate | null)[],
  shapes: readonly (readonly (readonly number[])[])[],
  bindings: Bindings,
): ReadonlyMap<string, NdArray> => {
  const values: (readonly NdArray[])[] = []
  const at = (node: number, output: number): NdArray => {
    const value = values[node]?.[output]
    if (value === undefined) throw new RangeError(`%${node}.${output} has no value`)
    return value
  }
  whole.nodes.forEach((node, id) => {
    const name = node.attrs['name']
    const bound = node.op === 'input' && typeof name === 'string' ? bindings[name] : undefined
    const evaluator = evaluators[id] ?? null
    if (bound !== undefined) values.push([bound])
    else if (evaluator === null) throw new ReferenceError(`${node.op} cannot be evaluated`)
    else
      values.push(
        evaluator(
          node.inputs.map((ref) => at(ref.node, ref.output)),
          shapes[id] ?? [],
        ),
      )
  })
  return new Map(whole.outputs.map(({ name, ref }) => [name, at(ref.node, ref.output)]))
}

/** The float64 values of tensors, in order. */
export const evaluate = (tensors: readonly Tensor[], bindings: Bindings = {}): readonly NdArray[] => {
  const results = interpret(toGraph(tensors.map((tensor, i) => ({ name: `${i}`, tensor }))), bindings)
  return tensors.map((_, i) => {
    const value = results.get(`${i}`)
    if (value === undefined) throw new RangeError(`result ${i} is missing`)
    return value
  })
}
