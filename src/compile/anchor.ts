/**
 * Anchor: every result has a kernel and a buffer of its own. A result that is itself an input or a constant is
 * copied, and so is one that is already another result: two carried states in one buffer would undo each other.
 */
import type { Graph } from '../ir/graph.js'
import { rewriteGraph, toGraph, toTensors } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { build, ops } from '../op/index.js'
import { scanAttributes } from './loop-plan.js'

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

/** Whether x is what one of the first `carries` inputs of a closed graph gives, but not number `own`. */
const isOtherCarry = ({ node }: Tensor, own: number, carries: number): boolean => {
  const position = node.op === 'input' ? Number(node.attrs['name']) : carries
  return position < carries && position !== own
}

/**
 * The same for the carries of loops, which get their next values one after the other: one that takes over another
 * is a copy of it, made before the other moves on.
 */
export const anchorCarries = (graph: Graph): Graph =>
  rewriteGraph(graph, (node) => {
    if (node.op !== 'scan') return outputsOf(node)
    const attrs = scanAttributes(node.attrs)
    const results = [...toTensors(attrs.body)].map(([name, tensor], i) => ({
      name,
      tensor: i < attrs.carries && isOtherCarry(tensor, i, attrs.carries) ? build.identity(tensor) : tensor,
    }))
    return outputsOf({ ...node, attrs: { ...attrs, body: toGraph(results) } })
  })
