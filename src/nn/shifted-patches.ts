/** Shifted patch tokenisation (SPT; Lee et al. 2021, «Vision Transformer for Small-Size Datasets»). */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { gridOf } from './axes.js'
import { assemble } from './compose.js'
import type { Initialisation } from './initialiser.js'
import { truncatedNormalInit } from './initialiser.js'
import { layerNorm } from './layer-norm.js'
import { linear } from './linear.js'
import type { PatchCheck, PatchGrid } from './patchify.js'
import { patchify } from './patchify.js'

type Wide = Tensor<readonly [Dim, ...number[], number], 'f32'>

/** The grid moved by `by` places along its axes, zeros where nothing comes from. */
const moved = (x: Tensor, by: readonly number[]): Tensor =>
  build.pad(x, [[0, 0], ...by.map((shift) => [shift, -shift] as const), [0, 0]])

/** Every combination of signs over the axes, the first axis slowest, from all positive on. */
const diagonals = (axes: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** axes }, (_, code) =>
    Array.from({ length: axes }, (_, axis) => (((code >> (axes - 1 - axis)) & 1) === 0 ? 1 : -1)),
  )

/**
 * The grid and its copies moved diagonally by `shift` places, side by side: [batch, ...grid, C] →
 * [batch, ...grid, (1 + 2ᴺ)·C]. The copies are, on two axes, moved down right, down left, up right, up left.
 */
export const withShifted = (x: Tensor, shift: number): Tensor => {
  const axes = gridOf('withShifted', x).length
  const copies = diagonals(axes).map((signs) =>
    moved(
      x,
      signs.map((sign) => sign * shift),
    ),
  )
  return build.concat([x, ...copies], axes + 1)
}

export interface ShiftedPatchesOptions {
  readonly init?: Initialisation
  /** 1e-5 unless stated, as released. */
  readonly epsilon?: number
}

const requireSide = (side: number): number =>
  Number.isInteger(side) && side >= 2
    ? side
    : fail(
        optionError({
          where: 'shiftedPatches: side',
          expected: 'a whole number from 2',
          found: `${side}`,
          hint: 'copies are moved by half a patch, which must be at least one place',
        }),
      )

/**
 * Patches of `side` with their surroundings: the grid and its copies moved by ⌊side/2⌋ along all diagonals are cut into
 * patches, normed, and projected to `outputs` channels: [batch, ...grid, C] → [batch, ...grid/side, outputs]. It
 * stands for a patch embedding, and in Swin also for patch merging.
 * @throws TraceFailure with an OptionError for a side below 2, and a ShapeError where it does not divide the grid.
 */
export const shiftedPatches =
  <const P extends number, const O extends number>(
    side: P,
    outputs: O,
    options: ShiftedPatchesOptions = {},
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(x: OnGrid<B, G, C> & PatchCheck<G, P>) => {
    const received: OnGrid<B, G, C> = x
    const shift = Math.floor(requireSide(side) / 2)
    const { init = truncatedNormalInit, epsilon = 1e-5 } = options
    const patches = patchify(side as number)(withShifted(received, shift) as Wide)
    const norm = layerNorm(epsilon)(patches.output)
    const project = linear(outputs, { init })(norm.output)
    return assemble(
      { patches, norm, project },
      received,
      (call, given) =>
        call.project(call.norm(call.patches(withShifted(given, shift) as Wide))) as Tensor as OnGrid<
          B,
          PatchGrid<G, P>,
          O
        >,
    )
  }
