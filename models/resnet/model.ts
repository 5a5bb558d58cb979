/** Residual networks for small images (He et al. 2016, section 4.2). */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../src/error/error.js'
import { attempt } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { channelsOf, gridOf } from '../../src/nn/axes.js'
import { batchNorm } from '../../src/nn/batch-norm.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { assemble, layer } from '../../src/nn/compose.js'
import { convolution, heConvolution } from '../../src/nn/convolution.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { normal, uniform } from '../../src/nn/initialiser.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer, Model } from '../../src/nn/model.js'
import { model, pure } from '../../src/nn/model.js'
import { meanPool } from '../../src/nn/readout.js'
import { build } from '../../src/op/index.js'
import type { ResnetConfig } from './config.js'
import { decodeConfig } from './config.js'

type Plain = Layer<object, object, Tokens, Tokens>
type Chain = Model<object, object, Tokens, Tokens>

/** What a block is besides its input. */
export interface BlockOptions {
  readonly outputs: number
  readonly stride: number
  readonly shortcut: ResnetConfig['shortcut']
  readonly norm: { readonly epsilon: number; readonly momentum: number }
}

const bare = (outputs: number, taps: number, stride: number) =>
  convolution(outputs, { taps, stride, bias: false, init: heConvolution })

const relu = (x: Tensor): Tokens => build.relu(x) as Tokens

/** Every stride-th place, and zeros before and after the channels, half of the missing ones each: option A. */
const subsampled =
  ({ outputs, stride }: BlockOptions): Plain =>
  (x) => {
    const grid = gridOf('resnet', x)
    const missing = outputs - channelsOf('resnet', x)
    const before = Math.floor(missing / 2)
    return pure({}, x, (_, given) => {
      const [batch] = given.shape
      const start = given.shape.map(() => 0)
      const steps = [1, ...grid.map(() => stride), 1]
      const places = build.slice(given, start, [batch, ...grid, outputs - missing], steps)
      return build.pad(places, [
        [0, 0],
        ...grid.map(() => [0, 0] as const),
        [before, missing - before],
      ]) as Tokens
    })
  }

const shortcut = (options: BlockOptions, x: Tokens): Chain => {
  if (options.stride === 1 && channelsOf('resnet', x) === options.outputs) return model(x.shape)
  if (options.shortcut === 'zeros') return subsampled(options)(x)
  return pipe(
    model(x.shape),
    layer('convolution', bare(options.outputs, 1, options.stride)),
    layer('norm', batchNorm(options.norm)),
  )
}

/** relu(norm(conv(relu(norm(conv x)))) + shortcut x): two convolutions of three taps an axis. */
export const residualBlock =
  (options: BlockOptions) =>
  (x: Tokens): Chain => {
    const first = bare(options.outputs, 3, options.stride)(x) as Chain
    const norm1 = batchNorm(options.norm)(first.output)
    const second = bare(options.outputs, 3, 1)(first.output) as Chain
    const norm2 = batchNorm(options.norm)(second.output)
    const children = { first, norm1, second, norm2, shortcut: shortcut(options, x) }
    return assemble(children, x, (call, given) => {
      const inner = relu(call.norm1(call.first(given)))
      return relu(build.add(call.norm2(call.second(inner)), call.shortcut(given)))
    })
  }

const stage = (config: ResnetConfig, index: number): Plain => {
  const { blocks, widths, shortcut: kind, epsilon, momentum } = config
  const block = (position: number): Plain =>
    residualBlock({
      outputs: widths[index] ?? 1,
      stride: index > 0 && position === 0 ? 2 : 1,
      shortcut: kind,
      norm: { epsilon, momentum },
    })
  return (x) =>
    Array.from({ length: blocks }, (_, position) => position).reduce<Chain>(
      (made, position) => pipe(made, layer(`${position}`, block(position))),
      model(x.shape),
    )
}

const stages =
  (config: ResnetConfig): Plain =>
  (x) =>
    config.widths.reduce<Chain>(
      (made, _, index) => pipe(made, layer(`${index}`, stage(config, index))),
      model(x.shape),
    )

const activation: Plain = (x) => pure({}, x, (_, given) => relu(given))

const headInit = (inputs: number): Initialisation => ({
  weight: normal(Math.sqrt(2 / inputs)),
  bias: (fanIn) => uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn)),
})

/** Images [batch, rows, columns, channels] to logits [batch, classes]. */
export const resnet = (config: ResnetConfig) => {
  const { height, columns, channels, classes, widths, epsilon, momentum } = config
  return pipe(
    model(['batch', height, columns, channels]),
    layer('stem', bare(widths[0] ?? 1, 3, 1)),
    layer('norm', batchNorm({ epsilon, momentum })),
    layer('relu', activation),
    layer('stages', stages(config)),
    layer('pool', meanPool),
    layer('head', linear(classes, { init: headInit(widths.at(-1) ?? 1) })),
  )
}

export type Resnet = ReturnType<typeof resnet>

/** The model of partial options, or the error that names the option at fault. */
export const makeResnet = (options: unknown): E.Either<TensorError, Resnet> =>
  pipe(
    decodeConfig()(options),
    E.chain((config) => attempt(() => resnet(config))),
  )
