/** Gating: a layer decides, element by element, how much of its input passes. */
import { isTensor } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { fail, shapeError } from '../error/error.js'
import type { Keeps } from './compose.js'
import { keeping } from './compose.js'
import type { Model } from './model.js'
import { defineModel } from './model.js'

/**
 * x ⊙ layer(x), for one f32 tensor of any shape; the layer gives the shape it receives. The gates of Hyena's
 * recurrence (paper, section 2) are such products, there of streams projected together.
 */
export const gate =
  <Q, R, X, Y>(l: (x: X) => Model<Q, R, X, Y>) =>
  (x: X & Keeps<'gate', X, Y>): Model<Q, R, X, X> => {
    const inner = keeping('gate', l(x))
    return defineModel<Q, R, X, X>({
      ...inner,
      apply: (variables, given, run) => {
        const { y, state } = inner.apply(variables, given, run)
        return { y: product(given, y), state }
      },
    })
  }

const product = <X>(x: X, y: X): X =>
  isTensor(x) && isTensor(y)
    ? (build.mul(x, y) as typeof x)
    : fail(
        shapeError({
          where: 'gate',
          expected: 'a layer on one tensor',
          found: 'a tree of tensors',
          hint: 'gate each tensor by itself, in assemble',
        }),
      )
