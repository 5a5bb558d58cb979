/**
 * Legalise: Graph → Graph, for what kernels do badly. A guarded read inside a reduction is a branch at every
 * turn, so a convolution's border is stored once instead; and a concat of many parts becomes concats of few,
 * because a kernel reads few buffers.
 */
import type { Graph } from '../ir/graph.js'
import { rewriteGraph } from '../ir/graph.js'
import type { Node, Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { build } from '../op/index.js'

/** Parts one concat kernel takes; every target reads at least seven buffers. */
const PARTS = 6

type Widths = readonly (readonly [before: number, after: number])[]

const widthsOf = (node: Node): Widths => {
  const { padding } = node.attrs
  if (!Array.isArray(padding)) return []
  return padding.map((width: unknown) =>
    Array.isArray(width) ? [Number(width[0]), Number(width[1])] : [0, 0],
  )
}

/** convolution(x, padding) = convolution(pad(x), no padding) */
const storeBorder = (node: Node): Tensor | null => {
  const [x, kernel] = node.inputs
  const widths = widthsOf(node)
  if (node.op !== 'convolution' || x === undefined || kernel === undefined) return null
  if (widths.every(([before, after]) => before === 0 && after === 0)) return null
  const padded = build.pad(x, [[0, 0], ...widths, [0, 0]])
  return build.convolution(
    { padding: widths.map(() => [0, 0] as const), groups: Number(node.attrs['groups']) },
    padded,
    kernel,
  )
}

const concatTree = (parts: readonly Tensor[], axis: number): Tensor => {
  if (parts.length <= PARTS) return build.concat(parts, axis)
  const groups = Array.from({ length: Math.ceil(parts.length / PARTS) }, (_, i) =>
    parts.slice(i * PARTS, (i + 1) * PARTS),
  )
  return concatTree(
    groups.map((group) =>
      group.length === 1 ? (group[0] ?? build.concat(group, axis)) : build.concat(group, axis),
    ),
    axis,
  )
}

/** A concat of more parts than a kernel reads, as a tree of concats. */
const splitConcat = (node: Node): Tensor | null =>
  node.op === 'concat' && node.inputs.length > PARTS
    ? concatTree(node.inputs, Number(node.attrs['axis']))
    : null

export const legalise = (graph: Graph): Graph =>
  rewriteGraph(graph, (node) => {
    const better = storeBorder(node) ?? splitConcat(node)
    return better === null ? outputsOf(node) : [better]
  })
