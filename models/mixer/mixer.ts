/** Mixers from their options: every one is a layer of tokens on a grid that gives the same. */
import { attention } from '../../src/nn/attention.js'
import type { Tokens } from '../../src/nn/class-token.js'
import {
  decayWindow,
  dimensionalWindow,
  learnedWindow,
  noWindow,
  releasedSymmetricWindow,
  releasedWindow,
  symmetricWindow,
} from '../../src/nn/decay-window.js'
import type { Window, WindowOptions } from '../../src/nn/decay-window.js'
import type { Direction } from '../../src/nn/direction.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { freeFilter } from '../../src/nn/free-filter.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import type { Layer } from '../../src/nn/model.js'
import { productFilter } from '../../src/nn/product-filter.js'
import { s4nd } from '../../src/nn/s4nd.js'
import { ssm2d } from '../../src/nn/ssm-2d.js'
import type { AttentionConfig, HyenaConfig, MixerConfig, SingleMixerConfig } from './config.js'
import { mixersOf } from './config.js'
import { flattened } from './flattened.js'

/** A layer of tokens that gives tokens of the same shape. */
export type Mixer = Layer<unknown, unknown, Tokens, Tokens>

/** Where in a network a mixer stands. */
export interface Place {
  /** Number of its block, from 0. */
  readonly block: number
  /** Blocks before it that have a mixer of the same kind. */
  readonly before: number
}

/** The place of the mixer of block `block`. */
export const placeOf = (config: MixerConfig, depth: number, block: number): Place => {
  const mixers = mixersOf(config, depth)
  return { block, before: mixers.slice(0, block).filter(({ kind }) => kind === mixers[block]?.kind).length }
}

const windowOptions: Readonly<Record<Exclude<HyenaConfig['window'], 'none'>, WindowOptions>> = {
  dimensional: dimensionalWindow,
  released: releasedWindow,
  symmetric: symmetricWindow,
  'released-symmetric': releasedSymmetricWindow,
  learned: learnedWindow,
}

const windowOf = ({ window, windowPower, decay }: HyenaConfig): Window<unknown> =>
  window === 'none' ? noWindow : decayWindow({ ...windowOptions[window], power: windowPower, decay })

/** With two directions, blocks alternate from a backward one on, so that the first token sees all others. */
const directionOf = ({ directions, alternate }: HyenaConfig, { block, before }: Place): Direction => {
  switch (directions) {
    case 1:
      return 'forward'
    case 2:
      return (alternate === 'hyena blocks' ? before : block) % 2 === 0 ? 'backward' : 'forward'
    case 4:
      return 'all'
    case 'both':
    case 'parallel':
      return directions
  }
}

const filterOptions = (config: HyenaConfig, init: Initialisation): FilterOptions<unknown> => ({
  width: config.filterWidth,
  depth: config.filterDepth,
  frequency: config.frequency,
  sine: config.sine,
  features: config.features,
  positions: config.positions,
  init,
  window: windowOf(config),
})

const hyenaMixer = (config: HyenaConfig, place: Place, init: Initialisation): Mixer => {
  const { order, projections, aggregation, reversal, shortFilter, shortTaps, kernelScale } = config
  const shared = {
    order,
    direction: directionOf(config, place),
    projections,
    aggregation,
    reversal,
    shortTaps,
    kernelScale,
    init,
    ...(shortFilter === 'default' ? {} : { shortFilter }),
  }
  const onGrid = (): Mixer => {
    switch (config.filter) {
      case 'implicit':
        return hyena({ ...shared, filter: implicitFilter(filterOptions(config, init)) })
      case 'product':
        return hyena({ ...shared, filter: productFilter(filterOptions(config, init)) })
      case 'free':
        return hyena({ ...shared, filter: freeFilter({ window: windowOf(config) }) })
    }
  }
  return config.axes === 'grid' ? onGrid() : flattened(onGrid())
}

const attentionMixer = ({ heads, headWidth, ...options }: AttentionConfig, init: Initialisation): Mixer =>
  attention(heads, { ...options, init, ...(headWidth === null ? {} : { headWidth }) })

/**
 * The layer of a mixer's options: [batch, ...grid, C] → the same. `place` decides directions that alternate
 * over blocks, `init` is how its linear layers start. A hybrid is no mixer but several: `mixersOf` names the one
 * of each block.
 */
export const mixerOf = (config: SingleMixerConfig, place: Place, init: Initialisation): Mixer => {
  switch (config.kind) {
    case 'attention':
      return attentionMixer(config, init)
    case 'hyena':
      return hyenaMixer(config, place, init)
    case 's4nd': {
      const { kind: _, ...options } = config
      return s4nd(options)
    }
    case 'ssm2d': {
      const { kind: _, ...options } = config
      return ssm2d(options)
    }
  }
}
