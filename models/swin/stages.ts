/** The stages of a Swin: where each of its maps comes from, and how it is cut into parts. */
import type { SwinConfig } from './config.js'

/** A stage: blocks on one map, all of one width. */
export interface Stage {
  readonly index: number
  readonly depth: number
  /** Number of its first block among all. */
  readonly first: number
  readonly width: number
  readonly heads: number
  /** Rows and columns of its map. */
  readonly map: readonly [number, number]
  /** Side of the parts. */
  readonly side: number
}

/** The stages of a network. A map that is no larger than a part on its shorter axis has parts of that side. */
export const stagesOf = (config: SwinConfig): readonly Stage[] =>
  config.depths.map((depth, index) => {
    const scale = 2 ** index
    const map = [config.height / config.patch / scale, config.columns / config.patch / scale] as const
    return {
      index,
      depth,
      first: config.depths.slice(0, index).reduce((sum, blocks) => sum + blocks, 0),
      width: config.width * scale,
      heads: config.heads[index] ?? 1,
      map,
      side: Math.min(config.part, ...map),
    }
  })

/** Blocks of all stages together. */
export const blockCount = ({ depths }: SwinConfig): number => depths.reduce((sum, depth) => sum + depth, 0)
