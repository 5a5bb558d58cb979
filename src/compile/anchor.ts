/** Anchor: a result that is itself an input or a constant is copied, so that every result has a kernel that makes it. */
import type { Graph } from '../ir/graph.js'
import { toGraph, toTensors } from '../ir/graph.js'
import { build, ops } from '../op/index.js'

export const anchor = (graph: Graph): Graph => {
  const tensors = toTensors(graph)
  return toGraph(
    graph.outputs.flatMap(({ name }) => {
      const tensor = tensors.get(name)
      if (tensor === undefined) return []
      return [{ name, tensor: ops[tensor.node.op]?.category === 'leaf' ? build.identity(tensor) : tensor }]
    }),
  )
}
