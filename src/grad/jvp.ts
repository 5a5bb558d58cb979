/** Forward mode: tangents carried along with values through each op's jvp rule. */
import type { Node, Tensor } from '../ir/tensor.js'
import { topological } from '../ir/tensor.js'
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build, ops } from '../op/index.js'
import type { Differentiable } from './differentiable.js'

const pushNode = (node: Node, tangents: readonly (Tensor | null)[]): readonly (Tensor | null)[] => {
  const op = ops[node.op]
  if (op === undefined) throw new ReferenceError(`no op is named ${node.op}`)
  const outputs = node.outputs.map((type, output): Tensor => ({ ...type, node, output }))
  if (op.jvp !== 'expand') return op.jvp(build, { attrs: node.attrs, inputs: node.inputs, outputs, tangents })
  if (op.kind !== 'composite') throw new TypeError(`${op.name} has nothing to expand`)
  const fresh = node.inputs.map(build.identity)
  return pushForward(op.expand(build, node.attrs, fresh), fresh, tangents)
}

/** Tangents of `results` from tangents of `variables`, each an output of its own node; null is zero. */
export const pushForward = (
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
    if (incoming.some((tangent) => tangent !== null)) known.set(node, pushNode(node, incoming))
  }
  return results.map(tangentOf)
}

export interface Pushforward<Y> {
  readonly value: Y
  readonly tangent: Y
}

/** The value of f at x and the derivative of f along `direction`, a tree like x. */
export const jvp =
  <X, Y>(f: ((x: X) => Y) & Differentiable<'jvp', X>) =>
  (x: X, direction: X): Pushforward<Y> => {
    const variables = tensorsOf(x).map(build.identity)
    const value = f(withTensors(x, variables))
    const results = tensorsOf(value)
    const tangents = pushForward(results, variables, tensorsOf(direction))
    return {
      value,
      tangent: withTensors(
        value,
        results.map((result, i) => tangents[i] ?? build.zerosLike(result)),
      ),
    }
  }
