/**
 * Trim loops: Graph → Graph. A loop loses the stacks nobody reads, such as states saved for a gradient that was not
 * taken; the carries that then make no difference; and the operands its body does not read. What the body computes
 * of captured operands alone, as expanding has brought to light, moves out; what is captured twice is one operand,
 * and a repeated number is none.
 */
import type { Graph } from '../ir/graph.js'
import { rewriteGraph } from '../ir/graph.js'
import { closureOf, inlineGraph, variableAt } from '../ir/nested.js'
import type { Node, Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import type { ScanAttributes } from '../op/control/loop.js'
import { isMadeInside, sliceType, splatOf } from '../op/control/loop.js'
import { build } from '../op/index.js'
import { scanAttributes } from './loop-plan.js'

/** Positions of the inputs that these results of a closed graph depend on. */
const readsOfResults = (body: Graph, results: readonly number[]): ReadonlySet<number> => {
  const needed = new Set(results.flatMap((i) => body.outputs[i]?.ref.node ?? []))
  const positions = new Set<number>()
  for (const [id, node] of [...body.nodes.entries()].toReversed()) {
    if (!needed.has(id)) continue
    if (node.op === 'input') positions.add(Number(node.attrs['name']))
    node.inputs.forEach((ref) => needed.add(ref.node))
  }
  return positions
}

interface Kept {
  /** Results of the body, carries first, by their numbers. */
  readonly results: readonly number[]
  /** Operands, by their numbers. */
  readonly operands: readonly number[]
}

const whatCounts = ({ body, carries }: ScanAttributes, count: number, used: ReadonlySet<number>): Kept => {
  let results: readonly number[] = body.outputs.map((_, i) => i).filter((i) => used.has(i))
  for (;;) {
    const reads = readsOfResults(body, results)
    const live = body.outputs
      .map((_, i) => i)
      .filter((i) => results.includes(i) || (i < carries && reads.has(i)))
    if (live.length > results.length) {
      results = live
      continue
    }
    const operands = Array.from({ length: count }, (_, i) => i).filter((i) =>
      i < carries ? live.includes(i) : reads.has(i),
    )
    return { results: live, operands }
  }
}

/** The loop without what does not count, or null where everything does. */
const trimmed = (node: Node, used: ReadonlySet<number>): readonly Tensor[] | null => {
  const attrs = scanAttributes(node.attrs)
  const { carries, sequences } = attrs
  const kept = whatCounts(attrs, node.inputs.length, used)
  const isSequence = (i: number): boolean => i >= carries && i < carries + sequences
  const splatAt = (i: number): number | null => {
    const x = node.inputs[i]
    return x !== undefined && isSequence(i) ? splatOf(x) : null
  }
  const moving = kept.operands.filter((i) => i < carries + sequences && splatAt(i) === null)
  const variables = node.inputs.slice(0, carries + sequences).map((x, i): Tensor => {
    const type = isSequence(i) ? sliceType(x) : x
    const splat = splatAt(i)
    // What is not read may have any place: nothing that is kept depends on it.
    return splat === null
      ? variableAt(Math.max(moving.indexOf(i), 0), type)
      : build.constant(splat, type.shape, type.dtype)
  })
  const all = inlineGraph(attrs.body, [...variables, ...node.inputs.slice(carries + sequences)])
  const { body, captured } = closureOf(
    moving.flatMap((i) => variables[i] ?? []),
    kept.results.flatMap((i) => all[i] ?? []),
    isMadeInside,
  )
  const operands = [...moving.flatMap((i) => node.inputs[i] ?? []), ...captured]
  const isSame =
    operands.length === node.inputs.length &&
    body.outputs.length === node.outputs.length &&
    body.nodes.length === attrs.body.nodes.length
  if (isSame) return null
  const results = build.scan(
    {
      ...attrs,
      // A loop inside may have lost readers.
      body: trimLoops(body),
      carries: kept.results.filter((i) => i < carries).length,
      sequences: moving.filter(isSequence).length,
    },
    operands,
  )
  return node.outputs.map(
    (type, i) => results[kept.results.indexOf(i)] ?? build.constant(0, type.shape, type.dtype),
  )
}

/** Which results of each node are read, by nodes or as results of the graph. */
const usedResults = (graph: Graph): readonly ReadonlySet<number>[] => {
  const used = graph.nodes.map(() => new Set<number>())
  const refs = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ ref }) => ref)]
  for (const { node, output } of refs) used[node]?.add(output)
  return used
}

export const trimLoops = (graph: Graph): Graph => {
  if (!graph.nodes.some(({ op }) => op === 'scan')) return graph
  const used = usedResults(graph)
  const state = { changed: false, next: 0 }
  const after = rewriteGraph(graph, (node) => {
    const reads = used[state.next++] ?? new Set()
    const better = node.op === 'scan' ? trimmed(node, reads) : null
    if (better !== null) state.changed = true
    return better ?? outputsOf(node)
  })
  // A loop that reads less may leave others without readers.
  return state.changed ? trimLoops(after) : after
}
