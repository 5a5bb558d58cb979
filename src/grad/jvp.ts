/** Forward mode: tangents carried along with values through each op's jvp rule (src/op/push-forward.ts). */
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { requireFloat, requireLike } from './arguments.js'
import type { Differentiable } from './differentiable.js'

/** Tangents of `results` from tangents of `variables`, each an output of its own node; null is zero. */
export const pushForward = build.pushForward

export interface Pushforward<Y> {
  readonly value: Y
  readonly tangent: Y
}

/**
 * The value of f at x and the derivative of f along `direction`, a tree like x.
 * @throws TraceFailure with a ShapeError where x is not f32, or the direction not like x.
 */
export const jvp =
  <X, Y>(f: ((x: X) => Y) & Differentiable<'jvp', X>) =>
  (x: X, direction: X): Pushforward<Y> => {
    requireFloat('jvp', x)
    requireLike('jvp', 'direction', direction, x)
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
