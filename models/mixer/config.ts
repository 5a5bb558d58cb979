/** What mixes tokens, as plain data: a tagged union of every mixer's options, and hybrids of two. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import { paperDecay } from '../../src/nn/decay-window.js'
import type { Decode } from './options.js'
import { byKind, decodeOptions, oneOf, positive } from './options.js'

const attentionFields = {
  kind: t.literal('attention'),
  heads: t.number,
  /** Whether queries, keys and values have a bias. */
  bias: t.boolean,
  /** Channels of a head; an equal share of the channels where null. */
  headWidth: t.union([t.number, t.null]),
  /** The factor on the scores: 1/√width, or learned from there on (LSA). */
  temperature: oneOf(['fixed', 'learned']),
  /** Whether a place attends to itself too; it does not in LSA. */
  toItself: t.boolean,
}
const attentionConfig = t.readonly(t.type(attentionFields))
export type AttentionConfig = t.TypeOf<typeof attentionConfig>

/** Heads and bias of the paper's small ViT. */
export const attentionDefaults: AttentionConfig = {
  kind: 'attention',
  heads: 12,
  bias: false,
  headWidth: null,
  temperature: 'fixed',
  toItself: true,
}

const hyenaFields = {
  kind: t.literal('hyena'),
  /** Hyena N-D over the grid, or Hyena 1-D over its places in row-major order. */
  axes: oneOf(['grid', 'sequence']),
  order: t.number,
  /** 'free' has every value of the filter as a parameter. */
  filter: oneOf(['implicit', 'product', 'free']),
  filterWidth: t.number,
  /** Hidden layers of the filter's network. */
  filterDepth: t.number,
  /** Features of a position on one axis: odd, from 3. */
  features: t.number,
  frequency: t.number,
  sine: oneOf(['shared', 'own']),
  /** Features of positions: constants, or learned, one table a length of axes or one an axis. */
  positions: oneOf(['fixed', 'learned', 'learned by axis']),
  window: oneOf(['dimensional', 'released', 'symmetric', 'released-symmetric', 'learned', 'none']),
  /** Power of the window's exponential. */
  windowPower: t.number,
  /** The window reaches `target` at the fraction `fast` of an axis in the fastest channel, `slow` in the slowest. */
  decay: t.readonly(t.type({ target: t.number, fast: t.number, slow: t.number })),
  /**
   * 1: causal. 2: blocks alternate between backward and forward, from backward. 'both': these two in each block,
   * mixed. 4: every flip, mixed. 'parallel': four causal copies side by side, as released.
   */
  directions: t.union([t.literal(1), t.literal(2), t.literal(4), t.literal('both'), t.literal('parallel')]),
  /** Which blocks alternate: Hyena blocks alone, or all of a hybrid's (released code). */
  alternate: oneOf(['hyena blocks', 'all blocks']),
  /** Whether directions that are mixed share projections (released code) or have their own (paper). */
  projections: oneOf(['shared', 'own']),
  /** How directions are mixed: a weight each, one each for every channel, or a linear map of all. */
  aggregation: oneOf(['linear', 'channels', 'projection']),
  /** Which of a backward layer's convolutions are reversed, at orders above 2. */
  reversal: oneOf(['first', 'alternate', 'every']),
  /** Causal on a sequence and centred on a grid by default. */
  shortFilter: oneOf(['default', 'same', 'causal']),
  shortTaps: t.number,
  kernelScale: oneOf(['one', 'inverse of 2L']),
}
const hyenaConfig = t.readonly(t.type(hyenaFields))
export type HyenaConfig = t.TypeOf<typeof hyenaConfig>

/** The paper's 2-directional Hyena N-D. */
export const hyenaDefaults: HyenaConfig = {
  kind: 'hyena',
  axes: 'grid',
  order: 2,
  filter: 'implicit',
  filterWidth: 32,
  filterDepth: 3,
  features: 3,
  frequency: 1,
  sine: 'shared',
  positions: 'learned',
  window: 'dimensional',
  windowPower: 1,
  decay: paperDecay,
  directions: 2,
  alternate: 'hyena blocks',
  projections: 'shared',
  aggregation: 'linear',
  reversal: 'first',
  shortFilter: 'default',
  shortTaps: 3,
  kernelScale: 'one',
}

const s4ndFields = {
  kind: t.literal('s4nd'),
  /** N: states, in conjugate pairs. */
  states: t.number,
  /** Diagonal plus low rank (S4), or diagonal (S4D). */
  matrix: oneOf(['dplr', 'diagonal']),
  start: oneOf(['legs', 'lin', 'inv']),
  /** Matrices A, B and P, shared by as many channels each. */
  systems: t.number,
  bidirectional: t.boolean,
}
const s4ndConfig = t.readonly(t.type(s4ndFields))
export type S4ndConfig = t.TypeOf<typeof s4ndConfig>

/** S4 with one system for all channels, in both directions. */
export const s4ndDefaults: S4ndConfig = {
  kind: 's4nd',
  states: 2,
  matrix: 'dplr',
  start: 'legs',
  systems: 1,
  bidirectional: true,
}

const ssm2dFields = {
  kind: t.literal('ssm2d'),
  /** N: states of a system. */
  states: t.number,
  /** Systems for each direction. */
  systems: t.number,
  directions: t.union([t.literal(1), t.literal(2), t.literal(4)]),
  complex: t.boolean,
  /** Whether ω ⊙ x is added. */
  skip: t.boolean,
  /** Whether a layer norm follows. */
  normalised: t.boolean,
}
const ssm2dConfig = t.readonly(t.type(ssm2dFields))
export type Ssm2dConfig = t.TypeOf<typeof ssm2dConfig>

/** The smallest, as it stands before attention: 780 parameters for 192 channels. */
export const ssm2dDefaults: Ssm2dConfig = {
  kind: 'ssm2d',
  states: 1,
  systems: 1,
  directions: 2,
  complex: false,
  skip: false,
  normalised: false,
}

/** One mixer, the same in whichever blocks have it. */
export const singleMixerConfig = t.union([attentionConfig, hyenaConfig, s4ndConfig, ssm2dConfig])
export type SingleMixerConfig = t.TypeOf<typeof singleMixerConfig>

const hybridFields = {
  kind: t.literal('hybrid'),
  /**
   * 'halves': as printed, an odd block in the middle going to the second mixer. 'released halves': blocks 0 to
   * ⌊depth/2⌋ have the first mixer (7 of 12). 'alternate': even blocks have the first mixer.
   */
  arrangement: oneOf(['halves', 'released halves', 'alternate']),
  first: singleMixerConfig,
  second: singleMixerConfig,
}
const hybridConfig = t.readonly(t.type(hybridFields))
export type HybridConfig = t.TypeOf<typeof hybridConfig>

/** The paper's best hybrid: Hyena in the first half, attention in the second. */
export const hybridDefaults: HybridConfig = {
  kind: 'hybrid',
  arrangement: 'halves',
  first: hyenaDefaults,
  second: attentionDefaults,
}

/** The mixers of a whole network. */
export const mixerConfig = t.union([attentionConfig, hyenaConfig, s4ndConfig, ssm2dConfig, hybridConfig])
export type MixerConfig = t.TypeOf<typeof mixerConfig>

const single: Readonly<Record<SingleMixerConfig['kind'], Decode<SingleMixerConfig>>> = {
  attention: decodeOptions({
    fields: attentionFields,
    defaults: attentionDefaults,
    rules: [
      ...positive<AttentionConfig>('heads'),
      [
        'headWidth',
        ({ headWidth }) => headWidth === null || (Number.isInteger(headWidth) && headWidth > 0),
        'a positive whole number, or null',
        'null gives each head an equal share of the channels',
      ],
    ],
  }),
  hyena: decodeOptions({
    fields: hyenaFields,
    defaults: hyenaDefaults,
    rules: [
      ...positive<HyenaConfig>('filterWidth', 'filterDepth', 'shortTaps'),
      [
        'order',
        ({ order }) => Number.isInteger(order) && order >= 2,
        'a whole number from 2',
        'order 2 has one long convolution',
      ],
      [
        'features',
        ({ features }) => Number.isInteger(features) && features >= 3 && features % 2 === 1,
        'an odd number from 3',
        'one position, and a cosine and a sine for each band',
      ],
      ['windowPower', ({ windowPower }) => windowPower > 0, 'a positive number', 'the paper has 1'],
      [
        'decay',
        ({ decay: { target, fast, slow } }) => target > 0 && target < 1 && fast > 0 && slow >= fast,
        'a target between 0 and 1, and 0 < fast ≤ slow',
        'the released code has target 0.01, fast 0.3, slow 1.5',
      ],
      [
        'shortTaps',
        ({ shortTaps, shortFilter, axes }) =>
          shortTaps % 2 === 1 ||
          shortFilter === 'causal' ||
          (shortFilter === 'default' && axes === 'sequence'),
        'an odd number for a short filter that is centred',
        "a centred filter has as many taps on either side; or choose shortFilter: 'causal'",
      ],
    ],
  }),
  s4nd: decodeOptions({
    fields: s4ndFields,
    defaults: s4ndDefaults,
    rules: [
      ...positive<S4ndConfig>('states', 'systems'),
      ['states', ({ states }) => states % 2 === 0, 'an even number', 'states come in conjugate pairs'],
      [
        'start',
        ({ start, matrix }) => start === 'legs' || matrix === 'diagonal',
        "'legs'",
        "matrix: 'diagonal' has the others",
      ],
    ],
  }),
  ssm2d: decodeOptions({
    fields: ssm2dFields,
    defaults: ssm2dDefaults,
    rules: positive<Ssm2dConfig>('states', 'systems'),
  }),
}

/** One mixer's options, the others by default: `{ kind: 'hyena', filterWidth: 64 }`. */
export const decodeSingleMixer: Decode<SingleMixerConfig> = byKind('a mixer', single)

/** A mixer's or a hybrid's options, the others by default. */
export const decodeMixer: Decode<MixerConfig> = byKind<MixerConfig>('a mixer', {
  ...single,
  hybrid: decodeOptions({
    fields: hybridFields,
    defaults: hybridDefaults,
    nested: { first: decodeSingleMixer, second: decodeSingleMixer },
  }),
})

/** Which mixer each of `depth` blocks has. */
export const mixersOf = (config: MixerConfig, depth: number): readonly SingleMixerConfig[] =>
  Array.from({ length: depth }, (_, block) => {
    if (config.kind !== 'hybrid') return config
    const { arrangement, first, second } = config
    if (arrangement === 'alternate') return block % 2 === 0 ? first : second
    const firsts = Math.floor(depth / 2) + (arrangement === 'released halves' ? 1 : 0)
    return block < firsts ? first : second
  })

/** The mixers that a network uses, with the path of each among the options. */
export const mixerPaths = (
  config: MixerConfig,
): readonly { readonly path: string; readonly mixer: SingleMixerConfig }[] =>
  config.kind === 'hybrid'
    ? [
        { path: 'first.', mixer: config.first },
        { path: 'second.', mixer: config.second },
      ]
    : [{ path: '', mixer: config }]

/** Runs a check on every mixer that a network uses; the error's place is `where` and the mixer's path. */
export const checkMixers = (
  where: string,
  config: MixerConfig,
  check: (mixer: SingleMixerConfig, where: string) => E.Either<TensorError, unknown>,
): E.Either<TensorError, MixerConfig> =>
  mixerPaths(config).reduce<E.Either<TensorError, MixerConfig>>(
    (sofar, { path, mixer }) =>
      pipe(
        sofar,
        E.chainFirst(() => check(mixer, `${where}${path}`)),
      ),
    E.right(config),
  )
