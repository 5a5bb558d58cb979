/** The Swin of the small-data-set baselines (aanna0701/SPT_LSA_ViT), with and without SPT and LSA. */
import type { SwinConfig } from '../../../models/swin/index.js'
import { decodeConfig, swin } from '../../../models/swin/index.js'
import { attempt, dataError, fail, orFail } from '../../error/error.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import { isParameter } from '../../nn/parameter.js'
import { flatten } from '../../tree/tree.js'
import type { Given, Golden, GoldenFamily, NamedTensors } from './family.js'
import { checkUsed, fileNameOf } from './network-program.js'
import { flagOf, numberOf, sizeOfField, textOf } from './vit-metadata.js'
import type { WeightRule } from './vit-weights.js'
import { byRules, parametersFrom } from './vit-weights.js'

/** Positive whole numbers between commas. */
const sizesOf = (golden: Golden, field: string): readonly number[] => {
  const sizes = textOf(golden, field).split(',').map(Number)
  return sizes.every((size) => Number.isInteger(size) && size > 0)
    ? sizes
    : fail(
        dataError({
          where: golden.name,
          expected: `metadata ${field}: whole numbers between commas`,
          found: textOf(golden, field),
          hint: 'one number a stage',
        }),
      )
}

const configOf = (golden: Golden): SwinConfig => {
  const image = sizeOfField(golden, 'image')
  const local = flagOf(golden, 'lsa')
  return orFail(
    decodeConfig()({
      height: image,
      columns: image,
      channels: golden.tensors['x']?.shape[1] ?? 3,
      classes: sizeOfField(golden, 'classes'),
      patch: sizeOfField(golden, 'patch'),
      width: sizeOfField(golden, 'dim'),
      depths: sizesOf(golden, 'depths'),
      heads: sizesOf(golden, 'heads'),
      part: sizeOfField(golden, 'window'),
      mlpRatio: numberOf(golden, 'mlp_ratio'),
      mixer: {
        kind: 'attention',
        bias: true,
        temperature: local ? 'learned' : 'fixed',
        toItself: !local,
      },
      shiftedPatches: flagOf(golden, 'spt'),
      dropPath: 0,
    }),
  )
}

const blockRules: readonly WeightRule[] = [
  [/^mix\.norm\.scale$/, 'norm1.weight', 'same'],
  [/^mix\.norm\.shift$/, 'norm1.bias', 'same'],
  [/^mix\.body\.project\.weight$/, 'attn.qkv.weight', 'outputs first'],
  [/^mix\.body\.project\.bias$/, 'attn.qkv.bias', 'same'],
  [/^mix\.body\.scores\.relative$/, 'attn.relative_position_bias_table', 'same'],
  [/^mix\.body\.scores\.temperature$/, 'attn.scale', 'same'],
  [/^mix\.body\.output\.weight$/, 'attn.proj.weight', 'outputs first'],
  [/^mix\.body\.output\.bias$/, 'attn.proj.bias', 'same'],
  [/^feed\.norm\.scale$/, 'norm2.weight', 'same'],
  [/^feed\.norm\.shift$/, 'norm2.bias', 'same'],
  [/^feed\.body\.up\.weight$/, 'mlp.fc1.weight', 'outputs first'],
  [/^feed\.body\.up\.bias$/, 'mlp.fc1.bias', 'same'],
  [/^feed\.body\.down\.weight$/, 'mlp.fc2.weight', 'outputs first'],
  [/^feed\.body\.down\.bias$/, 'mlp.fc2.bias', 'same'],
]

/** Shifted patches, at the path of ours, under the file's name. */
const shiftedRules = (path: string, name: string): readonly WeightRule[] => [
  [new RegExp(`${path}norm\\.scale$`), `${name}.merging.1.weight`, 'same'],
  [new RegExp(`${path}norm\\.shift$`), `${name}.merging.1.bias`, 'same'],
  [new RegExp(`${path}project\\.weight$`), `${name}.merging.2.weight`, 'outputs first'],
  [new RegExp(`${path}project\\.bias$`), `${name}.merging.2.bias`, 'same'],
]

const rules = ({ shiftedPatches, depths }: SwinConfig): readonly WeightRule[] => [
  ...(shiftedPatches
    ? shiftedRules('^embed\\.shifted\\.', 'patch_embed')
    : ([
        [/^embed\.project\.weight$/, 'patch_embed.proj.weight', 'outputs first'],
        [/^embed\.project\.bias$/, 'patch_embed.proj.bias', 'same'],
        [/^embed\.norm\.scale$/, 'patch_embed.norm.weight', 'same'],
        [/^embed\.norm\.shift$/, 'patch_embed.norm.bias', 'same'],
      ] as const)),
  [/^positions\.positions$/, 'absolute_pos_embed', 'same'],
  // Ours merge at the start of a stage, the file's at the end of the one before.
  ...depths.flatMap((_, stage): readonly WeightRule[] => {
    if (stage === 0) return []
    const name = `layers.${stage - 1}.downsample`
    return shiftedPatches
      ? shiftedRules(`^stages\\.${stage}\\.merge\\.`, name)
      : [
          [new RegExp(`^stages\\.${stage}\\.merge\\.norm\\.scale$`), `${name}.norm.weight`, 'same'],
          [new RegExp(`^stages\\.${stage}\\.merge\\.norm\\.shift$`), `${name}.norm.bias`, 'same'],
          [
            new RegExp(`^stages\\.${stage}\\.merge\\.project\\.weight$`),
            `${name}.reduction.weight`,
            'outputs first',
          ],
        ]
  }),
  ...blockRules.map(([path, name, layout]): WeightRule => [
    new RegExp(`^stages\\.(\\d+)\\.blocks\\.(\\d+)\\.${path.source.slice(1)}`),
    `layers.$1.blocks.$2.${name}`,
    layout,
  ]),
  [/^norm\.scale$/, 'norm.weight', 'same'],
  [/^norm\.shift$/, 'norm.bias', 'same'],
  [/^head\.weight$/, 'head.weight', 'outputs first'],
  [/^head\.bias$/, 'head.bias', 'same'],
]

const computeOf =
  (config: SwinConfig) =>
  ({ x, params }: Given): NamedTensors => {
    const model = swin(config)
    // (B, C, H, W) → (B, H, W, C)
    const images = build.permute(x, [0, 2, 3, 1]) as typeof model.input
    const { y } = model.apply(
      {
        params: parametersFrom(model, byRules(rules(config), params)),
        state: model.init(keyFromSeed(0)).state,
      },
      images,
      { mode: 'evaluate' },
    )
    return { y }
  }

export const swinFamily: GoldenFamily = {
  name: 'swin',
  recognises: ({ name, tensors }) => name.startsWith('swin_') && 'param/absolute_pos_embed' in tensors,
  read: (golden) =>
    attempt(() => {
      const config = configOf(golden)
      checkUsed(
        golden,
        flatten(isParameter, swin(config).parameters).map(({ path }) => fileNameOf(rules(config), path)),
      )
      return { kind: 'program', compute: computeOf(config) } as const
    }),
}
