/**
 * A tensor is an immutable expression: the op that makes it, its attributes and its operands.
 *
 * Nothing is computed when a combinator is called, and no ambient state records the call: a traced
 * function simply returns an expression, and `Graph` (graph.ts) is the linear form of that expression.
 */
import type { DType, Shape, TensorType } from '../shape/dim.js'

/** Values an op's attributes may hold: JSON, and typed arrays for the data of constants. */
export type Attribute =
  | string
  | number
  | boolean
  | null
  | Float32Array
  | Float64Array
  | readonly Attribute[]
  | { readonly [name: string]: Attribute }

export type Attributes = { readonly [name: string]: Attribute }

/** One application of an op. It has as many outputs as `outputs` has types. */
export interface Node {
  readonly op: string
  readonly attrs: Attributes
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly TensorType[]
}

/**
 * One output of a node, with its shape and dtype in the type. `Tensor<[2, 3]>` is of dtype f32; `Tensor` alone is
 * any tensor.
 */
export interface Tensor<
  S extends Shape = Shape,
  D extends DType = Shape extends S ? DType : 'f32',
> extends TensorType {
  readonly shape: S
  readonly dtype: D
  readonly node: Node
  readonly output: number
}

/** The outputs of a node as tensors. */
export const outputsOf = (node: Node): readonly Tensor[] =>
  node.outputs.map((type, output) => ({ shape: type.shape, dtype: type.dtype, node, output }))

/** A placeholder that is bound when the compiled function is called. Two inputs of one name are one input. */
export const inputTensor = <const S extends Shape, D extends DType>(
  name: string,
  shape: S,
  dtype: D,
): Tensor<S, D> => ({
  shape,
  dtype,
  node: { op: 'input', attrs: { name }, inputs: [], outputs: [{ shape, dtype }] },
  output: 0,
})

/**
 * Every node that `roots` depend on, operands before users; the search does not pass below the nodes in
 * `stops`, which are included. Iterative: graphs may be thousands of nodes deep.
 */
export const topological = (
  roots: readonly Tensor[],
  stops: ReadonlySet<Node> = new Set(),
): readonly Node[] => {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { readonly node: Node; next: number }[] = []
  const visit = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    stack.push({ node, next: 0 })
  }
  for (const root of roots) {
    visit(root.node)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const operand = stops.has(top.node) ? undefined : top.node.inputs[top.next++]
      if (operand !== undefined) visit(operand.node)
      else order.push(...stack.splice(-1).map((entry) => entry.node))
    }
  }
  return order
}
