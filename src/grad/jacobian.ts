/** Whole Jacobians and Hessians: a derivative along every direction at once, mapped over the directions. */
import { fail, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { isTensor, tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { concreteShape, printType, sizeOf } from '../shape/dim.js'
import { mapLeaves } from '../tree/tree.js'
import { batchResults } from './batch.js'
import { requireFloat } from './arguments.js'
import type { Differentiable, GivesNumber } from './differentiable.js'
import { pushForward } from './jvp.js'
import { gradientOf, pullBack } from './vjp.js'

/** For each tensor of X, the derivatives by it of a tensor with the axes of S: S first, then its own. */
type By<S extends Shape, X> =
  X extends Tensor<infer Own extends Shape>
    ? Tensor<readonly [...S, ...Own], 'f32'>
    : { readonly [K in keyof X]: By<S, X[K]> }

/** The tree of Y with, in the place of each tensor [...T], a tree of X with tensors [...T, ...S]. */
export type JacobianOf<X, Y> =
  Y extends Tensor<infer S extends Shape> ? By<S, X> : { readonly [K in keyof Y]: JacobianOf<X, Y[K]> }

export interface JacobianOptions {
  /** A reverse sweep an element of the value (the default), or a forward one an element of the argument. */
  readonly mode?: 'reverse' | 'forward'
}

const concrete = (x: Tensor): readonly number[] =>
  concreteShape(x.shape) ??
  fail(
    shapeError({
      where: 'jacobian',
      expected: 'a size for every axis',
      found: printType(x),
      hint: 'a Jacobian has as many directions as there are elements, so their number must be known',
    }),
  )

/** The unit directions of a tensor, stacked: [n, ...shape], with n the number of its elements. */
const units = (x: Tensor): Tensor => {
  const shape = concrete(x)
  const n = sizeOf(shape)
  const place = (axis: number): Tensor => build.iota([n, n], axis)
  return build.reshape(build.toFloat(build.equal(place(0), place(1))), [n, ...shape])
}

/** d results / d variables, [...result, ...variable]: one sweep for each element of the result. */
const byReverse = (results: readonly Tensor[], variables: readonly Tensor[]) =>
  results.map((result) => {
    const cotangent = build.identity(build.zerosLike(result))
    const directions = units(result)
    const pulled = pullBack([result], [cotangent], variables)
    return batchResults(pulled, [cotangent], [directions], directions.shape[0] ?? 0).map((rows, i) =>
      build.reshape(rows, [...result.shape, ...(variables[i]?.shape ?? [])]),
    )
  })

/** The same, one sweep for each element of the variable; rows come out last and are brought behind the result. */
const byForward = (results: readonly Tensor[], variables: readonly Tensor[]) => {
  const columns = variables.map((variable) => {
    const tangent = build.identity(build.zerosLike(variable))
    const directions = units(variable)
    const pushed = pushForward(
      results,
      variables,
      variables.map((other) => (other === variable ? tangent : null)),
    ).map((column, i) => column ?? build.zerosLike(results[i] ?? variable))
    return batchResults(pushed, [tangent], [directions], directions.shape[0] ?? 0).map((stacked) => {
      const rank = stacked.shape.length
      const last = build.permute(stacked, [...Array.from({ length: rank - 1 }, (_, axis) => axis + 1), 0])
      return build.reshape(last, [...last.shape.slice(0, -1), ...variable.shape])
    })
  })
  return results.map((_, i) => columns.flatMap((column) => column[i] ?? []))
}

/** The rows of a Jacobian as a tree of Y whose leaves are trees of X. */
const asTree = <X, Y>(value: Y, x: X, rows: readonly (readonly Tensor[])[]): JacobianOf<X, Y> => {
  const next = rows.values()
  // Filling both structures with tensors of these shapes is what JacobianOf says.
  return mapLeaves(isTensor, value, () => withTensors(x, next.next().value ?? [])) as JacobianOf<X, Y>
}

/**
 * All derivatives of f at x, both trees of f32 tensors: for a tensor [...S] and a value [...T], [...T, ...S].
 * Choose `forward` where x has fewer elements than the value.
 * @throws TraceFailure with a ShapeError where an axis is still a name.
 */
export const jacobian =
  <X, Y>(f: ((x: X) => Y) & Differentiable<'jacobian', X>, { mode = 'reverse' }: JacobianOptions = {}) =>
  (x: X): JacobianOf<X, Y> => {
    requireFloat('jacobian', x)
    const variables = tensorsOf(x).map(build.identity)
    const value = f(withTensors(x, variables))
    return asTree(value, x, (mode === 'reverse' ? byReverse : byForward)(tensorsOf(value), variables))
  }

/** The second derivatives of a scalar function at x: the Jacobian of its gradient, forward over reverse. */
export const hessian =
  <X, Y extends Tensor>(f: ((x: X) => Y) & Differentiable<'hessian', X> & GivesNumber<'hessian', Y>) =>
  (x: X): JacobianOf<X, X> => {
    const variables = tensorsOf(x).map(build.identity)
    const { gradient } = gradientOf('hessian', withTensors(x, variables), f)
    return asTree(gradient, x, byForward(tensorsOf(gradient), variables))
  }
