/** One block of the Swin transformers: tokens mixed within parts of the map, then each passed through an MLP. */
import { pipe } from 'fp-ts/lib/function.js'
import { attention } from '../../src/nn/attention.js'
import { layer, residual } from '../../src/nn/compose.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { mlp } from '../../src/nn/mlp.js'
import type { Layer } from '../../src/nn/model.js'
import { model } from '../../src/nn/model.js'
import type { Parts } from '../../src/nn/partition.js'
import { withinParts } from '../../src/nn/partition.js'
import type { AttentionConfig, Mixer, Tokens } from '../mixer/index.js'
import { mixerOf, mixersOf, placeOf } from '../mixer/index.js'
import { initialisations } from '../transformer.js'
import type { SwinConfig } from './config.js'
import type { Stage } from './stages.js'
import { blockCount } from './stages.js'

/** The parts of block `index` of a stage; a map that is one part is not shifted. */
const partsOf = (config: SwinConfig, { map, side }: Stage, index: number): Parts => {
  const shifts = config.shift !== 'none' && index % 2 === 1 && Math.min(...map) > config.part
  return { side, shift: shifts ? Math.floor(side / 2) : 0 }
}

const attending = (config: SwinConfig, stage: Stage, own: AttentionConfig, index: number): Mixer => {
  const { bias, headWidth, temperature, toItself } = own
  return attention(stage.heads, {
    bias,
    temperature,
    toItself,
    init: initialisations[config.init],
    relativePositions: config.relativePositions,
    ...(headWidth === null ? {} : { headWidth }),
    ...(config.mixWithin === 'map' ? {} : { parts: partsOf(config, stage, index) }),
  })
}

/** The mixer of block `index` of a stage. */
const mixing = (config: SwinConfig, stage: Stage, index: number): Mixer => {
  const depth = blockCount(config)
  const block = stage.first + index
  const own = mixersOf(config.mixer, depth)[block]
  if (own === undefined) throw new RangeError(`block ${block} of ${depth}`)
  if (own.kind === 'attention') return attending(config, stage, own, index)
  const made = mixerOf(own, placeOf(config.mixer, depth, block), initialisations[config.init])
  const whole = config.mixWithin === 'map' || stage.map.every((size) => size === stage.side)
  return whole ? made : withinParts({ side: stage.side }, made)
}

/** The mixer after the layer of the whole map, where there is one. */
const mixingAfter = (config: SwinConfig, stage: Stage, index: number): Mixer => {
  const { beforeMixer } = config
  if (beforeMixer === null) return mixing(config, stage, index)
  const block = stage.first + index
  const before = mixerOf(beforeMixer, { block, before: block }, initialisations[config.init])
  return (x) => pipe(model(x.shape), layer('before', before), layer('mix', mixing(config, stage, index)))
}

const dropRate = (config: SwinConfig, block: number): number => {
  const depth = blockCount(config)
  return depth === 1 ? 0 : (config.dropPath * block) / (depth - 1)
}

/** x + DropPath(l(LayerNorm x)) */
const branch = <P, St>(config: SwinConfig, block: number, l: Layer<P, St, Tokens, Tokens>) =>
  residual((x: Tokens) =>
    pipe(
      model(x.shape),
      layer('norm', layerNorm(config.epsilon)),
      layer('body', l),
      layer('drop', dropPath(dropRate(config, block))),
    ),
  )

/** Block `index` of a stage, pre-norm. */
export const block = (config: SwinConfig, stage: Stage) => (x: Tokens, index: number) =>
  pipe(
    model(x.shape),
    layer('mix', branch(config, stage.first + index, mixingAfter(config, stage, index))),
    layer(
      'feed',
      branch(
        config,
        stage.first + index,
        mlp(Math.floor(stage.width * config.mlpRatio), initialisations[config.init]),
      ),
    ),
  )
