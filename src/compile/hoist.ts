/**
 * Hoist: Graph → Graph + Graph. What depends on constants alone is the same in every run: the filters of a network whose
 * trained parameters are constants. A prelude computes it once, on the device that runs the rest.
 */
import type { Graph, Ref } from '../ir/graph.js'
import { rewriteGraph, toGraph } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { ops } from '../op/index.js'
import { fromArray } from '../op/leaf/constant.js'
import { sizeOf } from '../shape/dim.js'
import { keyOf } from './definition.js'

/** Operations an element must take to be worth holding; less is done again where it is read, for less than a read. */
const WORTH = 16

export interface Hoisted {
  /** A graph without inputs; its results are what is held. */
  readonly prelude: Graph
  /** The rest, given the held values by the names of the prelude's results. */
  readonly rest: (held: ReadonlyMap<string, Float32Array | Float64Array>) => Graph
}

/** Operations of a whole node. */
const flopsOf = (graph: Graph, id: number): number => {
  const node = graph.nodes[id]
  if (node === undefined) return 0
  const operands = node.inputs.flatMap((ref) => graph.nodes[ref.node]?.outputs[ref.output] ?? [])
  return ops[node.op]?.cost(node.attrs, operands, node.outputs).flops ?? 0
}

/** The constant values of a graph that are costly and read by what is not constant. */
const heldBy = (graph: Graph): readonly Ref[] => {
  const isConstant: boolean[] = []
  const isCostly: boolean[] = []
  graph.nodes.forEach((node, id) => {
    const constant = node.op !== 'input' && node.inputs.every((ref) => isConstant[ref.node])
    const elements = node.outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    isConstant.push(constant)
    isCostly.push(
      constant &&
        (node.inputs.some((ref) => isCostly[ref.node]) ||
          flopsOf(graph, id) >= WORTH * Math.max(elements, 1)),
    )
  })
  /** Below views, so that what they repeat or reorder is not stored as often. */
  const underViews = (ref: Ref): Ref => {
    const node = graph.nodes[ref.node]
    const [operand] = node?.inputs ?? []
    const lower = ops[node?.op ?? '']?.lower
    return operand !== undefined && node?.inputs.length === 1 && lower?.skeleton === 'view'
      ? underViews(operand)
      : ref
  }
  const reads = [
    ...graph.nodes.flatMap((node, id) => (isConstant[id] === true ? [] : node.inputs)),
    ...graph.outputs.map(({ ref }) => ref),
  ]
  const held = reads.filter((ref) => isCostly[ref.node]).map(underViews)
  return [...new Map(held.map((ref) => [keyOf(ref), ref])).values()]
}

/** The two parts of a graph all of whose axes have sizes; null where nothing is worth holding. */
export const hoist = (graph: Graph): Hoisted | null => {
  const held = heldBy(graph)
  if (held.length === 0) return null
  const names = new Map(held.map((ref) => [keyOf(ref), `held ${keyOf(ref)}`]))
  const collected = new Map<string, Tensor>()
  const replace = (of: (name: string, tensor: Tensor) => Tensor): Graph => {
    let id = -1
    return rewriteGraph(graph, (node) => {
      id += 1
      return outputsOf(node).map((tensor, output) => {
        const name = names.get(keyOf({ node: id, output }))
        return name === undefined ? tensor : of(name, tensor)
      })
    })
  }
  replace((name, tensor) => {
    collected.set(name, tensor)
    return tensor
  })
  return {
    prelude: toGraph([...collected].map(([name, tensor]) => ({ name, tensor }))),
    rest: (values) =>
      replace((name, tensor) => fromArray(values.get(name) ?? [], tensor.shape, tensor.dtype)),
  }
}
