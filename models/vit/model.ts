/** The vision transformers of the paper: patches, blocks with exchangeable mixers, a readout and a classifier. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../src/error/error.js'
import { attempt } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { classToken, withoutClassToken } from '../../src/nn/class-token.js'
import { layer, repeat } from '../../src/nn/compose.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { normal, truncatedNormal } from '../../src/nn/initialiser.js'
import type { Initialiser } from '../../src/nn/initialiser.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer } from '../../src/nn/model.js'
import { model } from '../../src/nn/model.js'
import { firstToken, meanPool } from '../../src/nn/readout.js'
import type { Mixer, Tokens } from '../mixer/index.js'
import { initialisations } from '../transformer.js'
import { block } from './block.js'
import type { VitConfig } from './config.js'
import { decodeConfig, gridSizes } from './config.js'
import { embedding } from './embed.js'

type Vectors = Tensor<readonly ['batch', number], 'f32'>

const initOf = (config: VitConfig, own: VitConfig['embedInit']): Initialisation =>
  initialisations[own === 'same' ? config.init : own]

/** Truncated as the released code does, where the bound is far enough out to be reached by none. */
const tokenInit = ({ positionDeviation: deviation }: VitConfig): Initialiser =>
  deviation <= 0.5 ? truncatedNormal(deviation) : normal(deviation)

const identity: Mixer = (x) => model(x.shape)

/** One vector a token, the class token's among them; those of patches can be taken to another grid. */
const positions = (config: VitConfig) =>
  learnedPositions(tokenInit(config), config.classToken ? { before: 1, grid: gridSizes(config) } : undefined)

const readout = (config: VitConfig): Layer<unknown, unknown, Tokens, Vectors> => {
  const pool: Layer<object, object, Tokens, Vectors> = config.readout === 'mean' ? meanPool : firstToken
  if (!config.classToken || config.readout === 'class token') return pool
  return (x) =>
    pipe(model(x.shape), layer('patches', withoutClassToken(gridSizes(config))), layer('pool', pool))
}

/** The model without its classifier: images [batch, rows, columns, channels] to normed tokens. */
export const vitTokens = (config: VitConfig) =>
  pipe(
    model(['batch', config.height, config.columns, config.channels]),
    layer('embed', embedding(config, initOf(config, config.embedInit))),
    layer('token', config.classToken ? classToken(tokenInit(config)) : identity),
    layer('positions', config.positions ? positions(config) : identity),
    layer('blocks', repeat(config.depth, block(config))),
    layer('norm', layerNorm(config.epsilon)),
  )

/** The whole model: images [batch, rows, columns, channels] to logits [batch, classes]. */
export const vit = (config: VitConfig) =>
  pipe(
    vitTokens(config),
    layer('pool', readout(config)),
    layer('head', linear(config.classes, { init: initOf(config, config.headInit) })),
  )

export type Vit = ReturnType<typeof vit>

/** The model of partial options, or the error that names the option at fault. */
export const makeVit = (options: unknown): E.Either<TensorError, Vit> =>
  pipe(
    decodeConfig()(options),
    E.chain((config) => attempt(() => vit(config))),
  )
