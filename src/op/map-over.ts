/** Mapping an expression over a new axis, through the batch rules of a table of ops. */
import type { Node, Tensor } from '../ir/tensor.js'
import { topological } from '../ir/tensor.js'
import type { Dim } from '../shape/dim.js'
import type { OpTable } from './build.js'
import type { Builder } from './builder.js'

const mapNode = (
  ops: OpTable,
  b: Builder,
  node: Node,
  inputs: readonly Tensor[],
  isMapped: readonly boolean[],
  size: Dim,
): readonly Tensor[] => {
  const op = ops[node.op]
  if (op === undefined) throw new ReferenceError(`no op is named ${node.op}`)
  if (op.batch !== 'expand') return op.batch(b, { attrs: node.attrs, inputs, isMapped, size })
  if (op.kind !== 'composite') throw new TypeError(`${op.name} has nothing to expand`)
  const fresh = node.inputs.map(b.identity)
  const mapped = <T>(items: readonly T[]): readonly T[] => items.filter((_, i) => isMapped[i] === true)
  const expanded = op.expand(
    b,
    node.attrs,
    fresh.map((variable, i) => (isMapped[i] === true ? variable : (inputs[i] ?? variable))),
  )
  return mapOver(ops, b, expanded, mapped(fresh), mapped(inputs), size)
}

/**
 * `results` for all places of a new first axis at once, from `stacked`, which stand for `variables` at all
 * places; each variable is an output of its own node. A result that depends on none of them is repeated.
 */
export const mapOver = (
  ops: OpTable,
  b: Builder,
  results: readonly Tensor[],
  variables: readonly Tensor[],
  stacked: readonly Tensor[],
  size: Dim,
): readonly Tensor[] => {
  const known = new Map<Node, readonly Tensor[]>()
  variables.forEach((variable, i) => known.set(variable.node, stacked.slice(i, i + 1)))
  const mappedOf = (tensor: Tensor): Tensor | undefined => known.get(tensor.node)?.[tensor.output]
  for (const node of topological(results, new Set(known.keys()))) {
    if (known.has(node)) continue
    const mapped = node.inputs.map(mappedOf)
    if (mapped.every((tensor) => tensor === undefined)) continue
    const inputs = node.inputs.map((input, i) => mapped[i] ?? input)
    const isMapped = mapped.map((tensor) => tensor !== undefined)
    known.set(node, mapNode(ops, b, node, inputs, isMapped, size))
  }
  return results.map((result) => mappedOf(result) ?? b.broadcast(result, [size, ...result.shape]))
}
