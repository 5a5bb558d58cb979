/** Each output of each node as what makes it: a leaf, or a loop nest at concrete shapes. */
import { fail, shapeError } from '../error/error.js'
import type { Graph, GraphNode, Ref } from '../ir/graph.js'
import { ops } from '../op/index.js'
import type { LoopNest, SkeletonName } from '../op/def.js'
import type { DType, TensorType } from '../shape/dim.js'
import { concreteShape, printType, sizeOf } from '../shape/dim.js'
import type { ValueOrigin } from './plan.js'

export interface Definition {
  readonly key: string
  readonly op: string
  readonly node: GraphNode
  /** The node's position in the graph. */
  readonly nodeId: number
  readonly skeleton: SkeletonName | 'leaf' | 'loop'
  /** Arithmetic of the whole value, as the op's record counts it. */
  readonly flops: number
  /** null exactly where no kernel makes it: leaves and results of loops. */
  readonly nest: LoopNest | null
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly inputs: readonly Ref[]
  /** Made by no kernel of its own: always read, never computed in place. */
  readonly isLeaf: boolean
  /** The one number all elements of a constant have, if they do. */
  readonly splat: number | null
}

export const keyOf = (ref: Ref): string => `${ref.node}.${ref.output}`

/** The sizes of a type, all of which must be bound by now. */
const sizesOf = (type: TensorType): readonly number[] =>
  concreteShape(type.shape) ??
  fail(
    shapeError({
      where: 'compile',
      expected: 'a size for every axis',
      found: printType(type),
      hint: 'bind the named axes by compiling for inputs of known shape',
    }),
  )

/** The nest of an op some of whose operands are not read: the others are numbered anew. */
const readingOnly = (nest: LoopNest, reads: readonly number[]): LoopNest => ({
  ...nest,
  body: (scope) => nest.body({ ...scope, read: (input, at) => scope.read(reads.indexOf(input), at) }),
})

const define = (graph: Graph, node: GraphNode, ref: Ref, type: TensorType): Definition => {
  const op = ops[node.op]
  const lower = op?.lower
  if (op === undefined || lower === undefined)
    throw new TypeError(`${node.op} has no loop nest and was not expanded`)
  const operands = node.inputs.map((input) => {
    const operand = graph.nodes[input.node]?.outputs[input.output]
    if (operand === undefined) throw new RangeError(`no value %${keyOf(input)}`)
    return operand
  })
  const values = node.op === 'constant' ? node.attrs['values'] : undefined
  const nest =
    'nest' in lower
      ? lower.nest(node.attrs, operands.map(sizesOf), node.outputs.map(sizesOf), ref.output)
      : null
  const reads = 'nest' in lower ? lower.reads?.(ref.output) : undefined
  return {
    key: keyOf(ref),
    op: node.op,
    node,
    nodeId: ref.node,
    skeleton: lower.skeleton,
    flops: op.cost(node.attrs, operands, node.outputs).flops,
    nest: nest === null || reads === undefined ? nest : readingOnly(nest, reads),
    shape: sizesOf(type),
    dtype: type.dtype,
    inputs: reads === undefined ? node.inputs : reads.flatMap((i) => node.inputs[i] ?? []),
    isLeaf: !('nest' in lower),
    splat: typeof values === 'number' ? values : null,
  }
}

/** All definitions by key, in the order of the nodes. */
export const defineAll = (graph: Graph): ReadonlyMap<string, Definition> =>
  new Map(
    graph.nodes.flatMap((node, id) =>
      node.outputs.map((type, output): readonly [string, Definition] => {
        const ref = { node: id, output }
        return [keyOf(ref), define(graph, node, ref, type)]
      }),
    ),
  )

/** Where a stored value comes from. */
export const leafOrigin = ({ op, node, shape, skeleton }: Definition): ValueOrigin => {
  const { name, values } = node.attrs
  if (op === 'input' && typeof name === 'string') return { kind: 'input', name }
  if (skeleton === 'loop') return { kind: 'loop' }
  if (op !== 'constant') return { kind: 'kernel' }
  if (typeof values === 'number')
    return { kind: 'constant', data: new Float32Array(sizeOf(shape)).fill(values) }
  if (values instanceof Float32Array || values instanceof Float64Array)
    return { kind: 'constant', data: Float32Array.from(values) }
  throw new TypeError('a constant holds numbers')
}
