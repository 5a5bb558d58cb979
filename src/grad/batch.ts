/**
 * Mapping over a new axis: `vmap`, through each op's batch rule (src/op/map-over.ts). A map costs no loop; it widens
 * every op once.
 */
import { fail, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { inputTensor } from '../ir/tensor.js'
import { tensorPaths, tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { printType } from '../shape/dim.js'
import type { DType, Dim, Shape } from '../shape/dim.js'
import { fromFront } from '../shape/permute.js'

/** `results` for all places of a new first axis at once; see `Builder.mapOver`. */
export const batchResults = build.mapOver

/** The shape with an axis of size B put at place `Axis`, counted from 0; any shape where S or `Axis` is not known. */
type WithAxis<
  S extends Shape,
  Axis extends number,
  B extends Dim,
  Before extends Shape = readonly [],
> = number extends Axis
  ? Shape
  : Shape extends S
    ? Shape
    : Before['length'] extends Axis
      ? readonly [...Before, B, ...S]
      : S extends readonly [infer First extends Dim, ...infer Rest extends Shape]
        ? WithAxis<Rest, Axis, B, readonly [...Before, First]>
        : Shape

/** The tree with an axis of size B put at place `Axis` of each of its tensors; null leaves it as it is. */
export type Stacked<T, B extends Dim, Axis extends number | null = 0> = Axis extends number
  ? T extends Tensor<infer S extends Shape, infer D extends DType>
    ? Tensor<WithAxis<S, Axis, B>, D>
    : T extends object
      ? { readonly [K in keyof T]: Stacked<T[K], B, Axis> }
      : T
  : T

/** The mapped axis of each argument, 0 for those not listed; null for an argument that is the same for all. */
export type InAxes = readonly (number | null)[]

type AxisAt<In extends InAxes, I> = I extends keyof In ? (In[I] extends number | null ? In[I] : 0) : 0

type StackedArguments<X extends readonly unknown[], B extends Dim, In extends InAxes> = {
  readonly [I in keyof X]: Stacked<X[I], B, AxisAt<In, I>>
}

export interface VmapOptions<In extends InAxes, Out extends number> {
  /**
   * The mapped axis of each argument, which may count from the end (its place is then not in the type); null for one
   * that is not mapped. 0 for all unless stated.
   */
  readonly in?: In
  /** Where the axis stands in the results, -1 for the end; 0 unless stated. */
  readonly out?: Out
}

const refuse = (expected: string, found: string, hint: string): never =>
  fail(shapeError({ where: 'vmap', expected, found, hint }))

/** The one size of the mapped axis. */
const sharedSize = (mapped: readonly { readonly path: string; readonly size: Dim }[]): Dim => {
  const [first] = mapped
  if (first === undefined)
    return refuse('a tensor to map over', 'none', 'give an argument whose axis in `in` is not null')
  const other = mapped.find(({ size }) => size !== first.size)
  return other === undefined
    ? first.size
    : refuse(
        'one size of the mapped axis in all arguments',
        `${first.size} at ${first.path} and ${other.size} at ${other.path}`,
        'an argument that is the same for all has null in `in`',
      )
}

/**
 * f applied to each place along an axis of its arguments, trees of tensors, all at once: `vmap(f)(xs)` stacks what
 * f gives for each row of xs, and `vmap(f, { in: [0, null] })(xs, w)` maps over xs alone. Composes with grad, jvp
 * and itself. As `vmap` in JAX.
 * @throws TraceFailure with a ShapeError where an argument lacks the axis, or sizes along it differ.
 */
export const vmap =
  <X extends readonly unknown[], Y, const In extends InAxes = readonly [], const Out extends number = 0>(
    f: (...args: X) => Y,
    options: VmapOptions<In, Out> = {},
  ) =>
  <const B extends Dim>(...args: StackedArguments<X, B, In>): Stacked<Y, B, Out> => {
    const axes = args.map((_, i) => {
      const axis = options.in?.[i]
      return axis === undefined ? 0 : axis
    })
    const places: { readonly path: string; readonly size: Dim }[] = []
    const stacked: Tensor[] = []
    const variables: Tensor[] = []
    const examples = args.map((arg, i) => {
      const axis = axes[i] ?? null
      if (axis === null) return arg
      const leaves = tensorPaths(arg).map(({ leaf, path }) => {
        const front = fromFront(axis, leaf.shape.length)
        const size = leaf.shape[front]
        const place = `argument ${i}${path === '' ? '' : `.${path}`}`
        if (size === undefined)
          return refuse(
            `an axis ${axis} to map over`,
            `${printType(leaf)} at ${place}`,
            'axes count from 0, or from -1 at the end',
          )
        places.push({ path: place, size })
        stacked.push(build.moveAxis(leaf, front, 0))
        const variable = inputTensor(place, leaf.shape.toSpliced(front, 1), leaf.dtype)
        variables.push(variable)
        return variable
      })
      return withTensors<unknown>(arg, leaves)
    })
    const size = sharedSize(places)
    // The arguments of one example have the types that f states: the check of sizes above is what is left to run time.
    const value = f(...(examples as readonly unknown[] as X))
    const results = batchResults(tensorsOf(value), variables, stacked, size)
    const out = options.out ?? 0
    const moved = results.map((result) => {
      const place = fromFront(out, result.shape.length)
      return place >= 0 && place < result.shape.length
        ? build.moveAxis(result, 0, place)
        : refuse(`a result with a place ${out} for the mapped axis`, printType(result), 'lower `out`')
    })
    return withTensors<unknown>(value, moved) as Stacked<Y, B, Out>
  }
