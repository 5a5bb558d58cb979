import type { Tensor } from '../ir/tensor.js'
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import type { Differentiable } from './differentiable.js'
import { pushForward } from './jvp.js'
import { gradientOf } from './vjp.js'

/**
 * The Hessian of a scalar function at x times a direction, a tree like x: the derivative of the gradient along it
 * (forward over reverse), at a few times the cost of a gradient. The Hessian itself is never formed.
 */
export const hvp =
  <X>(f: ((x: X) => Tensor<readonly [], 'f32'>) & Differentiable<'hvp', X>) =>
  (x: X, direction: X): X => {
    const variables = tensorsOf(x).map(build.identity)
    const { gradient } = gradientOf('hvp', withTensors(x, variables), f)
    const tangents = pushForward(tensorsOf(gradient), variables, tensorsOf(direction))
    return withTensors(
      x,
      variables.map((variable, i) => tangents[i] ?? build.zerosLike(variable)),
    )
  }
