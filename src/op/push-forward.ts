/** The sweep of forward mode over an expression, through the jvp rules of a table of ops. */
import type { Node, Tensor } from '../ir/tensor.js'
import { topological } from '../ir/tensor.js'
import type { OpTable } from './build.js'
import type { Builder } from './builder.js'

const pushNode = (
  ops: OpTable,
  b: Builder,
  node: Node,
  tangents: readonly (Tensor | null)[],
): readonly (Tensor | null)[] => {
  const op = ops[node.op]
  if (op === undefined) throw new ReferenceError(`no op is named ${node.op}`)
  const outputs = node.outputs.map((type, output): Tensor => ({ ...type, node, output }))
  if (op.jvp !== 'expand') return op.jvp(b, { attrs: node.attrs, inputs: node.inputs, outputs, tangents })
  if (op.kind !== 'composite') throw new TypeError(`${op.name} has nothing to expand`)
  const fresh = node.inputs.map(b.identity)
  return pushForward(ops, b, op.expand(b, node.attrs, fresh), fresh, tangents)
}

/** Tangents of `results` from tangents of `variables`, each an output of its own node; null is zero. */
export const pushForward = (
  ops: OpTable,
  b: Builder,
  results: readonly Tensor[],
  variables: readonly Tensor[],
  tangents: readonly (Tensor | null)[],
): readonly (Tensor | null)[] => {
  const known = new Map<Node, readonly (Tensor | null)[]>()
  variables.forEach((variable, i) => known.set(variable.node, [tangents[i] ?? null]))
  const tangentOf = (tensor: Tensor): Tensor | null => known.get(tensor.node)?.[tensor.output] ?? null
  for (const node of topological(results, new Set(known.keys()))) {
    if (known.has(node)) continue
    const incoming = node.inputs.map((input) => (input.dtype === 'f32' ? tangentOf(input) : null))
    if (incoming.some((tangent) => tangent !== null)) known.set(node, pushNode(ops, b, node, incoming))
  }
  return results.map(tangentOf)
}
