/** The released vision transformer of Hyena N-D (Itamarzimm/HyenaND): DeiT, Hyena, hybrids, convolution stem. */
import type { HyenaConfig, MixerConfig, SingleMixerConfig } from '../../../models/mixer/index.js'
import { decodeMixer, mixersOf } from '../../../models/mixer/index.js'
import type { VitConfig } from '../../../models/vit/index.js'
import { decodeConfig, vit, vitTokens } from '../../../models/vit/index.js'
import { attempt, dataError, fail, orFail } from '../../error/error.js'
import { gridOf } from '../../nn/axes.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { Given, Golden, GoldenFamily, NamedTensors } from './family.js'
import { flagOf, nameOf, numberOf, sizeOfField } from './vit-metadata.js'
import { hyenaWeight } from './hyena-weights.js'
import type { WeightRule } from './vit-weights.js'
import { byRules, parametersFrom } from './vit-weights.js'

const methods = [
  'attention',
  'attentionec',
  'hyena',
  'hyena2d',
  'hyena2dattn',
  'attnhyena2d',
  'onebyone',
] as const

const modes = ['standard', 'seq', '4dir', '4dirp', 'parallel'] as const
type Mode = (typeof modes)[number]

const windowNames = ['standard', 'learn', 'symettric', 'no'] as const

const windows: Readonly<Record<(typeof windowNames)[number], HyenaConfig['window']>> = {
  standard: 'released',
  learn: 'learned',
  symettric: 'released-symmetric',
  no: 'none',
}

const hyena1d = (golden: Golden): object => ({
  kind: 'hyena',
  axes: 'sequence',
  order: sizeOfField(golden, 'hyena_order'),
  filterWidth: sizeOfField(golden, 'hyena_filter_order'),
  window: 'released',
  directions: 1,
})

/** The released directions; those of 'seq' alternate over all blocks, whatever these are. */
const directions: Readonly<Record<Mode, Pick<HyenaConfig, 'directions' | 'aggregation'>>> = {
  standard: { directions: 1, aggregation: 'linear' },
  seq: { directions: 2, aggregation: 'linear' },
  '4dir': { directions: 4, aggregation: 'linear' },
  '4dirp': { directions: 4, aggregation: 'projection' },
  parallel: { directions: 'parallel', aggregation: 'linear' },
}

/** The window of a filter: none for free kernels; the product's has no symmetric one and is never powered. */
const windowOf = (
  golden: Golden,
  filter: HyenaConfig['filter'],
): Pick<HyenaConfig, 'window' | 'windowPower'> => {
  if (filter === 'free') return { window: 'none', windowPower: 1 }
  const names = filter === 'product' ? (['standard', 'learn', 'no'] as const) : windowNames
  const powered = flagOf(golden, 'hyena2d_sqrt_decay') && filter === 'implicit'
  return { window: windows[nameOf(golden, 'window_mode', names)], windowPower: powered ? 0.5 : 1 }
}

const hyena2d = (golden: Golden): object => {
  const implicit = flagOf(golden, 'hyena2d_filter') ? 'implicit' : 'product'
  const filter = flagOf(golden, 'direct_paramtrization') ? 'free' : implicit
  return {
    kind: 'hyena',
    axes: 'grid',
    order: sizeOfField(golden, 'hyena_order'),
    filter,
    filterWidth: sizeOfField(golden, 'hyena_filter_order'),
    ...windowOf(golden, filter),
    ...directions[nameOf(golden, 'directional_mode', modes)],
    alternate: 'all blocks',
    kernelScale: 'inverse of 2L',
  }
}

const mixerOfMethod = (golden: Golden): MixerConfig => {
  const attention = { kind: 'attention', heads: sizeOfField(golden, 'heads'), bias: true }
  const hybrid = (arrangement: string, first: object, second: object): object => ({
    kind: 'hybrid',
    arrangement,
    first,
    second,
  })
  const given = (): object => {
    switch (nameOf(golden, 'method', methods)) {
      case 'attention':
      case 'attentionec':
        return attention
      case 'hyena':
        return hyena1d(golden)
      case 'hyena2d':
        return hyena2d(golden)
      case 'hyena2dattn':
        return hybrid('released halves', hyena2d(golden), attention)
      case 'attnhyena2d':
        return hybrid('released halves', attention, hyena2d(golden))
      case 'onebyone':
        return hybrid('alternate', hyena2d(golden), attention)
    }
  }
  return orFail(decodeMixer(`${golden.name}: mixer.`)(given()))
}

/** Blocks that the file has weights for: the convolution stem takes the place of one of `depth`. */
const blocksIn = ({ tensors }: Golden): number =>
  Object.keys(tensors).filter((name) => /^param\/blocks\.\d+\.norm1\.weight$/.test(name)).length

/** The released stem: convolutions with bias alone, each halving the grid; the patch embedding beside it is unused. */
const embedOf = (golden: Golden): object => {
  if (nameOf(golden, 'method', methods) !== 'attentionec') return { kind: 'patches' }
  const named = (index: number) => golden.tensors[`param/convs.conv_layers.${index}.bias`]
  const indices = Object.keys(golden.tensors).map((_, index) => index)
  const widths = indices.flatMap((index) => named(index)?.shape ?? [])
  return { kind: 'convolutions', widths, strides: widths.map(() => 2), activated: false }
}

const configOf = (golden: Golden): VitConfig => {
  const image = sizeOfField(golden, 'image')
  const classToken = flagOf(golden, 'use_cls_token')
  nameOf(golden, 'readout', ['token 0'])
  return orFail(
    decodeConfig()({
      height: image,
      columns: image,
      channels: golden.tensors['x']?.shape[1] ?? 3,
      classes: sizeOfField(golden, 'outputs'),
      patch: sizeOfField(golden, 'patch_size'),
      embed: embedOf(golden),
      width: sizeOfField(golden, 'dim'),
      depth: blocksIn(golden),
      mlpRatio: numberOf(golden, 'mlp_ratio'),
      mixer: mixerOfMethod(golden),
      classToken,
      readout: classToken ? 'class token' : 'first',
      dropPath: 0,
      epsilon: numberOf(golden, 'ln_eps'),
    }),
  )
}

/** How the file calls a mixer: attention, hyena, or hyena2d with the mode it has in its block. */
const calledAs =
  (golden: Golden) =>
  (mixer: SingleMixerConfig, block: number): string => {
    if (mixer.kind !== 'hyena' || mixer.axes === 'sequence') return mixer.kind
    const mode = nameOf(golden, 'directional_mode', modes)
    return `hyena2d:${mode === 'seq' && block % 2 === 1 ? 'standard' : mode}`
  }

/** Refuses a file whose blocks are not as many as it states; the stem may have taken one's place, or not yet. */
const checkDepth = (golden: Golden, blocks: number): void => {
  const stated = sizeOfField(golden, 'depth')
  const stem = nameOf(golden, 'method', methods) === 'attentionec'
  if (stated === blocks || (stem && stated === blocks + 1)) return
  fail(
    dataError({
      where: golden.name,
      expected: `metadata depth: ${blocks}, as there are blocks`,
      found: `${stated}`,
      hint: 'only the convolution stem takes the place of a block',
    }),
  )
}

/** Refuses a file whose blocks are not those that its method has. */
const checkBlocks = (golden: Golden, config: VitConfig): void => {
  checkDepth(golden, config.depth)
  const ours = mixersOf(config.mixer, config.depth).map(calledAs(golden)).join(',')
  // The released blocks behind the stem keep the method's name.
  const stated = golden.metadata['mixers']?.replaceAll('attentionec', 'attention')
  if (stated === undefined || stated === ours) return
  fail(
    dataError({
      where: golden.name,
      expected: `mixers ${ours}, as its method has`,
      found: stated,
      hint: 'method, depth and directional_mode say which block has which mixer',
    }),
  )
}

const rules: readonly WeightRule[] = [
  [/^embed\.steps\.(\d+)\.convolution\.(weight)$/, 'convs.conv_layers.$1.$2', 'outputs first'],
  [/^embed\.steps\.(\d+)\.convolution\.(bias)$/, 'convs.conv_layers.$1.$2', 'same'],
  [/^embed\.last\.weight$/, 'convs.conv_layers.conv_1x1.weight', 'outputs first'],
  [/^embed\.last\.bias$/, 'convs.conv_layers.conv_1x1.bias', 'same'],
  [/^embed\.project\.weight$/, 'patch_embed.proj.weight', 'outputs first'],
  [/^embed\.project\.bias$/, 'patch_embed.proj.bias', 'same'],
  [/^token\.token$/, 'cls_token', 'same'],
  [/^positions\.positions$/, 'pos_embed', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.scale$/, 'blocks.$1.norm1.weight', 'same'],
  [/^blocks\.(\d+)\.mix\.norm\.shift$/, 'blocks.$1.norm1.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.norm\.scale$/, 'blocks.$1.norm2.weight', 'same'],
  [/^blocks\.(\d+)\.feed\.norm\.shift$/, 'blocks.$1.norm2.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.body\.up\.weight$/, 'blocks.$1.mlp.fc1.weight', 'outputs first'],
  [/^blocks\.(\d+)\.feed\.body\.up\.bias$/, 'blocks.$1.mlp.fc1.bias', 'same'],
  [/^blocks\.(\d+)\.feed\.body\.down\.weight$/, 'blocks.$1.mlp.fc2.weight', 'outputs first'],
  [/^blocks\.(\d+)\.feed\.body\.down\.bias$/, 'blocks.$1.mlp.fc2.bias', 'same'],
  [/^norm\.scale$/, 'norm.weight', 'same'],
  [/^norm\.shift$/, 'norm.bias', 'same'],
  [/^head\.weight$/, 'head.weight', 'outputs first'],
  [/^head\.bias$/, 'head.bias', 'same'],
]

const attentionRules: readonly WeightRule[] = [
  [/^project\.weight$/, 'qkv.weight', 'outputs first'],
  [/^project\.bias$/, 'qkv.bias', 'same'],
  [/^output\.weight$/, 'proj.weight', 'outputs first'],
  [/^output\.bias$/, 'proj.bias', 'same'],
]

/** The tensors below a name, without it. */
const below = (tensors: NamedTensors, prefix: string): NamedTensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  )

const mixerPath = /^blocks\.(\d+)\.mix\.body\.(.+)$/

const weightsOf =
  (config: VitConfig, { params, buffers }: Given) =>
  (path: string, shape: Shape): Tensor | null => {
    const [, block, inner] = mixerPath.exec(path) ?? []
    if (block === undefined || inner === undefined) return byRules(rules, params)(path, shape)
    const mixer = mixersOf(config.mixer, config.depth)[Number(block)]
    const own = {
      params: below(params, `blocks.${block}.attn.`),
      buffers: below(buffers, `blocks.${block}.attn.`),
    }
    return mixer?.kind === 'hyena'
      ? hyenaWeight(own)(inner, shape)
      : byRules(attentionRules, own.params)(inner, shape)
  }

const computeOf =
  (config: VitConfig) =>
  (given: Given): NamedTensors => {
    const [trunk, whole] = [vitTokens(config), vit(config)]
    const images = build.permute(given.x, [0, 2, 3, 1]) as typeof whole.input
    const weights = weightsOf(config, given)
    const key = keyFromSeed(0)
    const tokens = trunk.apply(
      { params: parametersFrom(trunk, weights), state: trunk.init(key).state },
      images,
      { mode: 'evaluate' },
    ).y
    const { y } = whole.apply(
      { params: parametersFrom(whole, weights), state: whole.init(key).state },
      images,
      { mode: 'evaluate' },
    )
    const [batch] = tokens.shape
    const count = gridOf('deit', tokens).reduce((product, size) => product * size, 1)
    return { y, tokens: build.reshape(tokens, [batch, count, config.width]) }
  }

export const deitFamily: GoldenFamily = {
  name: 'deit',
  recognises: ({ tensors }) => 'param/pos_embed' in tensors && 'param/head.weight' in tensors,
  read: (golden) =>
    attempt(() => {
      const config = configOf(golden)
      checkBlocks(golden, config)
      return { kind: 'program', compute: computeOf(config) } as const
    }),
}
