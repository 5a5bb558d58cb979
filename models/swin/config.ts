/** Options of the Swin transformers: a codec, defaults, and what must hold between them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import { optionError } from '../../src/error/error.js'
import type { MixerConfig, Rule, SingleMixerConfig } from '../mixer/index.js'
import {
  attentionDefaults,
  checkMixers,
  decodeMixer,
  decodeOptions,
  isRecord,
  mixerConfig,
  mixerPaths,
  oneOf,
  positive,
  singleMixerConfig,
} from '../mixer/index.js'
import { checkKernelScale, decodeMixerOrNull, initNames, patchRule, trainingRules } from '../transformer.js'
import type { Stage } from './stages.js'
import { stagesOf } from './stages.js'

const fields = {
  kind: t.literal('swin'),
  /** Rows and columns of the images. */
  height: t.number,
  columns: t.number,
  channels: t.number,
  classes: t.number,
  /** Side of a patch. */
  patch: t.number,
  /** Channels of a token in the first stage; each later stage has twice as many. */
  width: t.number,
  /** Blocks of each stage. */
  depths: t.readonlyArray(t.number),
  /** Heads of attention in each stage. */
  heads: t.readonlyArray(t.number),
  /** Hidden size of the MLPs, as a multiple of the width; rounded down. */
  mlpRatio: t.number,
  /** What mixes the tokens: one mixer, or a hybrid of two. The heads of attention are those of the first stage. */
  mixer: mixerConfig,
  /** A layer on the whole map of a block's normed tokens, before its mixer (where S4ND and the 2-D SSM stand). */
  beforeMixer: t.union([singleMixerConfig, t.null]),
  /** Side of the parts that maps are cut into (Swin's windows); a smaller map is one part. */
  part: t.number,
  /** Whether tokens are mixed within each part by itself, or over the whole map of a stage. */
  mixWithin: oneOf(['part', 'map']),
  /** Which blocks of a stage have parts shifted by half their side; only attention can. */
  shift: oneOf(['odd blocks', 'odd attention blocks', 'none']),
  /** Whether attention adds a learned number to the scores by relative position. */
  relativePositions: t.boolean,
  /** Shifted patch tokenisation in place of the patch embedding and of patch merging (SL-Swin). */
  shiftedPatches: t.boolean,
  /** A learned position embedding. */
  positions: t.boolean,
  /** Rate of stochastic depth of the last block; it rises linearly from 0 in the first. */
  dropPath: t.number,
  /** How linear layers start. */
  init: oneOf(initNames),
  epsilon: t.number,
}

export const swinConfig = t.readonly(t.type(fields))
export type SwinConfig = t.TypeOf<typeof swinConfig>

/** The small Swin of the paper's table 2 on 32×32 images of 100 classes. */
export const paperConfig: SwinConfig = {
  kind: 'swin',
  height: 32,
  columns: 32,
  channels: 3,
  classes: 100,
  patch: 2,
  width: 96,
  depths: [2, 6, 4],
  heads: [3, 6, 12],
  mlpRatio: 2,
  mixer: { ...attentionDefaults, heads: 3, bias: true },
  beforeMixer: null,
  part: 4,
  mixWithin: 'part',
  shift: 'odd blocks',
  relativePositions: true,
  shiftedPatches: false,
  positions: true,
  dropPath: 0.1,
  init: 'pytorch',
  epsilon: 1e-5,
}

const counts = (sizes: readonly number[]): boolean =>
  sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size > 0)

const onMaps =
  (holds: (stage: Stage) => boolean) =>
  (config: SwinConfig): boolean =>
    stagesOf(config).every(holds)

const mixesOnlyByAttention = ({ mixer }: SwinConfig): boolean =>
  mixerPaths(mixer).every((each) => each.mixer.kind === 'attention')

const attends = ({ mixer }: SwinConfig): boolean =>
  mixerPaths(mixer).some((each) => each.mixer.kind === 'attention')

const rules: readonly Rule<SwinConfig>[] = [
  ...positive<SwinConfig>('height', 'columns', 'channels', 'classes', 'patch', 'width', 'part'),
  ['depths', ({ depths }) => counts(depths), 'positive whole numbers', 'one a stage; the paper has 2, 6, 4'],
  [
    'heads',
    ({ heads, depths }) => counts(heads) && heads.length === depths.length,
    'as many positive whole numbers as there are stages',
    'the paper has 3, 6, 12',
  ],
  patchRule,
  [
    'patch',
    (c) => !c.shiftedPatches || c.patch > 1,
    'a side from 2 for shifted patches',
    'copies are moved by half a patch, which must be at least one pixel',
  ],
  [
    'depths',
    onMaps(({ map }) => map.every(Number.isInteger)),
    'stages whose maps can be halved',
    'patches along rows and columns must be divisible by 2 for each stage after the first',
  ],
  [
    'part',
    onMaps(({ map, side }) => map.every((size) => size % side === 0)),
    'a side that divides the map of each stage',
    'parts must fill the map; choose another side, patch or image size',
  ],
  [
    'shift',
    (c) => c.shift !== 'odd blocks' || c.mixWithin === 'map' || mixesOnlyByAttention(c),
    "'none' or 'odd attention blocks' with a mixer that is not attention",
    'only attention keeps apart what is no neighbour in a shifted part; Hyena-Swin has no shift',
  ],
  [
    'heads',
    (c) => !attends(c) || onMaps(({ width, heads }) => width % heads === 0)(c),
    'numbers that divide the channels of their stages',
    'each head takes an equal share of the channels',
  ],
  [
    'mlpRatio',
    (c) => Math.floor(c.mlpRatio * c.width) > 0,
    'a ratio that leaves a hidden channel or more',
    'the paper uses 2',
  ],
  ...trainingRules,
]

/** The maps on which mixers work: of parts, or of stages. */
const mapsMixed = (config: SwinConfig): readonly (readonly [number, number])[] =>
  stagesOf(config).map(({ map, side }) => (config.mixWithin === 'map' ? map : [side, side]))

/** What a mixer asks of the sizes around it. */
const fits =
  (config: SwinConfig, maps: readonly (readonly [number, number])[]) =>
  (mixer: SingleMixerConfig, where: string): E.Either<TensorError, SingleMixerConfig> => {
    if (mixer.kind === 'attention' && mixer.heads !== config.heads[0])
      return E.left(
        optionError({
          where: `${where}heads`,
          expected: `${config.heads[0]}, the heads of the first stage`,
          found: `${mixer.heads}`,
          hint: 'leave it out: the heads of each stage stand in the option heads',
        }),
      )
    if (mixer.kind === 'attention' && !mixer.toItself && maps.some(([rows, columns]) => rows * columns === 1))
      return E.left(
        optionError({
          where: `${where}toItself`,
          expected: 'true where a part is a single place',
          found: 'false',
          hint: 'a place that is alone has no other to attend to; use larger parts or fewer stages',
        }),
      )
    return checkKernelScale(
      mixer,
      where,
      'maps',
      maps.every(([a, b]) => a === b),
    )
  }

const noAttention = (mixer: SingleMixerConfig): E.Either<TensorError, SingleMixerConfig> =>
  mixer.kind === 'attention'
    ? E.left(
        optionError({
          where: 'swin: beforeMixer.kind',
          expected: 'a mixer that is not attention',
          found: mixer.kind,
          hint: 'attention over whole maps is mixer attention with mixWithin map',
        }),
      )
    : E.right(mixer)

const checkMixing = (config: SwinConfig): E.Either<TensorError, SwinConfig> => {
  const { mixer, beforeMixer } = config
  const maps = stagesOf(config).map(({ map }) => map)
  return pipe(
    checkMixers('swin: mixer.', mixer, fits(config, mapsMixed(config))),
    E.chain(() =>
      beforeMixer === null
        ? E.right(null)
        : pipe(
            noAttention(beforeMixer),
            E.chain((before) => fits(config, maps)(before, 'swin: beforeMixer.')),
          ),
    ),
    E.map(() => config),
  )
}

/** Attention, wherever it stands among a mixer's options, with these heads where it states none. */
const withHeads = (mixer: unknown, heads: unknown): unknown => {
  if (!isRecord(mixer)) return mixer
  if (mixer['kind'] === 'attention') return { heads, bias: true, ...mixer }
  if (mixer['kind'] !== 'hybrid') return mixer
  const { first, second, ...rest } = { second: { kind: 'attention' }, ...mixer } as Readonly<
    Record<string, unknown>
  >
  return {
    ...rest,
    ...(first === undefined ? {} : { first: withHeads(first, heads) }),
    second: withHeads(second, heads),
  }
}

/** The base's mixer with the heads that are given for the first stage. */
const baseMixer = ({ mixer }: SwinConfig, heads: unknown): unknown => {
  const of = (each: MixerConfig): unknown =>
    each.kind === 'attention'
      ? { ...each, heads }
      : each.kind === 'hybrid'
        ? { ...each, first: of(each.first), second: of(each.second) }
        : each
  return of(mixer)
}

/** A configuration from some of its fields, the others as in `base`; the first field at fault is named. */
export const decodeConfig =
  (base: SwinConfig = paperConfig) =>
  (given: unknown): E.Either<TensorError, SwinConfig> => {
    const heads =
      isRecord(given) && Array.isArray(given['heads']) ? (given['heads'][0] as unknown) : base.heads[0]
    const mixer =
      isRecord(given) && 'mixer' in given ? withHeads(given['mixer'], heads) : baseMixer(base, heads)
    return pipe(
      decodeOptions({
        fields,
        defaults: base,
        rules,
        nested: { mixer: decodeMixer, beforeMixer: decodeMixerOrNull },
      })('swin: ')(isRecord(given) ? { ...given, mixer } : given),
      E.chain(checkMixing),
    )
  }
