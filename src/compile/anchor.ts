/**
 * Anchor: every result has a kernel and a buffer of its own. A result that is itself an input or a constant is
 * copied, and so is one that is already another result: two carried states in one buffer would undo each other.
 */
import type { Graph } from '../ir/graph.js'
import { toGraph, toTensors } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import { build, ops } from '../op/index.js'

export const anchor = (graph: Graph): Graph => {
  const tensors = toTensors(graph)
  const latest = new Map<string, Tensor>()
  return toGraph(
    graph.outputs.flatMap(({ name, ref }) => {
      const tensor = tensors.get(name)
      if (tensor === undefined) return []
      const key = `${ref.node}.${ref.output}`
      const taken = latest.get(key) ?? (ops[tensor.node.op]?.category === 'leaf' ? tensor : undefined)
      // A copy of the copy before: two copies of one tensor would be equal nodes, and merge.
      const own = taken === undefined ? tensor : build.identity(taken)
      latest.set(key, own)
      return [{ name, tensor: own }]
    }),
  )
}
