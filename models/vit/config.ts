/** Options of the vision transformers: a codec, defaults, and what must hold between them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import { optionError } from '../../src/error/error.js'
import { decodeEmbed, embedConfig } from './embed.js'
import type { Rule, SingleMixerConfig } from '../mixer/index.js'
import {
  checkMixers,
  decodeMixer,
  decodeOptions,
  hyenaDefaults,
  mixerConfig,
  mixerPaths,
  oneOf,
  positive,
  singleMixerConfig,
} from '../mixer/index.js'
import { checkKernelScale, decodeMixerOrNull, initNames, patchRule, trainingRules } from '../transformer.js'

const fields = {
  kind: t.literal('vit'),
  /** Rows and columns of the images. */
  height: t.number,
  columns: t.number,
  channels: t.number,
  classes: t.number,
  /** Side of a patch. */
  patch: t.number,
  /** How patches become tokens. */
  embed: embedConfig,
  /** Channels of a token. */
  width: t.number,
  depth: t.number,
  /** Hidden size of the MLPs, as a multiple of the width. */
  mlpRatio: t.number,
  /** What mixes the tokens: one mixer, or a hybrid of two. */
  mixer: mixerConfig,
  /** A layer on the grid of a block's normed tokens, before its mixer (where S4ND and the 2-D SSM stand). */
  beforeMixer: t.union([singleMixerConfig, t.null]),
  /** A layer on the grid of the MLP's hidden channels, before its activation. */
  inMlp: t.union([singleMixerConfig, t.null]),
  /** A learned token before the others; only attention can mix it with them. */
  classToken: t.boolean,
  /** A learned position embedding, the class token's included. */
  positions: t.boolean,
  /** Standard deviation of the first position embedding and class token. */
  positionDeviation: t.number,
  /** What the classifier reads: the mean over the patches, the first patch, or the class token. */
  readout: oneOf(['mean', 'first', 'class token']),
  /** Rate of stochastic depth of the last block; the first has 0 when linear. */
  dropPath: t.number,
  dropPathSchedule: oneOf(['linear', 'constant']),
  /** How linear layers start. */
  init: oneOf(initNames),
  /** How the patch embedding and the classifier start, where not as the others. */
  embedInit: oneOf(['same', ...initNames]),
  headInit: oneOf(['same', ...initNames]),
  epsilon: t.number,
}

export const vitConfig = t.readonly(t.type(fields))
export type VitConfig = t.TypeOf<typeof vitConfig>

/** The paper's small ViT on 32×32 images of 100 classes, with a 2-directional Hyena 2-D mixer. */
export const paperConfig: VitConfig = {
  kind: 'vit',
  height: 32,
  columns: 32,
  channels: 3,
  classes: 100,
  patch: 4,
  embed: { kind: 'patches' },
  width: 192,
  depth: 9,
  mlpRatio: 2,
  mixer: hyenaDefaults,
  beforeMixer: null,
  inMlp: null,
  classToken: false,
  positions: true,
  positionDeviation: 0.02,
  readout: 'mean',
  dropPath: 0.1,
  dropPathSchedule: 'linear',
  init: 'truncated normal',
  embedInit: 'same',
  headInit: 'same',
  epsilon: 1e-6,
}

const rules: readonly Rule<VitConfig>[] = [
  ...positive<VitConfig>('height', 'columns', 'channels', 'classes', 'patch', 'width', 'depth'),
  patchRule,
  [
    'patch',
    (c) => c.embed.kind !== 'shifted patches' || c.patch >= 2,
    'a side from 2 for shifted patches',
    'copies of the image are moved by half a patch',
  ],
  [
    'patch',
    ({ embed, patch }) =>
      embed.kind !== 'convolutions' || embed.strides.reduce((product, n) => product * n, 1) === patch,
    'the product of the strides of embed',
    'a stem of convolutions makes a token of as many places as its strides skip',
  ],
  [
    'mlpRatio',
    (c) => Number.isInteger(c.mlpRatio * c.width) && c.mlpRatio > 0,
    'a ratio whose product with the width is a positive whole number',
    'the paper uses 2',
  ],
  [
    'classToken',
    (c) => !c.classToken || mixerPaths(c.mixer).every(({ mixer }) => mixer.kind === 'attention'),
    'false with a mixer that works on a grid',
    'a class token has no place on the grid: only attention mixes it with the patches',
  ],
  [
    'readout',
    (c) => c.classToken || c.readout !== 'class token',
    "'mean' or 'first' without a class token",
    'give classToken: true, or read the patches',
  ],
  [
    'positionDeviation',
    (c) => c.positionDeviation >= 0,
    'a number from 0',
    'the small ViT starts from 1, DeiT from 0.02',
  ],
  ...trainingRules,
]

/** Rows and columns of tokens. */
export const gridSizes = ({ height, columns, patch }: VitConfig): readonly [number, number] => [
  height / patch,
  columns / patch,
]

/** What a mixer asks of the sizes around it. */
const fits =
  (width: number, [rows, columns]: readonly [number, number], classToken = false) =>
  (mixer: SingleMixerConfig, where: string): E.Either<TensorError, SingleMixerConfig> => {
    if (mixer.kind === 'attention' && mixer.headWidth === null && width % mixer.heads !== 0)
      return E.left(
        optionError({
          where: `${where}heads`,
          expected: `a number that divides the ${width} channels`,
          found: `${mixer.heads}`,
          hint: 'each head takes an equal share of the channels',
        }),
      )
    if (mixer.kind === 'attention' && !mixer.toItself && rows * columns + Number(classToken) === 1)
      return E.left(
        optionError({
          where: `${where}toItself`,
          expected: 'true with a single token',
          found: 'false',
          hint: 'a token must have something to attend to',
        }),
      )
    const onLine = mixer.kind === 'hyena' && mixer.axes !== 'grid'
    return checkKernelScale(mixer, where, 'images', onLine || rows === columns)
  }

const checkSizes = (config: VitConfig): E.Either<TensorError, VitConfig> => {
  const { mixer, beforeMixer, inMlp, width, mlpRatio } = config
  const grid = gridSizes(config)
  const outer = fits(width, grid)
  const inner = fits(width * mlpRatio, grid)
  return pipe(
    checkMixers('vit: mixer.', mixer, fits(width, grid, config.classToken)),
    E.chain(() => (beforeMixer === null ? E.right(null) : outer(beforeMixer, 'vit: beforeMixer.'))),
    E.chain(() => (inMlp === null ? E.right(null) : inner(inMlp, 'vit: inMlp.'))),
    E.map(() => config),
  )
}

/** A configuration from some of its fields, the others as in `base`; the first field at fault is named. */
export const decodeConfig =
  (base: VitConfig = paperConfig) =>
  (given: unknown): E.Either<TensorError, VitConfig> =>
    pipe(
      decodeOptions({
        fields,
        defaults: base,
        rules,
        nested: {
          embed: decodeEmbed,
          mixer: decodeMixer,
          beforeMixer: decodeMixerOrNull,
          inMlp: decodeMixerOrNull,
        },
      })('vit: ')(given),
      E.chain(checkSizes),
    )
