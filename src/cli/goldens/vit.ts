/** The ViT of the small-data-set baselines (aanna0701/SPT_LSA_ViT), with and without SPT and LSA. */
import type { VitConfig } from '../../../models/vit/index.js'
import { decodeConfig, vit } from '../../../models/vit/index.js'
import { attempt, orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import { isParameter } from '../../nn/parameter.js'
import { flatten } from '../../tree/tree.js'
import type { Shape } from '../../shape/dim.js'
import type { Given, Golden, GoldenFamily, NamedTensors } from './family.js'
import { checkUsed, fileNameOf } from './network-program.js'
import { flagOf, numberOf, sizeOfField } from './vit-metadata.js'
import type { WeightRule } from './vit-weights.js'
import { byRules, parametersFrom } from './vit-weights.js'

const configOf = (golden: Golden): VitConfig => {
  const image = sizeOfField(golden, 'image')
  const lsa = flagOf(golden, 'lsa')
  return orFail(
    decodeConfig()({
      height: image,
      columns: image,
      channels: golden.tensors['x']?.shape[1] ?? 3,
      classes: sizeOfField(golden, 'classes'),
      patch: sizeOfField(golden, 'patch'),
      width: sizeOfField(golden, 'dim'),
      depth: sizeOfField(golden, 'depth'),
      mlpRatio: numberOf(golden, 'mlp_ratio'),
      embed: { kind: flagOf(golden, 'spt') ? 'shifted patches' : 'patches' },
      mixer: {
        kind: 'attention',
        heads: sizeOfField(golden, 'heads'),
        headWidth: sizeOfField(golden, 'head_dim'),
        bias: false,
        temperature: lsa ? 'learned' : 'fixed',
        toItself: !lsa,
      },
      classToken: true,
      readout: 'class token',
      dropPath: 0,
      epsilon: 1e-5,
    }),
  )
}

/** A linear map of patches, or of normed patches with their surroundings. */
const embedRules = (spt: boolean): readonly WeightRule[] => {
  const linear = spt ? 'to_patch_embedding.merging.2' : 'to_patch_embedding.1'
  return [
    [/^embed\.project\.weight$/, `${linear}.weight`, 'outputs first'],
    [/^embed\.project\.bias$/, `${linear}.bias`, 'same'],
    [/^embed\.norm\.scale$/, 'to_patch_embedding.merging.1.weight', 'same'],
    [/^embed\.norm\.shift$/, 'to_patch_embedding.merging.1.bias', 'same'],
  ]
}

const rules: readonly WeightRule[] = [
  [/^token\.token$/, 'cls_token', 'same'],
  [/^positions\.positions$/, 'pos_embedding', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.scale$/, 'transformer.layers.$1.0.norm.weight', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.shift$/, 'transformer.layers.$1.0.norm.bias', 'same'],
  [/^blocks\.(\d+)\.mix\.body\.scores\.temperature$/, 'transformer.layers.$1.0.fn.scale', 'same'],
  [
    /^blocks\.(\d+)\.mix\.body\.project\.weight$/,
    'transformer.layers.$1.0.fn.to_qkv.weight',
    'outputs first',
  ],
  [
    /^blocks\.(\d+)\.mix\.body\.output\.weight$/,
    'transformer.layers.$1.0.fn.to_out.0.weight',
    'outputs first',
  ],
  [/^blocks\.(\d+)\.mix\.body\.output\.bias$/, 'transformer.layers.$1.0.fn.to_out.0.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.norm\.scale$/, 'transformer.layers.$1.1.norm.weight', 'same'],
  [/^blocks\.(\d+)\.feed\.norm\.shift$/, 'transformer.layers.$1.1.norm.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.body\.up\.weight$/, 'transformer.layers.$1.1.fn.net.0.weight', 'outputs first'],
  [/^blocks\.(\d+)\.feed\.body\.up\.bias$/, 'transformer.layers.$1.1.fn.net.0.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.body\.down\.weight$/, 'transformer.layers.$1.1.fn.net.3.weight', 'outputs first'],
  [/^blocks\.(\d+)\.feed\.body\.down\.bias$/, 'transformer.layers.$1.1.fn.net.3.bias', 'same'],
  [/^norm\.scale$/, 'mlp_head.0.weight', 'same'],
  [/^norm\.shift$/, 'mlp_head.0.bias', 'same'],
  [/^head\.weight$/, 'mlp_head.1.weight', 'outputs first'],
  [/^head\.bias$/, 'mlp_head.1.bias', 'same'],
]

const rulesOf = ({ embed }: VitConfig): readonly WeightRule[] => [
  ...embedRules(embed.kind === 'shifted patches'),
  ...rules,
]

/** Images (B, C, H, W) in our layout. */
const imagesOf = (x: Tensor): Tensor => build.permute(x, [0, 2, 3, 1])

/** Where a single head is as wide as the tokens, the reference code has no projection of its results. */
const withoutProjection =
  (width: number) =>
  (path: string, shape: Shape): Tensor | null => {
    const [, which] = /^blocks\.\d+\.mix\.body\.output\.(weight|bias)$/.exec(path) ?? []
    if (which === 'bias') return build.constant(0, shape)
    const diagonal = Float64Array.from({ length: width ** 2 }, (_, i) => (i % (width + 1) === 0 ? 1 : 0))
    return which === 'weight' ? build.table(diagonal, [width, width]) : null
  }

const computeOf =
  (config: VitConfig, projects: boolean) =>
  ({ x, params }: Given): NamedTensors => {
    const model = vit(config)
    const images = imagesOf(x) as typeof model.input
    const named = byRules(rulesOf(config), params)
    const missing = projects ? () => null : withoutProjection(config.width)
    const weights = parametersFrom(model, (path, shape) => missing(path, shape) ?? named(path, shape))
    const { y } = model.apply({ params: weights, state: model.init(keyFromSeed(0)).state }, images, {
      mode: 'evaluate',
    })
    return { y }
  }

export const vitFamily: GoldenFamily = {
  name: 'vit',
  recognises: ({ tensors }) => 'param/pos_embedding' in tensors && 'param/cls_token' in tensors,
  read: (golden) =>
    attempt(() => {
      const config = configOf(golden)
      checkUsed(
        golden,
        flatten(isParameter, vit(config).parameters).map(({ path }) => fileNameOf(rulesOf(config), path)),
      )
      const projects = sizeOfField(golden, 'heads') > 1 || sizeOfField(golden, 'head_dim') !== config.width
      return { kind: 'program', compute: computeOf(config, projects) } as const
    }),
}
