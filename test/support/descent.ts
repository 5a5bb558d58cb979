/** A few steps of gradient descent of a classifier on the interpreter: its loss before each. */
import type { Differentiable } from '../../src/grad/differentiable.js'
import { valueAndGradWith } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorsOf, withTensors } from '../../src/ir/tensor-tree.js'
import type { Model } from '../../src/nn/model.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { asTensor, numbers } from './nn-values.js'

/** Values of a tree as constants. */
export const settled = <T>(tree: T): T =>
  withTensors(
    tree,
    tensorsOf(tree).map((tensor) => {
      const [value] = evaluate([tensor])
      return value === undefined ? tensor : asTensor(value)
    }),
  )

/** Losses over steps on one batch, example i of class i mod classes; training mode, gradients by `rate`. */
export const descend = <P, St>(
  model: Model<P, St, Tensor<readonly ['batch', number, number, number], 'f32'>, Tensor>,
  { batch, steps, rate }: { readonly batch: number; readonly steps: number; readonly rate: number },
): readonly number[] => {
  const [, ...rest] = model.input.shape
  const images = asTensor(numbers([batch, ...rest], 1)) as Tensor as typeof model.input
  const classes = Number(model.output.shape.at(-1))
  const wanted = asTensor({
    shape: [batch, classes],
    data: Float64Array.from({ length: batch * classes }, (_, i) =>
      Number(i % classes === Math.floor(i / classes) % classes),
    ),
  })
  let { params, state } = settled(model.init(keyFromSeed(3)))
  return Array.from({ length: steps }, (_, step) => {
    const lossOf = (at: P): { readonly loss: Tensor<readonly [], 'f32'>; readonly auxiliary: St } => {
      const applied = model.apply({ params: at, state }, images, { mode: 'train', key: keyFromSeed(step) })
      const chosen = build.mul(build.logSoftmax(applied.y, -1), wanted)
      return {
        loss: build.mul(build.sum(chosen, [0, 1]), build.constant(-1 / batch)) as Tensor<readonly [], 'f32'>,
        auxiliary: applied.state,
      }
    }
    // Parameters are f32 by their specification, which the type of a model in general does not say.
    const differentiable = lossOf as typeof lossOf & Differentiable<'valueAndGradWith', P>
    const { loss, auxiliary, gradient } = valueAndGradWith(differentiable)(params)
    const slopes = tensorsOf(gradient)
    const moved = tensorsOf(params).map((value, i) =>
      build.sub(value, build.mul(slopes[i] ?? value, build.constant(rate))),
    )
    const value = evaluate([loss])[0]?.data[0] ?? Number.NaN
    const next = settled({ params: withTensors(params, moved), state: auxiliary })
    params = next.params
    state = next.state
    return value
  })
}
