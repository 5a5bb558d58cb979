/** The vision transformer of the paper with an exchangeable mixer (Hyena 2-D, attention, hybrids). */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../src/error/error.js'
import { attempt } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { attention } from '../../src/nn/attention.js'
import { layer, repeat, residual } from '../../src/nn/compose.js'
import {
  decayWindow,
  dimensionalWindow,
  learnedWindow,
  noWindow,
  releasedSymmetricWindow,
  releasedWindow,
  symmetricWindow,
} from '../../src/nn/decay-window.js'
import type { Window } from '../../src/nn/decay-window.js'
import type { Direction } from '../../src/nn/direction.js'
import { dropPath } from '../../src/nn/drop-path.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { pytorchInit, truncatedNormalInit, xavierInit } from '../../src/nn/initialiser.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import { mlp } from '../../src/nn/mlp.js'
import type { Layer } from '../../src/nn/model.js'
import { model } from '../../src/nn/model.js'
import { patchify } from '../../src/nn/patchify.js'
import { productFilter } from '../../src/nn/product-filter.js'
import { firstToken, meanPool } from '../../src/nn/readout.js'
import type { HyenaVitConfig } from './config.js'
import { decodeConfig } from './config.js'

/** Tokens on their grid: [batch, rows, columns, width]. */
export type Tokens = Tensor<readonly ['batch', number, number, number], 'f32'>
type Mixer = Layer<unknown, unknown, Tokens, Tokens>

const initialisations: Readonly<Record<HyenaVitConfig['init'], Initialisation>> = {
  'truncated normal': truncatedNormalInit,
  'xavier normal': xavierInit,
  pytorch: pytorchInit,
}

const windows: Readonly<Record<HyenaVitConfig['window'], Window<unknown>>> = {
  dimensional: decayWindow(dimensionalWindow),
  released: decayWindow(releasedWindow),
  symmetric: decayWindow(symmetricWindow),
  'released-symmetric': decayWindow(releasedSymmetricWindow),
  learned: decayWindow(learnedWindow),
  none: noWindow,
}

/** Which mixer each block has. Halves are as printed: an odd block in the middle goes to the second. */
export const mixersOf = ({
  mixer,
  depth,
}: Pick<HyenaVitConfig, 'mixer' | 'depth'>): readonly ('hyena' | 'attention')[] => {
  const first = Math.floor(depth / 2)
  return Array.from({ length: depth }, (_, index) => {
    if (mixer === 'hyena' || mixer === 'attention') return mixer
    if (mixer === 'alternate') return index % 2 === 0 ? 'hyena' : 'attention'
    return (mixer === 'hyena-first') === index < first ? 'hyena' : 'attention'
  })
}

/**
 * The direction of the Hyena block that is number `place` among Hyena blocks. Counting those alone keeps
 * directions alternating in a hybrid, where the released code has one direction only.
 */
const directionOf = (directions: HyenaVitConfig['directions'], place: number): Direction =>
  directions === 4 ? 'all' : directions === 2 && place % 2 === 0 ? 'backward' : 'forward'

const filterOptions = (config: HyenaVitConfig): FilterOptions<unknown> => ({
  width: config.filterWidth,
  depth: config.filterDepth,
  frequency: config.frequency,
  sine: config.sine,
  features: config.features,
  positions: config.positions,
  init: initialisations[config.init],
  window: windows[config.window],
})

const hyenaMixer = (config: HyenaVitConfig, place: number): Mixer => {
  const options = filterOptions(config)
  const shared = {
    order: config.order,
    direction: directionOf(config.directions, place),
    projections: config.projections,
    reversal: config.reversal,
    shortFilter: config.shortFilter,
    kernelScale: config.kernelScale,
    init: initialisations[config.init],
  }
  return config.filter === 'implicit'
    ? hyena({ ...shared, filter: implicitFilter(options) })
    : hyena({ ...shared, filter: productFilter(options) })
}

const mixerOf = (config: HyenaVitConfig, index: number): Mixer => {
  const mixers = mixersOf(config)
  const place = mixers.slice(0, index).filter((mixer) => mixer === 'hyena').length
  return mixers[index] === 'hyena'
    ? hyenaMixer(config, place)
    : attention(config.heads, { bias: config.attentionBias, init: initialisations[config.init] })
}

/** Linear: from 0 in the first block to the whole rate in the last; a single block is the first. */
const dropRate = ({ dropPath: rate, dropPathSchedule, depth }: HyenaVitConfig, index: number): number =>
  dropPathSchedule === 'constant' ? rate : depth === 1 ? 0 : (rate * index) / (depth - 1)

/** x + DropPath(l(LayerNorm x)) */
const branch = <P, St>(config: HyenaVitConfig, index: number, l: Layer<P, St, Tokens, Tokens>) =>
  residual((x: Tokens) =>
    pipe(
      model(x.shape),
      layer('norm', layerNorm(config.epsilon)),
      layer('body', l),
      layer('drop', dropPath(dropRate(config, index))),
    ),
  )

/** One pre-norm block: tokens mixed, then each passed through the MLP. */
export const block = (config: HyenaVitConfig) => (x: Tokens, index: number) =>
  pipe(
    model(x.shape),
    layer('mix', branch(config, index, mixerOf(config, index))),
    layer('feed', branch(config, index, mlp(config.mlpRatio * config.width, initialisations[config.init]))),
  )

/** The whole model: images [batch, rows, columns, channels] to logits [batch, classes]. */
export const hyenaVit = (config: HyenaVitConfig) => {
  const init = initialisations[config.init]
  const readout: Layer<object, object, Tokens, Tensor<readonly ['batch', number], 'f32'>> = config.readout ===
  'mean'
    ? meanPool
    : firstToken
  return pipe(
    model(['batch', config.height, config.columns, config.channels]),
    layer('patches', patchify(config.patch)),
    layer('embed', linear(config.width, { init })),
    layer('positions', learnedPositions()),
    layer('blocks', repeat(config.depth, block(config))),
    layer('norm', layerNorm(config.epsilon)),
    layer('pool', readout),
    layer('head', linear(config.classes, { init })),
  )
}

export type HyenaVit = ReturnType<typeof hyenaVit>

/** The model of partial options, or the error that names the option at fault. */
export const makeHyenaVit = (options: unknown): E.Either<TensorError, HyenaVit> =>
  pipe(
    decodeConfig()(options),
    E.chain((config) => attempt(() => hyenaVit(config))),
  )
