/**
 * Legalise: Graph → Graph, for what kernels do badly. A guarded read inside a reduction is a branch at every
 * turn, so a convolution's border is stored once instead; and a concat of many parts becomes concats of few,
 * because a kernel reads few buffers.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Graph } from '../ir/graph.js'
import { rewriteGraph } from '../ir/graph.js'
import type { Node, Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { convolutionOp } from '../op/linear/convolution.js'
import { slidesOf, slidingBy } from '../shape/convolution.js'
import type { Width } from '../shape/pad.js'
import type { Slide } from '../shape/slide.js'
import type { Capabilities } from './capabilities.js'

/** Parts one concat kernel takes; every target reads at least seven buffers. */
const PARTS = 6

/** The zeros of x to store before and after an axis, counted in elements of x, and the slide that is left. */
const storedAlong = (slide: Slide): { readonly stored: Width; readonly left: Slide } => {
  const step = slide.inputDilation
  // Between dilated elements a crop cannot be stored.
  const stored =
    step === 1 ? slide.padding : slide.padding.map((count) => Math.ceil(Math.max(count, 0) / step))
  const [before = 0, after = 0] = stored
  const left: Width = [slide.padding[0] - before * step, slide.padding[1] - after * step]
  return { stored: [before, after], left: { ...slide, padding: left } }
}

/** convolution(x, padding) = convolution(pad(x), no padding) */
const storeBorder = (node: Node): Tensor | null => {
  const [x, kernel] = node.inputs
  if (node.op !== 'convolution' || x === undefined || kernel === undefined) return null
  const decoded = convolutionOp.attrs.decode(node.attrs)
  // No elements span no length: there is nothing to put zeros beside.
  if (E.isLeft(decoded) || x.shape.includes(0)) return null
  const axes = slidesOf(decoded.right).map(storedAlong)
  if (axes.every(({ stored: [before, after] }) => before === 0 && after === 0)) return null
  const padded = build.pad(x, [[0, 0], ...axes.map(({ stored }) => stored), [0, 0]])
  const slides = axes.map(({ left }) => left)
  return build.convolution(slidingBy(slides, decoded.right.groups), padded, kernel)
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

/** A concat whose parts lie one after another in memory, so that copies make it. */
const isInARow = ({ attrs, outputs }: Node): boolean =>
  outputs[0]?.shape.slice(0, Number(attrs['axis'])).every((size) => size === 1) === true

/** A concat of more parts than a kernel reads, as a tree of concats. */
const splitConcat = (node: Node, stacks: boolean): Tensor | null =>
  node.op === 'concat' && node.inputs.length > PARTS && !(stacks && isInARow(node))
    ? concatTree(node.inputs, Number(node.attrs['axis']))
    : null

/** Σ x² of a vector, or null. */
const squareSummed = (node: Node): Tensor | null => {
  const [product] = node.inputs
  if (node.op !== 'sum' || product?.node.op !== 'mul' || node.outputs[0]?.shape.length !== 0) return null
  const [x, y] = product.node.inputs
  return x !== undefined && x === y && x.shape.length === 1 ? x : null
}

const partsOf = (x: Tensor): readonly Tensor[] =>
  x.node.op === 'concat' ? x.node.inputs.flatMap(partsOf) : [x]

const sumOfSquares = (x: Tensor, axes: readonly number[]): Tensor => build.sum(build.mul(x, x), axes)

/** Columns a long sum is taken in. */
const COLUMNS = 1024

/**
 * The sum of the squares of many parts. Where parts are not copied together, it is the sum of the sums of each; where
 * they are, it is taken in columns, since one thread alone would turn for long.
 */
const splitSquares = (node: Node, stacks: boolean): Tensor | null => {
  const x = squareSummed(node)
  if (x?.node.op !== 'concat') return null
  const [length] = x.shape
  if (!stacks || typeof length !== 'number')
    return partsOf(x)
      .map((part) => sumOfSquares(part, [0]))
      .reduce(build.add, build.constant(0))
  if (length < COLUMNS * 16) return null
  const rows = Math.ceil(length / COLUMNS)
  const padded = build.pad(x, [[0, rows * COLUMNS - length]])
  return build.sum(sumOfSquares(build.reshape(padded, [rows, COLUMNS]), [0]), [0])
}

/** For a target that copies alike small values together (`stacks`), or for one that does not. */
export const legaliseFor =
  ({ stacks = false, guardsLoops = false }: Pick<Capabilities, 'stacks' | 'guardsLoops'>) =>
  (graph: Graph): Graph =>
    rewriteGraph(graph, (node) => {
      const border = guardsLoops ? null : storeBorder(node)
      const better = border ?? splitConcat(node, stacks) ?? splitSquares(node, stacks)
      return better === null ? outputsOf(node) : [better]
    })

export const legalise = legaliseFor({})
