/**
 * Specifications of parameters and of state: what a model has before it has values.
 *
 * A specification is a value. The same specification object at two places of a model is one parameter:
 * the place that comes first holds it, the other reads it there (see `tie`).
 */
import type { Tensor } from '../ir/tensor.js'
import type { DType, Shape } from '../shape/dim.js'
import { printShape } from '../shape/dim.js'
import { fail, optionError } from '../error/error.js'
import type { PathLeaf, Tree } from '../tree/tree.js'
import { flatten, mapLeaves } from '../tree/tree.js'
import type { Initialiser } from './initialiser.js'

/** Which part of a parameter is places of a grid, so that it can be interpolated to another grid. */
export interface GridPlaces {
  /** Sizes of the places: of the leading axes, or with `before` of the rows after it, which are in row-major order. */
  readonly grid: readonly number[]
  /** Rows of the first axis that are no places: a class token's. */
  readonly before?: number
  /** Which places correspond: first and last (t on [0, 1]), or centres of equal cells (patches of an image). */
  readonly align: 'ends' | 'centres'
  /** For a table that serves single axes of the grid: which. Its name then does not say where its values come from. */
  readonly axes?: readonly number[]
}

/** A tensor that a model learns or at least keeps, of dtype f32. */
export interface ParameterSpec<S extends Shape = Shape> {
  readonly leaf: 'parameter'
  readonly shape: S
  readonly init: Initialiser
  /** Whether the optimiser changes it. */
  readonly trainable: boolean
  /** Whether weight decay applies to it. */
  readonly decay: boolean
  /** Factor on the learning rate. */
  readonly rate: number
  /** Where it has places of a grid. */
  readonly places?: GridPlaces
}

/** A tensor that `apply` gives back changed: running statistics. */
export interface StateSpec<S extends Shape = Shape, D extends DType = DType> {
  readonly leaf: 'state'
  readonly shape: S
  readonly dtype: D
  /** The number it starts from, at every element. */
  readonly start: number
}

export type ParameterTree = Tree<ParameterSpec>
export type StateTree = Tree<StateSpec>

/** A layer without parameters, or without state. */
export type Empty = Readonly<Record<never, never>>

/** What a leaf layer declares: named specifications. Deeper trees arise where models are composed. */
export type Parameters = Readonly<Record<string, ParameterSpec>>
export type States = Readonly<Record<string, StateSpec>>

/** The values that specifications describe: tensors under the same names. */
export type ValuesOf<T> = {
  readonly [K in keyof T]: T[K] extends ParameterSpec<infer S>
    ? Tensor<S, 'f32'>
    : T[K] extends StateSpec<infer S, infer D>
      ? Tensor<S, D>
      : never
}

const requireSizes = (where: string, shape: Shape): void => {
  if (shape.every((dim) => typeof dim === 'number' && Number.isInteger(dim) && dim >= 0)) return
  fail(
    optionError({
      where,
      expected: 'a shape of whole numbers',
      found: printShape(shape),
      hint: 'only axes that no parameter depends on, such as the batch, may be names; give the others a size in model(shape)',
    }),
  )
}

/** One parameter. Unless stated it is trained, decayed, and learns at the common rate. */
export const parameter = <const S extends Shape>(spec: {
  readonly shape: S
  readonly init: Initialiser
  readonly trainable?: boolean
  readonly decay?: boolean
  readonly rate?: number
  readonly places?: GridPlaces
}): ParameterSpec<S> => {
  requireSizes('parameter', spec.shape)
  return { leaf: 'parameter', trainable: true, decay: true, rate: 1, ...spec }
}

/** One tensor of state, filled with `start` at first. */
export const stateValue = <const S extends Shape, D extends DType = 'f32'>(
  shape: S,
  start: number,
  dtype?: D,
): StateSpec<S, NoInfer<D>> => {
  requireSizes('stateValue', shape)
  return { leaf: 'state', shape, dtype: (dtype ?? 'f32') as D, start }
}

export const isParameter = (value: unknown): value is ParameterSpec =>
  typeof value === 'object' && value !== null && 'leaf' in value && value.leaf === 'parameter'

export const isState = (value: unknown): value is StateSpec =>
  typeof value === 'object' && value !== null && 'leaf' in value && value.leaf === 'state'

/** For each leaf that repeats an earlier specification: its path, and the path that holds the value. */
export const sharedPaths = (specs: ParameterTree): ReadonlyMap<string, string> => {
  const first = new Map<ParameterSpec, string>()
  const shared = new Map<string, string>()
  for (const { path, leaf } of flatten(isParameter, specs)) {
    const holder = first.get(leaf)
    if (holder === undefined) first.set(leaf, path)
    else shared.set(path, holder)
  }
  return shared
}

/** Every parameter once, with the path of the place that holds it. */
export const distinctParameters = (specs: ParameterTree): readonly PathLeaf<ParameterSpec>[] => {
  const shared = sharedPaths(specs)
  return flatten(isParameter, specs).filter(({ path }) => !shared.has(path))
}

/** Replaces what stands at the repeated places by the value at the place that holds it. */
export const tie = <P>(
  isLeaf: (value: unknown) => value is Tensor,
  shared: ReadonlyMap<string, string>,
  values: P,
): P => {
  if (shared.size === 0) return values
  const byPath = new Map(flatten(isLeaf, values).map(({ path, leaf }) => [path, leaf]))
  return mapLeaves(isLeaf, values, (leaf, path) => byPath.get(shared.get(path) ?? path) ?? leaf) as P
}
