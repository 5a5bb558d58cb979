/** The ViT of the small-data-set baselines (aanna0701/SPT_LSA_ViT), with and without SPT and LSA. */
import type { VitConfig } from '../../../models/vit/index.js'
import { decodeConfig, vit } from '../../../models/vit/index.js'
import { attempt, orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import type { Given, Golden, GoldenFamily, NamedTensors } from './family.js'
import { flagOf, numberOf, sizeOfField } from './vit-metadata.js'
import type { WeightRule } from './vit-weights.js'
import { byRules, parametersFrom } from './vit-weights.js'

const configOf = (golden: Golden): VitConfig => {
  const image = sizeOfField(golden, 'image')
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
      mixer: { kind: 'attention', heads: sizeOfField(golden, 'heads'), bias: false },
      classToken: true,
      readout: 'class token',
      dropPath: 0,
      epsilon: 1e-5,
    }),
  )
}

const rules: readonly WeightRule[] = [
  [/^embed\.project\.weight$/, 'to_patch_embedding.1.weight', 'outputs first'],
  [/^embed\.project\.bias$/, 'to_patch_embedding.1.bias', 'same'],
  [/^token\.token$/, 'cls_token', 'same'],
  [/^positions\.positions$/, 'pos_embedding', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.scale$/, 'transformer.layers.$1.0.norm.weight', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.shift$/, 'transformer.layers.$1.0.norm.bias', 'same'],
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

/** Images (B, C, H, W) in our layout. */
const imagesOf = (x: Tensor): Tensor => build.permute(x, [0, 2, 3, 1])

const computeOf =
  (config: VitConfig) =>
  ({ x, params }: Given): NamedTensors => {
    const model = vit(config)
    const images = imagesOf(x) as typeof model.input
    const { y } = model.apply(
      { params: parametersFrom(model, byRules(rules, params)), state: model.init(keyFromSeed(0)).state },
      images,
      { mode: 'evaluate' },
    )
    return { y }
  }

export const vitFamily: GoldenFamily = {
  name: 'vit',
  recognises: ({ name, tensors }) => name.startsWith('vit_') && 'param/pos_embedding' in tensors,
  read: (golden) =>
    attempt(() => {
      const config = configOf(golden)
      flagOf(golden, 'spt')
      flagOf(golden, 'lsa')
      return { kind: 'program', compute: computeOf(config) } as const
    }),
}
