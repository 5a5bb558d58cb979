/**
 * The float64 interpreter: the oracle. It evaluates a graph node by node with each op's own meaning,
 * unfused and unoptimised, so that nothing the compiler does can hide in it.
 */
import type { Graph } from '../ir/graph.js'
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

/** The named results of a graph in float64. */
export const interpret = (graph: Graph, bindings: Bindings): ReadonlyMap<string, NdArray> => {
  const whole = expandComposites(ops, build, (op) => op.evaluate !== 'expand', graph)
  const values: (readonly NdArray[])[] = []
  const at = (node: number, output: number): NdArray => {
    const value = values[node]?.[output]
    if (value === undefined) throw new RangeError(`%${node}.${output} has no value`)
    return value
  }
  for (const node of whole.nodes) {
    const name = node.attrs['name']
    const bound = node.op === 'input' && typeof name === 'string' ? bindings[name] : undefined
    const op = ops[node.op]
    if (bound !== undefined) values.push([bound])
    else if (op === undefined || op.evaluate === 'expand')
      throw new ReferenceError(`${node.op} cannot be evaluated`)
    else
      values.push(
        op.evaluate(
          node.attrs,
          node.inputs.map((ref) => at(ref.node, ref.output)),
          node.outputs.map(shapeOf),
        ),
      )
  }
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
