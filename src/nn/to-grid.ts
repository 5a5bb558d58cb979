/** Trained parameters of a model taken to the same model on another grid: another resolution or aspect. */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { isTensor } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { interpolate } from '../op/linear/interpolate.js'
import type { Shape } from '../shape/dim.js'
import { printShape } from '../shape/dim.js'
import type { PathLeaf } from '../tree/tree.js'
import { flatten, mapLeaves } from '../tree/tree.js'
import type { Model } from './model.js'
import type { GridPlaces, ParameterSpec } from './parameter.js'
import { isParameter } from './parameter.js'

export interface ToGridOptions {
  /** 'linear' unless stated; vision transformers often use 'cubic' for their position vectors. */
  readonly method?: 'linear' | 'cubic'
}

interface Source {
  readonly spec: ParameterSpec
  readonly value: Tensor
}

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('.'), 0))

const sameShape = (a: Shape, b: Shape): boolean => printShape(a) === printShape(b)

/** `places` resized to `to`, any axes after them as they are. */
const resized = (
  value: Tensor,
  places: readonly number[],
  to: GridPlaces,
  { method = 'linear' }: ToGridOptions,
): Tensor => {
  const rest = value.shape.slice(places.length)
  const columns = rest.reduce<number>((product, size) => product * Number(size), 1)
  const flat = build.reshape(value, [...places, columns]) as Tensor<Shape, 'f32'>
  const sized = interpolate({ sizes: to.grid, method, alignCorners: to.align === 'ends' })(flat)
  return build.reshape(sized, [...to.grid, ...rest])
}

/** The values of a parameter at the places of another grid. */
const interpolated = (
  { spec, value }: Source,
  from: GridPlaces,
  to: GridPlaces,
  target: Shape,
  options: ToGridOptions,
): Tensor => {
  if (sameShape(spec.shape, target) && from.grid.join() === to.grid.join()) return value
  const { before = 0 } = from
  if (before === 0) return resized(value, from.grid, to, options)
  const [rows = 0, ...rest] = spec.shape
  const start = rest.map(() => 0)
  const first = build.slice(value, [0, ...start], [before, ...rest])
  const places = build.slice(value, [before, ...start], [rows, ...rest])
  const laid = resized(build.reshape(places, [...from.grid, ...rest]), from.grid, to, options)
  return build.concat([first, build.reshape(laid, [Number(target[0]) - before, ...rest])], 0)
}

const refuse = (path: string, expected: string, found: string, hint: string): never =>
  fail(optionError({ where: `toGrid: ${path}`, expected, found, hint }))

/** The parameter that the values of a target come from: of its name, or the table of the same axes beside it. */
const sourceOf = (
  sources: readonly (PathLeaf<ParameterSpec> & Source)[],
  { path, leaf }: PathLeaf<ParameterSpec>,
): Source => {
  const axes = leaf.places?.axes
  const found = sources.filter((source) =>
    axes === undefined
      ? source.path === path
      : parentOf(source.path) === parentOf(path) &&
        source.spec.places?.axes?.some((axis) => axes.includes(axis)) === true,
  )
  const [first] = found
  if (first === undefined)
    return refuse(
      path,
      'a parameter of the trained model',
      'none',
      'both must be the same model but for the grid',
    )
  return found.length === 1
    ? first
    : refuse(
        path,
        'one table of positions',
        found.map((source) => source.path).join(' and '),
        "axes whose lengths become equal need tables of their own: positions 'learned by axis'",
      )
}

/** Whether places of one parameter can become those of another: rows before them and axes after them agree. */
const convertible = (from: ParameterSpec, to: ParameterSpec): boolean => {
  if (from.places === undefined || to.places === undefined) return false
  const restOf = ({ shape, places }: ParameterSpec): Shape =>
    shape.slice((places?.before ?? 0) > 0 ? 1 : (places?.grid.length ?? 0))
  return (
    (from.places.before ?? 0) === (to.places.before ?? 0) &&
    from.places.grid.length === to.places.grid.length &&
    sameShape(restOf(from), restOf(to))
  )
}

/**
 * Parameters of `from` as parameters of `to`, the same model made for another grid (images of another size or
 * aspect, another patch count): what depends on places (tables of a filter's positions, position vectors, free
 * kernels) is interpolated, everything else is kept. Implicit filters are thereby evaluated on the new grid with the
 * same network; with learned positions their values at common points of t are the same. With fixed positions give
 * `to` the `referenceGrid` of `from` to the same end.
 *
 * A kernel is a function of t on [0, 1] of each axis, so on a finer grid it reaches as far in the image and has more
 * taps; their sum grows with their number.
 * @throws TraceFailure with an OptionError that names the parameter which has no counterpart.
 */
export const toGrid = <P, St, I, O, Q, R, X, Y>(
  from: Model<P, St, I, O>,
  to: Model<Q, R, X, Y>,
  params: P,
  options: ToGridOptions = {},
): Q => {
  const values = new Map(flatten(isTensor, params).map(({ path, leaf }) => [path, leaf]))
  const sources = flatten(isParameter, from.parameters).flatMap((entry) => {
    const value = values.get(entry.path)
    return value === undefined ? [] : [{ ...entry, spec: entry.leaf, value }]
  })
  return mapLeaves(isParameter, to.parameters, (leaf, path): Tensor => {
    const source = sourceOf(sources, { path, leaf })
    const [a, b] = [source.spec.places, leaf.places]
    if (a !== undefined && b !== undefined && convertible(source.spec, leaf))
      return interpolated(source, a, b, leaf.shape, options)
    return sameShape(source.spec.shape, leaf.shape)
      ? source.value
      : refuse(
          path,
          printShape(leaf.shape),
          printShape(source.spec.shape),
          'only places of a grid can be interpolated; the models must agree in everything else',
        )
  }) as Q
}
