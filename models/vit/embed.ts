/** How images become tokens on a grid: linear maps of patches, of patches with their surroundings, or convolutions. */
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../src/ir/tensor.js'
import { layer } from '../../src/nn/compose.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { linear } from '../../src/nn/linear.js'
import type { Layer } from '../../src/nn/model.js'
import { model } from '../../src/nn/model.js'
import { patchify } from '../../src/nn/patchify.js'
import { shiftedPatches } from '../../src/nn/shifted-patches.js'
import type { Decode, Tokens } from '../mixer/index.js'
import { byKind, decodeOptions } from '../mixer/index.js'

const patchesFields = { kind: t.literal('patches') }
/** Shifted patch tokenisation (SL-ViT). */
const shiftedFields = { kind: t.literal('shifted patches') }

export const embedConfig = t.union([t.readonly(t.type(patchesFields)), t.readonly(t.type(shiftedFields))])
export type EmbedConfig = t.TypeOf<typeof embedConfig>

/** An embedding's options, the others by default. */
export const decodeEmbed: Decode<EmbedConfig> = byKind<EmbedConfig>('an embedding', {
  patches: decodeOptions({ fields: patchesFields, defaults: { kind: 'patches' } }),
  'shifted patches': decodeOptions({ fields: shiftedFields, defaults: { kind: 'shifted patches' } }),
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
    }
  }
