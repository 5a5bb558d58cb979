/** Every mixer as the smallest network that trains: a residual block or two, which learn to mirror a grid. */
import { decodeMixer, mixerOf, mixersOf, placeOf } from '../../models/mixer/index.js'
import type { Tokens } from '../../models/mixer/index.js'
import { orFail } from '../../src/error/error.js'
import { valueAndGradWith } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { repeat, residual } from '../../src/nn/compose.js'
import { pytorchInit } from '../../src/nn/initialiser.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import type { Device } from '../../src/run/device.js'
import { evaluate } from '../../src/run/reference.js'
import { stepper } from '../../src/run/stepper.js'
import type { AdamwState } from '../../src/train/adamw.js'
import { adamw } from '../../src/train/adamw.js'
import { settled } from './descent.js'
import { expectRight } from './gpu-environment.js'
import { asTensor, numbers } from './nn-values.js'

const hyena = { kind: 'hyena', filterWidth: 4, filterDepth: 1 }
const attention = { kind: 'attention', heads: 2 }

/** Options of each kind, one a branch of what it computes, and how many blocks show it. */
export const mixers: readonly (readonly [name: string, options: object, depth: number])[] = [
  ['attention', attention, 1],
  ['Hyena 1-D', { ...hyena, axes: 'sequence', directions: 1 }, 1],
  ['Hyena 2-D, product', { ...hyena, filter: 'product', directions: 1 }, 1],
  ['Hyena 2-D, a free filter', { ...hyena, filter: 'free', directions: 1 }, 1],
  ['Hyena 2-D, 2-directional', hyena, 2],
  ['Hyena 2-D, 4-directional', { ...hyena, directions: 4 }, 1],
  ['S4ND', { kind: 's4nd', states: 4 }, 1],
  ['S4ND, diagonal', { kind: 's4nd', states: 4, matrix: 'diagonal', start: 'lin', bidirectional: false }, 1],
  ['2-D SSM', { kind: 'ssm2d', states: 2 }, 1],
  [
    '2-D SSM, complex',
    { kind: 'ssm2d', states: 2, complex: true, directions: 4, skip: true, normalised: true },
    1,
  ],
  ['Hyena, then attention', { kind: 'hybrid', first: hyena, second: attention }, 2],
]

type Scalar = Tensor<readonly [], 'f32'>
type Params = Readonly<Record<string, readonly unknown[]>>

interface State {
  readonly params: Params
  readonly optimiser: AdamwState<Params>
}

const x = inputTensor('x', ['batch', 3, 4, 4], 'f32') as Tensor as Tokens
const images = asTensor(numbers([2, 3, 4, 4], 1)) as Tensor as Tokens

const networks = mixers.map(([name, options, depth]) => {
  const config = orFail(decodeMixer('')(options))
  const chosen = mixersOf(config, depth)
  const block = (given: Tokens, index: number) => {
    const mixer = chosen[index]
    if (mixer === undefined) throw new RangeError(`${name}: no block ${index}`)
    return residual(mixerOf(mixer, placeOf(config, depth, index), pytorchInit))(given)
  }
  const model = repeat(depth, block)(x)
  return { name, model, first: settled(model.init(keyFromSeed(3))) }
})

const specs = Object.fromEntries(networks.map(({ name, model }) => [name, model.parameters]))

/** Mean squared distance of what a network makes of images from the images turned by 180°. */
const distance = (made: Tensor, given: Tokens): Scalar =>
  build.mean(build.square(build.sub(made, build.flip(given, [1, 2]))), [0, 1, 2, 3]) as Scalar

const optimiser = adamw({ weightDecay: 0 })

/** One step for every mixer: parameters of one do not reach the loss of another, so the sum trains each. */
const step =
  (rate: number) =>
  (state: State, given: Tokens): { readonly state: State; readonly output: readonly Scalar[] } => {
    const lossOf = (params: Params): { readonly loss: Scalar; readonly auxiliary: readonly Scalar[] } => {
      const losses = networks.map(({ name, model, first }) => {
        const variables = { params: params[name] ?? [], state: first.state }
        return distance(model.apply(variables, given, { mode: 'evaluate' }).y, given)
      })
      return { loss: losses.reduce((a, b) => build.add(a, b) as Scalar), auxiliary: losses }
    }
    const { auxiliary, gradient } = valueAndGradWith(lossOf)(state.params)
    const moved = optimiser.update(
      specs,
      state.params,
      gradient,
      state.optimiser,
      build.constant(rate) as Scalar,
    )
    return { state: { params: moved.params, optimiser: moved.state }, output: auxiliary }
  }

/** The loss of a network whose mixer gives 0. */
export const unmixed = evaluate([distance(images, images)])[0]?.data[0] ?? Number.NaN

/** The losses of every mixer before each of some steps on a device, all mixers as one program. */
export const trainMixers = async (
  device: Device,
  { steps, rate }: { readonly steps: number; readonly rate: number },
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const params: Params = Object.fromEntries(networks.map(({ name, first }) => [name, first.params]))
  const start = settled({ params, optimiser: optimiser.init(params) })
  const training = expectRight(await stepper(device)(step(rate))(start, images)())
  expectRight(training.write(start))
  const losses: (readonly number[])[] = []
  for (let at = 0; at < steps; at++) {
    const scalars = expectRight(await training.step(images)())
    losses.push(
      scalars.map(({ node }) => {
        const { values } = node.attrs
        return values instanceof Float32Array ? (values[0] ?? Number.NaN) : Number.NaN
      }),
    )
  }
  training.destroy()
  return new Map(networks.map(({ name }, i) => [name, losses.map((at) => at[i] ?? Number.NaN)]))
}
