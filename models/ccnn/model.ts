/** Continuous convolutional networks (Knigge et al. 2023): residual blocks of separable flexible convolutions. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../src/error/error.js'
import { attempt } from '../../src/error/error.js'
import { batchNorm } from '../../src/nn/batch-norm.js'
import { channelDropout } from '../../src/nn/channel-dropout.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { assemble, layer, repeat, residual } from '../../src/nn/compose.js'
import { separableFlexConvolution } from '../../src/nn/flex-conv.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { normal, zeros } from '../../src/nn/initialiser.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer } from '../../src/nn/model.js'
import { model, pure } from '../../src/nn/model.js'
import { meanPool } from '../../src/nn/readout.js'
import { build } from '../../src/op/index.js'
import type { CcnnConfig } from './config.js'
import { decodeConfig } from './config.js'

const gelu: Layer<object, object, Tokens, Tokens> = (x) =>
  pure({}, x, (_, given) => build.gelu(given) as Tokens)

const heLinear = (inputs: number): Initialisation => ({
  weight: normal(Math.sqrt(2 / inputs)),
  bias: () => zeros,
})

const flexible = ({ width, taps, sigma, threshold, room, learnMean, ...rest }: CcnnConfig) =>
  separableFlexConvolution(width, {
    taps,
    sigma,
    learnMean,
    crop: threshold === null ? null : { threshold, ...(room === null ? {} : { room }) },
    network: { hidden: rest.hidden, layers: rest.layers, frequency: rest.frequency },
  })

const norm = ({ epsilon, momentum }: CcnnConfig) => batchNorm({ epsilon, momentum })

/** x + gelu(linear(dropout(gelu(conv(norm x))))) */
const block = (config: CcnnConfig) =>
  residual((x: Tokens) =>
    pipe(
      model(x.shape),
      layer('norm', norm(config)),
      layer('convolution', flexible(config)),
      layer('activate', gelu),
      layer('drop', channelDropout(config.dropout)),
      layer('linear', (given: Tokens) => {
        const made = linear(config.width, { init: heLinear(config.width) })(given)
        return assemble({ mix: made }, given, (call, at) => call.mix(at))
      }),
      layer('output', gelu),
    ),
  )

/** Images [batch, rows, columns, channels] to logits [batch, classes]. */
export const ccnn = (config: CcnnConfig) =>
  pipe(
    model(['batch', config.height, config.columns, config.channels]),
    layer('stem', flexible(config)),
    layer('norm', norm(config)),
    layer('gelu', gelu),
    layer('blocks', repeat(config.blocks, block(config))),
    layer('outputNorm', norm(config)),
    layer('pool', meanPool),
    layer('head', linear(config.classes, { init: heLinear(config.width) })),
  )

export type Ccnn = ReturnType<typeof ccnn>

/** The model of partial options, or the error that names the option at fault. */
export const makeCcnn = (options: unknown): E.Either<TensorError, Ccnn> =>
  pipe(
    decodeConfig()(options),
    E.chain((config) => attempt(() => ccnn(config))),
  )
