/** The Swin transformers of the paper: patches, stages of blocks on ever coarser maps, a mean and a classifier. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../src/error/error.js'
import { attempt } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { layer, repeat } from '../../src/nn/compose.js'
import { truncatedNormal } from '../../src/nn/initialiser.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer } from '../../src/nn/model.js'
import { defineModel, model } from '../../src/nn/model.js'
import { below } from '../../src/nn/compose.js'
import { patchMerging } from '../../src/nn/patch-merging.js'
import { patchify } from '../../src/nn/patchify.js'
import { meanPool } from '../../src/nn/readout.js'
import { shiftedPatches } from '../../src/nn/shifted-patches.js'
import type { Mixer, Tokens } from '../mixer/index.js'
import { initialisations } from '../transformer.js'
import { block } from './block.js'
import type { SwinConfig } from './config.js'
import { decodeConfig } from './config.js'
import type { Stage } from './stages.js'
import { stagesOf } from './stages.js'

/** Images [batch, rows, columns, channels]. */
type Images = Tensor<readonly ['batch', number, number, number], 'f32'>

const identity: Mixer = (x) => model(x.shape)

/** Patches as tokens on their map. Shifted patches are normed before they are projected, others after. */
const embedding =
  (config: SwinConfig): Layer<unknown, unknown, Images, Tokens> =>
  (x) => {
    const { patch, width, epsilon } = config
    const init = initialisations[config.init]
    return config.shiftedPatches
      ? pipe(model(x.shape), layer('shifted', shiftedPatches(patch, width, { init, epsilon })))
      : pipe(
          model(x.shape),
          layer('patches', patchify(patch)),
          layer('project', linear(width, { init })),
          layer('norm', layerNorm(epsilon)),
        )
  }

/** From the map of a stage to that of the next: half the rows and columns, twice the channels. */
const coarser = (config: SwinConfig, { width }: Stage): Layer<unknown, unknown, Tokens, Tokens> => {
  const options = { init: initialisations[config.init], epsilon: config.epsilon }
  return config.shiftedPatches
    ? (x) => shiftedPatches(2, 2 * width, options)(x)
    : patchMerging(2 * width, options)
}

const stage =
  (config: SwinConfig, of: Stage): Layer<unknown, unknown, Tokens, Tokens> =>
  (x) =>
    pipe(
      model(x.shape),
      layer('merge', of.index === 0 ? identity : coarser(config, { ...of, width: of.width / 2 })),
      layer('blocks', repeat(of.depth, block(config, of))),
    )

/** Layers one after another, each receiving what the one before gives; they form a list. */
const inTurn =
  (layers: readonly Layer<unknown, unknown, Tokens, Tokens>[]): Layer<unknown, unknown, Tokens, Tokens> =>
  (x) => {
    let output = x
    const children = layers.map((each) => {
      const child = each(output)
      output = child.output
      return child
    })
    return defineModel<unknown, unknown, Tokens, Tokens>({
      parameters: children.map((child) => child.parameters),
      states: children.map((child) => child.states),
      input: x,
      output,
      apply: ({ params, state }, given, run) => {
        let y = given
        const after = children.map((child, index) => {
          const applied = child.apply(
            {
              params: (params as readonly unknown[])[index],
              state: (state as readonly unknown[])[index],
            },
            y,
            below(run, index),
          )
          y = applied.y
          return applied.state
        })
        return { y, state: after }
      },
    })
  }

/** The whole model: images [batch, rows, columns, channels] to logits [batch, classes]. */
export const swin = (config: SwinConfig) =>
  pipe(
    model(['batch', config.height, config.columns, config.channels]),
    layer('embed', embedding(config)),
    layer('positions', config.positions ? learnedPositions(truncatedNormal(0.02)) : identity),
    layer('stages', inTurn(stagesOf(config).map((of) => stage(config, of)))),
    layer('norm', layerNorm(config.epsilon)),
    layer('pool', meanPool),
    layer('head', linear(config.classes, { init: initialisations[config.init] })),
  )

export type Swin = ReturnType<typeof swin>

/** The model of partial options, or the error that names the option at fault. */
export const makeSwin = (options: unknown): E.Either<TensorError, Swin> =>
  pipe(
    decodeConfig()(options),
    E.chain((config) => attempt(() => swin(config))),
  )
