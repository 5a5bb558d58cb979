/**
 * Reverse mode: one sweep from results to arguments, through each op's vjp rule (src/op/pull-back.ts).
 *
 * Arguments are wrapped in fresh identity nodes, so a function differentiated at x sees its own argument
 * and not other uses of x: nested gradients do not confuse their variables.
 */
import { fail, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { printType, sameShape } from '../shape/dim.js'
import { requireFloat, requireLike } from './arguments.js'
import type { Differentiable, GivesNumber } from './differentiable.js'

/** Cotangents of `variables`, each an output of its own node, from cotangents of `results`. */
export const pullBack = build.pullBack

export interface Pullback<X, Y> {
  readonly value: Y
  /** The cotangent of the argument from a cotangent of the value. */
  readonly pullback: (cotangent: Y) => X
}

/**
 * The value of f at x, and the linear map from cotangents of the value to cotangents of x.
 * @throws TraceFailure with a ShapeError where x is not f32, or a cotangent is not like the value.
 */
export const vjp =
  <X, Y>(f: ((x: X) => Y) & Differentiable<'vjp', X>) =>
  (x: X): Pullback<X, Y> => {
    requireFloat('vjp', x)
    const variables = tensorsOf(x).map(build.identity)
    const value = f(withTensors(x, variables))
    return {
      value,
      pullback: (cotangent) => {
        requireLike('vjp', 'cotangent', cotangent, value)
        return withTensors(x, pullBack(tensorsOf(value), tensorsOf(cotangent), variables))
      },
    }
  }

/** A loss, or a loss with something else that the function computes along the way. */
export interface WithAuxiliary<A> {
  readonly loss: Tensor<readonly [], 'f32'>
  readonly auxiliary: A
}

/** The value of f at x, which must be one number, and its gradient. */
export const gradientOf = <X>(
  where: string,
  x: X,
  f: (x: X) => Tensor,
): { readonly value: Tensor; readonly gradient: X } => {
  requireFloat(where, x)
  const variables = tensorsOf(x).map(build.identity)
  const value = f(withTensors(x, variables))
  if (!sameShape(value.shape, []) || value.dtype !== 'f32')
    fail(
      shapeError({
        where,
        expected: 'a function with an f32[] value',
        found: printType(value),
        hint: 'reduce the value to one number, with sum or mean, or use vjp',
      }),
    )
  return { value, gradient: withTensors(x, pullBack([value], [build.onesLike(value)], variables)) }
}

/** The value of a scalar function and its gradient with respect to the first argument, a tree of f32 tensors. */
export const valueAndGrad =
  <X, Y extends Tensor, Rest extends readonly unknown[]>(
    f: ((x: X, ...rest: Rest) => Y) & Differentiable<'valueAndGrad', X> & GivesNumber<'valueAndGrad', Y>,
  ) =>
  (x: X, ...rest: Rest): { readonly value: Tensor<readonly [], 'f32'>; readonly gradient: X } => {
    const { value, gradient } = gradientOf('valueAndGrad', x, (variables) => f(variables, ...rest))
    return { value: value as Tensor<readonly [], 'f32'>, gradient }
  }

/** As `valueAndGrad`, for a function that also returns what is not differentiated: states, logits, metrics. */
export const valueAndGradWith =
  <X, A, Rest extends readonly unknown[]>(
    f: ((x: X, ...rest: Rest) => WithAuxiliary<A>) & Differentiable<'valueAndGradWith', X>,
  ) =>
  (x: X, ...rest: Rest): WithAuxiliary<A> & { readonly gradient: X } => {
    const kept: { result?: WithAuxiliary<A> } = {}
    const { gradient } = gradientOf('valueAndGradWith', x, (variables) => {
      kept.result = f(variables, ...rest)
      return kept.result.loss
    })
    if (kept.result === undefined) throw new TypeError('the function was not called')
    return { ...kept.result, gradient }
  }

/** The gradient of a scalar function with respect to its first argument. Differentiable again. */
export const grad =
  <X, Y extends Tensor, Rest extends readonly unknown[]>(
    f: ((x: X, ...rest: Rest) => Y) & Differentiable<'grad', X> & GivesNumber<'grad', Y>,
  ) =>
  (x: X, ...rest: Rest): X =>
    gradientOf('grad', x, (variables) => f(variables, ...rest)).gradient
