import type { Tensor } from '../ir/tensor.js'
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { requireLike } from './arguments.js'
import type { Differentiable, GivesNumber } from './differentiable.js'
import { pushForward } from './jvp.js'
import { gradientOf } from './vjp.js'

/**
 * The Hessian of a scalar function at x times a direction, a tree like x: the derivative of the gradient along it
 * (forward over reverse), at a few times the cost of a gradient. The Hessian itself is never formed.
 */
export const hvp =
  <X, Y extends Tensor>(f: ((x: X) => Y) & Differentiable<'hvp', X> & GivesNumber<'hvp', Y>) =>
  (x: X, direction: X): X => {
    requireLike('hvp', 'direction', direction, x)
    const variables = tensorsOf(x).map(build.identity)
    const { gradient } = gradientOf('hvp', withTensors(x, variables), f)
    const tangents = pushForward(tensorsOf(gradient), variables, tensorsOf(direction))
    return withTensors(
      x,
      variables.map((variable, i) => tangents[i] ?? build.zerosLike(variable)),
    )
  }
