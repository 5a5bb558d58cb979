/** How images become tokens on a grid: linear maps of patches, of patches with their surroundings, or convolutions. */
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../src/ir/tensor.js'
import { layer } from '../../src/nn/compose.js'
import { convolutionStem } from '../../src/nn/convolution-stem.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer } from '../../src/nn/model.js'
import { defineModel, model } from '../../src/nn/model.js'
import { patchify } from '../../src/nn/patchify.js'
import { shiftedPatches } from '../../src/nn/shifted-patches.js'
import type { Decode, Tokens } from '../mixer/index.js'
import { byKind, decodeOptions } from '../mixer/index.js'

const patchesFields = { kind: t.literal('patches') }
/** Shifted patch tokenisation (SL-ViT). */
const shiftedFields = { kind: t.literal('shifted patches') }

const convolutionsFields = {
  kind: t.literal('convolutions'),
  /** Channels after each convolution over neighbours; a last one, of one tap, makes the tokens. */
  widths: t.readonlyArray(t.number),
  /** Strides of these, whose product is the side of a patch. */
  strides: t.readonlyArray(t.number),
  taps: t.number,
  /** Batch normalisation and ReLU after each but the last; without, the stem is a chain of linear maps. */
  activated: t.boolean,
}
const convolutionsConfig = t.readonly(t.type(convolutionsFields))
export type ConvolutionsConfig = t.TypeOf<typeof convolutionsConfig>

/** The stem of ViT_C at 1 GFLOP (Xiao et al. 2021). */
export const convolutionsDefaults: ConvolutionsConfig = {
  kind: 'convolutions',
  widths: [24, 48, 96, 192],
  strides: [2, 2, 2, 2],
  taps: 3,
  activated: true,
}

export const embedConfig = t.union([
  t.readonly(t.type(patchesFields)),
  t.readonly(t.type(shiftedFields)),
  convolutionsConfig,
])
export type EmbedConfig = t.TypeOf<typeof embedConfig>

const counts = (list: readonly number[]): boolean => list.every((n) => Number.isInteger(n) && n > 0)

/** An embedding's options, the others by default. */
export const decodeEmbed: Decode<EmbedConfig> = byKind<EmbedConfig>('an embedding', {
  patches: decodeOptions({ fields: patchesFields, defaults: { kind: 'patches' } }),
  'shifted patches': decodeOptions({ fields: shiftedFields, defaults: { kind: 'shifted patches' } }),
  convolutions: decodeOptions({
    fields: convolutionsFields,
    defaults: convolutionsDefaults,
    rules: [
      [
        'widths',
        ({ widths }) => widths.length > 0 && counts(widths),
        'positive whole numbers',
        'one for each convolution over neighbours',
      ],
      [
        'strides',
        ({ strides, widths }) => strides.length === widths.length && counts(strides),
        'a positive whole number for each of the widths',
        'their product is the side of a patch',
      ],
      [
        'taps',
        ({ taps }) => Number.isInteger(taps) && taps > 0 && taps % 2 === 1,
        'an odd number',
        'a tap in the middle, and as many on either side',
      ],
    ],
  }),
})

/** Images [batch, rows, columns, channels]. */
type Images = Tensor<readonly ['batch', number, number, number], 'f32'>

interface Sizes {
  readonly patch: number
  readonly width: number
  readonly epsilon: number
  readonly embed: EmbedConfig
}

/** Tokens on their grid, from images. */
export const embedding =
  ({ embed, patch, width, epsilon }: Sizes, init: Initialisation): Layer<unknown, unknown, Images, Tokens> =>
  (x) => {
    switch (embed.kind) {
      case 'patches':
        return pipe(
          model(x.shape),
          layer('patches', patchify(patch)),
          layer('project', linear(width, { init })),
        )
      case 'shifted patches':
        return shiftedPatches(patch, width, { init, epsilon })(x)
      case 'convolutions':
        return defineModel<unknown, unknown, Images, Tokens>({
          ...convolutionStem({ ...embed, outputs: width })(x),
          input: x,
        })
    }
  }
