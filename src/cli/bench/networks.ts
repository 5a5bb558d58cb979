/** What is measured of the networks: forward, a training step, and a block's gradients on grids of any size. */
import { pipe } from 'fp-ts/lib/function.js'
import { valueAndGrad } from '../../grad/vjp.js'
import type { Tensor } from '../../ir/tensor.js'
import { ones } from '../../nn/initialiser.js'
import type { Model, Variables } from '../../nn/model.js'
import type { ParameterTree } from '../../nn/parameter.js'
import { isParameter } from '../../nn/parameter.js'
import { crossEntropy } from '../../op/composite/cross-entropy.js'
import { mul } from '../../op/elementwise/mul.js'
import { filled, fromArray } from '../../op/leaf/constant.js'
import { keyFromSeed } from '../../op/random/key.js'
import { mean } from '../../op/reduce/mean.js'
import { sum } from '../../op/reduce/sum.js'
import type { AdamwState } from '../../train/adamw.js'
import { adamw } from '../../train/adamw.js'
import { mapLeaves } from '../../tree/tree.js'
import type { Grid, MixerKind, NetworkSizes } from './models.js'
import { blockOf, networkOf } from './models.js'
import { firstValues, gaussian } from './values.js'
import type { Work } from './work.js'
import { computation, training } from './work.js'

type Labels = Tensor<readonly [number], 'i24'>
type Scalar = Tensor<readonly [], 'f32'>

/** Values for all parameters of a model. A skip connection's weights start at one, as the peers' do. */
export const parametersFor = <P, St, I, O>({ parameters }: Model<P, St, I, O>): P => {
  let seed = 0
  return mapLeaves(isParameter, parameters, (spec, path) =>
    firstValues(path.endsWith('skip.weight') ? { ...spec, init: ones } : spec, (seed += 1)),
  ) as P
}

/** A model as a function of its parameters. It draws nothing and keeps no state. */
const applied =
  <P, St, I, O>(model: Model<P, St, I, O>) =>
  (params: P, x: I): O => {
    const variables: Variables<P, St> = { params, state: model.init(keyFromSeed(0)).state }
    return model.apply(variables, x, { mode: 'evaluate' }).y
  }

/** The batch of images that a network is given. */
export const imagesOf = ({ batch, side, channels }: NetworkSizes): Grid =>
  gaussian(1000, [batch, side, side, channels])

/** Image i is of class i. */
const labelsOf = ({ batch, classes }: NetworkSizes): Labels =>
  fromArray(
    Array.from({ length: batch }, (_, i) => i % classes),
    [batch],
    'i24',
  )

/** The logits of a batch. */
export const networkForward = (kind: MixerKind, sizes: NetworkSizes): Work => {
  const network = networkOf(kind, sizes)
  return computation([parametersFor(network), imagesOf(sizes)], applied(network))
}

/** The peers' optimiser decays every parameter. */
const allDecayed = (specs: ParameterTree): ParameterTree =>
  mapLeaves(isParameter, specs, (spec) => ({ ...spec, decay: true }))

interface TrainingState<P> {
  readonly params: P
  readonly optimiser: AdamwState<P>
}

/** Forward, mean cross-entropy, gradient, and AdamW of rate 1e-3 and decay 0.05: what PyTorch's AdamW computes. */
export const networkTraining = (kind: MixerKind, sizes: NetworkSizes, rate = 1e-3): Work => {
  const network = networkOf(kind, sizes)
  const specs = allDecayed(network.parameters)
  const optimiser = adamw({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.05 })
  const params = parametersFor(network)
  const lossOf = (given: typeof params, images: Grid, labels: Labels): Scalar =>
    pipe(applied(network)(given, images), crossEntropy(labels), mean())
  const first: TrainingState<typeof params> = { params, optimiser: optimiser.init(params) }
  return training(
    first,
    [imagesOf(sizes), labelsOf(sizes), filled(rate, [])],
    (state: typeof first, images, labels, learningRate) => {
      const { value, gradient } = valueAndGrad(lossOf)(state.params, images, labels)
      const moved = optimiser.update(specs, state.params, gradient, state.optimiser, learningRate)
      return { state: { params: moved.params, optimiser: moved.state }, output: value }
    },
  )
}

/**
 * Forward and backward of one block on a grid of side × side tokens, batch 1: Σ y ⊙ g for a constant g, and its
 * gradients by the input and all parameters.
 */
export const blockGradients = (kind: MixerKind, side: number, width: number, heads: number): Work => {
  const shape = [1, side, side, width] as const
  const x: Grid = gaussian(1001, shape)
  const block = blockOf(kind, heads)(x)
  const operands = { params: parametersFor(block), x }
  const lossOf = ({ params, x: given }: typeof operands, g: Grid): Scalar =>
    pipe(applied(block)(params, given), mul(g), sum())
  return computation([operands, gaussian(1002, shape)], valueAndGrad(lossOf))
}
