/** Training and testing a classifier, as pure functions of tensors: what the loop compiles. */
import type { Tensor } from '../ir/tensor.js'
import type { Key } from '../nn/key.js'
import type { Model, Variables } from '../nn/model.js'
import { build } from '../op/index.js'
import { keyAt } from '../op/random/key-at.js'
import { split } from '../op/random/split.js'
import type { Differentiable } from '../grad/differentiable.js'
import { valueAndGradWith } from '../grad/vjp.js'
import type { Adamw, AdamwState } from './adamw.js'
import { clipByGlobalNorm } from './clip.js'

type Scalar = Tensor<readonly [], 'f32'>
export type Images<B extends number | string = 'batch'> = Tensor<readonly [B, number, number, number], 'f32'>
export type Labels = Tensor<readonly ['batch'], 'i24'>
export type Weights = Tensor<readonly ['batch'], 'f32'>
export type Logits = Tensor<readonly ['batch', number], 'f32'>

export type Classifier<P, St, I> = Model<P, St, I, Logits>

/** Everything a training step changes. It stays on the device between steps. */
export interface TrainingState<P, St> {
  readonly variables: Variables<P, St>
  readonly optimiser: AdamwState<P>
  /** The key of the next step; every step folds its number into it. */
  readonly key: Key
}

export interface TrainingOptions {
  readonly optimiser: Adamw
  /** Label smoothing of the cross-entropy, from 0 to 1. */
  readonly smoothing: number
  /** The largest norm of the gradient, or null for no clipping. */
  readonly clip: number | null
}

export interface StepOutput {
  readonly loss: Scalar
  /** Of the whole gradient, before clipping. */
  readonly gradientNorm: Scalar
}

const mean = (x: Tensor): Scalar =>
  build.mean(
    x,
    x.shape.map((_, axis) => axis),
  ) as Scalar

/** The state before the first step: expressions of the key. */
export const initialState = <P, St, I>(
  model: Classifier<P, St, I>,
  optimiser: Adamw,
  key: Key,
): TrainingState<P, St> => {
  const variables = model.init(key)
  return { variables, optimiser: optimiser.init(variables.params), key }
}

/** One step: forward, backward, clip, AdamW. The loss is the mean cross-entropy of the batch. */
export const trainingStep =
  <P, St, I>(model: Classifier<P, St, I>, { optimiser, smoothing, clip }: TrainingOptions) =>
  (
    state: TrainingState<P, St>,
    images: I,
    labels: Labels,
    rate: Scalar,
  ): { readonly state: TrainingState<P, St>; readonly output: StepOutput } => {
    const keys = split(2)(state.key)
    const lossOf = (params: P): { readonly loss: Scalar; readonly auxiliary: St } => {
      const { y, state: after } = model.apply({ params, state: state.variables.state }, images, {
        mode: 'train',
        key: keyAt(0)(keys),
      })
      return { loss: mean(build.crossEntropy(y, labels, smoothing)), auxiliary: after }
    }
    // Parameters are f32 by their specification, which the type of a model in general does not say.
    const differentiable = lossOf as typeof lossOf & Differentiable<'valueAndGradWith', P>
    const { loss, auxiliary, gradient } = valueAndGradWith(differentiable)(state.variables.params)
    const clipped = clipByGlobalNorm(clip ?? Number.POSITIVE_INFINITY)(gradient)
    const moved = optimiser.update(
      model.parameters,
      state.variables.params,
      clip === null ? gradient : clipped.gradient,
      state.optimiser,
      rate,
    )
    return {
      state: {
        variables: { params: moved.params, state: auxiliary },
        optimiser: moved.state,
        key: keyAt(1)(keys),
      },
      output: { loss, gradientNorm: clipped.norm },
    }
  }

export interface Score {
  /** Sum of the losses of the batch's images, without smoothing. */
  readonly loss: Scalar
  /** How many of them were right: their class has the largest logit, and no other class the same. */
  readonly correct: Scalar
}

/** The score of a batch in evaluation; padding has weight 0. */
export const scoreBatch =
  <P, St, I>(model: Classifier<P, St, I>) =>
  (variables: Variables<P, St>, images: I, labels: Labels, weights: Weights): Score => {
    const b = build
    const { y } = model.apply(variables, images, { mode: 'evaluate' })
    const classes = y.shape[1]
    const classCount = typeof classes === 'number' ? classes : 0
    const truth = b.oneHot(labels, classCount)
    const own = b.sum(b.mul(y, truth), [1], true)
    // A tie is no answer: else a network that says the same of every class would be right every time.
    const beaten = b.sum(b.mul(b.toFloat(b.less(y, own)), b.sub(b.constant(1), truth)), [1])
    const right = b.toFloat(b.equal(beaten, b.constant(classCount - 1)))
    return {
      loss: b.sum(b.mul(b.crossEntropy(y, labels, 0), weights), [0]) as Scalar,
      correct: b.sum(b.mul(right, weights), [0]) as Scalar,
    }
  }
