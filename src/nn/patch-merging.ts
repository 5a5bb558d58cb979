import { fail, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { printType } from '../shape/dim.js'
import { channelsOf, gridOf } from './axes.js'
import type { Tokens } from './class-token.js'
import { assemble } from './compose.js'
import type { Initialisation } from './initialiser.js'
import { truncatedNormalInit } from './initialiser.js'
import { layerNorm } from './layer-norm.js'
import { linear } from './linear.js'

export interface PatchMergingOptions {
  readonly init?: Initialisation
  /** 1e-5 unless stated, as released. */
  readonly epsilon?: number
}

/**
 * Neighbours side by side: [batch, ...grid, C] → [batch, ...grid/2, 2ᴺ·C]. Neighbours along the first axis come first,
 * as in Swin: (0, 0), (1, 0), (0, 1), (1, 1).
 */
const gathered = (x: Tensor, grid: readonly number[], channels: number): Tensor => {
  const [batch = 'batch'] = x.shape
  const axes = grid.map((_, axis) => axis)
  const cut = build.reshape(x, [batch, ...grid.flatMap((size) => [size / 2, 2]), channels])
  const order = [
    0,
    ...axes.map((axis) => 1 + 2 * axis),
    ...axes.map((axis) => 2 + 2 * axis).reverse(),
    1 + 2 * grid.length,
  ]
  return build.reshape(build.permute(cut, order), [
    batch,
    ...grid.map((size) => size / 2),
    channels * 2 ** grid.length,
  ])
}

/**
 * Patch merging (Swin, Liu et al. 2021): each 2ᴺ neighbours are normed together and projected to `outputs` channels,
 * without bias: [batch, ...grid, C] → [batch, ...grid/2, outputs].
 * @throws TraceFailure with a ShapeError for an odd axis.
 */
export const patchMerging =
  (outputs: number, { init = truncatedNormalInit, epsilon = 1e-5 }: PatchMergingOptions = {}) =>
  (x: Tokens) => {
    const grid = gridOf('patchMerging', x)
    const channels = channelsOf('patchMerging', x)
    if (grid.some((size) => size % 2 !== 0))
      fail(
        shapeError({
          where: 'patchMerging',
          expected: 'a grid of even axes',
          found: printType(x),
          hint: 'choose images and patches so that the grid can be halved, or fewer stages',
        }),
      )
    const neighbours = (given: Tensor): Tokens => gathered(given, grid, channels) as Tokens
    const norm = layerNorm(epsilon)(neighbours(x))
    const project = linear(outputs, { init, bias: false })(norm.output)
    return assemble({ norm, project }, x, (call, given) => call.project(call.norm(neighbours(given))))
  }
