/** One block of the vision transformers: tokens mixed, then each passed through an MLP. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { exceptClassToken } from '../../src/nn/class-token.js'
import { assemble, layer, residual } from '../../src/nn/compose.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { linear } from '../../src/nn/linear.js'
import { mlp } from '../../src/nn/mlp.js'
import type { Layer } from '../../src/nn/model.js'
import { model } from '../../src/nn/model.js'
import { build } from '../../src/op/index.js'
import type { Mixer, Tokens } from '../mixer/index.js'
import { mixerOf, mixersOf, placeOf } from '../mixer/index.js'
import type { SingleMixerConfig } from '../mixer/index.js'
import { initialisations } from '../transformer.js'
import type { VitConfig } from './config.js'
import { gridSizes } from './config.js'

/** Linear: from 0 in the first block to the whole rate in the last; a single block is the first. */
const dropRate = ({ dropPath: rate, dropPathSchedule, depth }: VitConfig, index: number): number =>
  dropPathSchedule === 'constant' ? rate : depth === 1 ? 0 : (rate * index) / (depth - 1)

/** A layer of the grid that every block has besides its mixer; a class token passes it by. */
const onGrid = (config: VitConfig, extra: SingleMixerConfig, block: number): Mixer => {
  const made = mixerOf(extra, { block, before: block }, initialisations[config.init])
  return config.classToken ? exceptClassToken(gridSizes(config), made) : made
}

const mixer = (config: VitConfig, block: number): Mixer => {
  const of = mixersOf(config.mixer, config.depth)[block]
  if (of === undefined) throw new RangeError(`block ${block} of ${config.depth}`)
  return mixerOf(of, placeOf(config.mixer, config.depth, block), initialisations[config.init])
}

/** The block's mixer, after the layer on the grid where there is one. */
const mixing = (config: VitConfig, block: number): Mixer => {
  const { beforeMixer } = config
  if (beforeMixer === null) return mixer(config, block)
  return (x) =>
    pipe(
      model(x.shape),
      layer('before', onGrid(config, beforeMixer, block)),
      layer('mix', mixer(config, block)),
    )
}

/** The block's MLP, with the layer on the grid of its hidden channels where there is one. */
const feeding = (config: VitConfig, block: number): Mixer => {
  const { inMlp, width } = config
  const hidden = config.mlpRatio * width
  const init = initialisations[config.init]
  if (inMlp === null) return mlp(hidden, init)
  return (x) => {
    const up = linear(hidden, { init })(x)
    const inside = onGrid(config, inMlp, block)(up.output)
    const down = linear(width, { init })(up.output)
    return assemble({ up, inside, down }, x, (call, given) => {
      const activated: Tensor = build.gelu(call.inside(call.up(given)))
      return call.down(activated as Tokens)
    })
  }
}

/** x + DropPath(l(LayerNorm x)) */
const branch = <P, St>(config: VitConfig, index: number, l: Layer<P, St, Tokens, Tokens>) =>
  residual((x: Tokens) =>
    pipe(
      model(x.shape),
      layer('norm', layerNorm(config.epsilon)),
      layer('body', l),
      layer('drop', dropPath(dropRate(config, index))),
    ),
  )

/** Block `index`, pre-norm: tokens mixed, then each passed through the MLP. */
export const block = (config: VitConfig) => (x: Tokens, index: number) =>
  pipe(
    model(x.shape),
    layer('mix', branch(config, index, mixing(config, index))),
    layer('feed', branch(config, index, feeding(config, index))),
  )
