/** Trace: from a function of tensors to the graph of its results. */
import type * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { attempt, fail, shapeError } from '../error/error.js'
import type { Graph } from '../ir/graph.js'
import { toGraph } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import { inputTensor } from '../ir/tensor.js'
import { mapTensors, tensorPaths } from '../ir/tensor-tree.js'
import type { Shape, TensorType } from '../shape/dim.js'
import { printType } from '../shape/dim.js'

/** Sizes of axes that the specification gives by name. */
export type Sizes = Readonly<Record<string, number>>

export interface TracedLeaf {
  /** Where the leaf stands: `0.params.head.weight` in the first argument, `result.loss` in the result. */
  readonly name: string
  readonly type: TensorType
}

export interface Traced<Out> {
  readonly graph: Graph
  readonly inputs: readonly TracedLeaf[]
  readonly outputs: readonly TracedLeaf[]
  /** The result's structure; its leaves are expressions of the inputs. */
  readonly result: Out
}

const bindShape = (where: string, shape: Shape, sizes: Sizes): Shape =>
  shape.map((dim) =>
    typeof dim === 'number'
      ? dim
      : (sizes[dim] ??
        fail(
          shapeError({
            where,
            expected: `a size for the axis '${dim}'`,
            found: Object.keys(sizes).length === 0 ? 'none' : `sizes of ${Object.keys(sizes).join(', ')}`,
            hint: `compile with { sizes: { ${dim}: 32 } }, or pass a specification of known shape`,
          }),
        )),
  )

/**
 * Refuses inputs that are no arguments: nobody would give them values. One comes in where a function lets a tensor
 * out that stands for something else, such as the slice that a step of `scan` is given.
 */
const requireArguments = (graph: Graph, inputs: readonly TracedLeaf[]): void => {
  const names = new Set(inputs.map(({ name }) => name))
  for (const { op, attrs, outputs } of graph.nodes) {
    const { name } = attrs
    if (op === 'input' && typeof name === 'string' && !names.has(name))
      fail(
        shapeError({
          where: 'trace',
          expected: 'a function of its arguments alone',
          found: `an input '${name}' of type ${outputs.map(printType).join()}`,
          hint: 'pass it as an argument; what a function given to scan or vmap receives is of use only inside it',
        }),
      )
  }
}

/** Names of results start with a word, names of arguments with a number, so none is both. */
const resultName = (path: string): string => (path === '' ? 'result' : `result.${path}`)

/**
 * Calls `f` once on placeholders of the shapes and dtypes of `specifications` (tensors of any kind: only
 * their types count) and returns its graph. A wrong shape inside f is a `Left`.
 */
export const trace =
  <Args extends readonly unknown[], Out>(f: (...args: Args) => Out, sizes: Sizes = {}) =>
  (...specifications: Args): E.Either<TensorError, Traced<Out>> =>
    attempt(() => {
      const inputs: TracedLeaf[] = []
      const placeholder = (leaf: Tensor, path: string): Tensor => {
        const shape = bindShape(`argument ${path}`, leaf.shape, sizes)
        inputs.push({ name: path, type: { shape, dtype: leaf.dtype } })
        return inputTensor(path, shape, leaf.dtype)
      }
      const result = f(...mapTensors(specifications, placeholder))
      const results = tensorPaths(result).map(({ path, leaf }) => ({ name: resultName(path), tensor: leaf }))
      const outputs = results.map(({ name, tensor }) => ({
        name,
        type: { shape: tensor.shape, dtype: tensor.dtype },
      }))
      const graph = toGraph(results)
      requireArguments(graph, inputs)
      return { graph, inputs, outputs, result }
    })

/** `0.weight: f32[2, 3]`, for messages and summaries. */
export const printLeaf = ({ name, type }: TracedLeaf): string =>
  `${name || 'the argument'}: ${printType(type)}`
