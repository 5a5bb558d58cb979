/** The sweep of reverse mode over an expression, through the vjp rules of a table of ops. */
import type { Node, Tensor } from '../ir/tensor.js'
import { topological } from '../ir/tensor.js'
import type { OpTable } from './build.js'
import type { Builder } from './builder.js'

/** Cotangents of a node's outputs gathered so far. */
type Gathered = (Tensor | null)[]

const pullNode = (
  ops: OpTable,
  b: Builder,
  node: Node,
  results: readonly Tensor[],
  gathered: Gathered,
): readonly (Tensor | null)[] => {
  const op = ops[node.op]
  if (op === undefined) throw new ReferenceError(`no op is named ${node.op}`)
  const cotangents = results.map((result, i) => gathered[i] ?? b.zerosLike(result))
  if (op.vjp !== 'expand')
    return op.vjp(b, { attrs: node.attrs, inputs: node.inputs, outputs: results, cotangents })
  if (op.kind !== 'composite') throw new TypeError(`${op.name} has nothing to expand`)
  const fresh = node.inputs.map(b.identity)
  return pullBack(ops, b, op.expand(b, node.attrs, fresh), cotangents, fresh)
}

/** Cotangents of `variables`, each an output of its own node, from cotangents of `results`. */
export const pullBack = (
  ops: OpTable,
  b: Builder,
  results: readonly Tensor[],
  cotangents: readonly Tensor[],
  variables: readonly Tensor[],
): readonly Tensor[] => {
  const stops = new Set(variables.map((variable) => variable.node))
  const order = topological(results, stops)
  const active = new Set<Node>(stops)
  for (const node of order) if (node.inputs.some((input) => active.has(input.node))) active.add(node)

  const gathered = new Map<Node, Gathered>()
  const gather = (tensor: Tensor, cotangent: Tensor): void => {
    if (tensor.dtype !== 'f32' || !active.has(tensor.node)) return
    const all = gathered.get(tensor.node) ?? []
    const sofar = all[tensor.output] ?? null
    all[tensor.output] = sofar === null ? cotangent : b.add(sofar, cotangent)
    gathered.set(tensor.node, all)
  }
  results.forEach((result, i) => {
    const cotangent = cotangents[i]
    if (cotangent !== undefined) gather(result, cotangent)
  })
  for (const node of order.toReversed()) {
    const all = gathered.get(node)
    if (all === undefined || stops.has(node)) continue
    const outputs = node.outputs.map((type, output): Tensor => ({ ...type, node, output }))
    pullNode(ops, b, node, outputs, all).forEach((cotangent, i) => {
      const input = node.inputs[i]
      if (cotangent !== null && input !== undefined) gather(input, cotangent)
    })
  }
  return variables.map((variable) => gathered.get(variable.node)?.[variable.output] ?? b.zerosLike(variable))
}
