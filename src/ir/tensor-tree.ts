/** Trees whose leaves are tensors. */
import type { PathLeaf } from '../tree/tree.js'
import { fill, flatten, leaves, mapLeaves } from '../tree/tree.js'
import type { Tensor } from './tensor.js'

/** What functions on functions accept and give back: tensors in lists and records of any depth. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree }

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'node' in value && 'output' in value && 'dtype' in value

export const tensorsOf = (tree: unknown): readonly Tensor[] => leaves(isTensor, tree)
export const tensorPaths = (tree: unknown): readonly PathLeaf<Tensor>[] => flatten(isTensor, tree)

/** The same structure with other tensors, which the caller vouches to have the same types. */
export const mapTensors = <T>(tree: T, f: (tensor: Tensor, path: string) => Tensor): T =>
  mapLeaves(isTensor, tree, f) as T
export const withTensors = <T>(tree: T, tensors: readonly Tensor[]): T => fill(isTensor, tree, tensors) as T
