/** Names and shapes of the released Swin's tensors, by its configuration: a file without numbers. */
import type { Golden } from '../../src/cli/goldens/family.js'
import { sizeOf } from '../../src/shape/dim.js'

type Shapes = Readonly<Record<string, readonly number[]>>

export interface SwinCase {
  readonly image: number
  readonly patch: number
  readonly dim: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
  readonly window: number
  readonly ratio: number
  readonly spt: boolean
  readonly lsa: boolean
}

const CLASSES = 3

const linear = (name: string, inputs: number, outputs: number): Shapes => ({
  [`${name}.weight`]: [outputs, inputs],
  [`${name}.bias`]: [outputs],
})

const norm = (name: string, size: number): Shapes => ({
  [`${name}.weight`]: [size],
  [`${name}.bias`]: [size],
})

const shifted = (name: string, inputs: number, side: number, outputs: number): Shapes => ({
  ...norm(`${name}.merging.1`, 5 * inputs * side * side),
  ...linear(`${name}.merging.2`, 5 * inputs * side * side, outputs),
})

const block = (name: string, width: number, heads: number, given: SwinCase, map: number): Shapes => {
  const side = Math.min(given.window, map)
  const hidden = Math.floor(width * given.ratio)
  return {
    ...norm(`${name}.norm1`, width),
    ...(given.lsa ? { [`${name}.attn.scale`]: [heads] } : {}),
    [`${name}.attn.relative_position_bias_table`]: [(2 * side - 1) ** 2, heads],
    ...linear(`${name}.attn.qkv`, width, 3 * width),
    ...linear(`${name}.attn.proj`, width, width),
    ...norm(`${name}.norm2`, width),
    ...linear(`${name}.mlp.fc1`, width, hidden),
    ...linear(`${name}.mlp.fc2`, hidden, width),
  }
}

const merging = (name: string, width: number, spt: boolean): Shapes =>
  spt
    ? shifted(name, width, 2, 2 * width)
    : { ...norm(`${name}.norm`, 4 * width), [`${name}.reduction.weight`]: [2 * width, 4 * width] }

const embedding = ({ spt, dim, patch }: SwinCase): Shapes =>
  spt
    ? shifted('patch_embed', 3, patch, dim)
    : {
        'patch_embed.proj.weight': [dim, 3, patch, patch],
        'patch_embed.proj.bias': [dim],
        ...norm('patch_embed.norm', dim),
      }

const parameters = (given: SwinCase): Shapes => {
  const { dim, depths, heads, spt } = given
  const side = given.image / given.patch
  const stages = depths.map((depth, stage): Shapes => {
    const width = dim * 2 ** stage
    const blocks = Array.from({ length: depth }, (_, i) =>
      block(`layers.${stage}.blocks.${i}`, width, heads[stage] ?? 1, given, side / 2 ** stage),
    )
    const after = stage < depths.length - 1 ? merging(`layers.${stage}.downsample`, width, spt) : {}
    return Object.assign({}, ...blocks, after) as Shapes
  })
  const last = dim * 2 ** (depths.length - 1)
  return {
    absolute_pos_embed: [1, side * side, dim],
    ...embedding(given),
    ...(Object.assign({}, ...stages) as Shapes),
    ...norm('norm', last),
    ...linear('head', last, CLASSES),
  }
}

const flag = (on: boolean): string => (on ? 'True' : 'False')

/** A file of a configuration, all numbers 0. */
export const swinFile = (given: SwinCase): Golden => {
  const shapes: Shapes = {
    x: [2, 3, given.image, given.image],
    y: [2, CLASSES],
    ...Object.fromEntries(Object.entries(parameters(given)).map(([name, shape]) => [`param/${name}`, shape])),
  }
  return {
    name: 'swin_case',
    metadata: {
      image: `${given.image}`,
      patch: `${given.patch}`,
      dim: `${given.dim}`,
      depths: given.depths.join(','),
      heads: given.heads.join(','),
      window: `${given.window}`,
      mlp_ratio: `${given.ratio}`,
      classes: `${CLASSES}`,
      spt: flag(given.spt),
      lsa: flag(given.lsa),
    },
    tensors: Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, data: new Float64Array(sizeOf(shape)) }]),
    ),
  }
}
