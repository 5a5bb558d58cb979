/** Expanding composites: to what a target or the interpreter cannot do whole. */
import type { Graph } from '../ir/graph.js'
import { rewriteGraph } from '../ir/graph.js'
import type { Attributes, Tensor } from '../ir/tensor.js'
import { outputsOf, topological } from '../ir/tensor.js'
import type { TensorType } from '../shape/dim.js'
import type { Builder } from './builder.js'
import type { OpTable } from './build.js'
import type { Composite } from './def.js'

/** Says of one application of a composite whether it stays whole. */
export type Keep = (op: Composite, attrs: Attributes, inputs: readonly TensorType[]) => boolean

interface Manner {
  readonly keep: Keep
  /** Whether a composite's expansion by rows, where it says there is one, is taken. */
  readonly byRows: boolean
}

/** The tensors a composite stands for, themselves expanded where `keep` says no. */
const expandDeep = (
  ops: OpTable,
  b: Builder,
  manner: Manner,
  op: Composite,
  attrs: Attributes,
  inputs: readonly Tensor[],
): readonly Tensor[] => {
  const { keep, byRows } = manner
  const results = (byRows ? op.expandByRows?.(b, attrs, inputs) : null) ?? op.expand(b, attrs, inputs)
  const made = new Map<Tensor['node'], readonly Tensor[]>()
  const current = (tensor: Tensor): Tensor => made.get(tensor.node)?.[tensor.output] ?? tensor
  for (const node of topological(results, new Set(inputs.map((input) => input.node)))) {
    if (inputs.some((input) => input.node === node)) continue
    const inner = ops[node.op]
    const operands = node.inputs.map(current)
    made.set(
      node,
      inner?.kind === 'composite' && !keep(inner, node.attrs, operands)
        ? expandDeep(ops, b, manner, inner, node.attrs, operands)
        : outputsOf({ ...node, inputs: operands }),
    )
  }
  return results.map(current)
}

/** The graph with every composite expanded that `keep` does not hold back. */
export const expandComposites = (ops: OpTable, b: Builder, keep: Keep, graph: Graph, byRows = false): Graph =>
  rewriteGraph(graph, (node) => {
    const op = ops[node.op]
    return op?.kind === 'composite' && !keep(op, node.attrs, node.inputs)
      ? expandDeep(ops, b, { keep, byRows }, op, node.attrs, node.inputs)
      : outputsOf(node)
  })
