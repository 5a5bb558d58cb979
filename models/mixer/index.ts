export type {
  AttentionConfig,
  HybridConfig,
  HyenaConfig,
  MixerConfig,
  S4ndConfig,
  SingleMixerConfig,
  Ssm2dConfig,
} from './config.js'
export {
  attentionDefaults,
  checkMixers,
  decodeMixer,
  decodeSingleMixer,
  hybridDefaults,
  hyenaDefaults,
  mixerConfig,
  mixerPaths,
  mixersOf,
  s4ndDefaults,
  singleMixerConfig,
  ssm2dDefaults,
} from './config.js'
export type { Tokens } from '../../src/nn/class-token.js'
export type { Mixer, Place } from './mixer.js'
export { mixerOf, placeOf } from './mixer.js'
export type { Decode, OptionsSpec, Rule } from './options.js'
export { byKind, checkRules, decodeOptions, isRecord, oneOf, positive, printed } from './options.js'
