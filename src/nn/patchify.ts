import type { Divide, Multiply } from 'ts-arithmetic'
import { fail, shapeError } from '../error/error.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import { printType } from '../shape/dim.js'
import type { ShapeError } from '../shape/shape-error.js'
import type { Divides, IsLoose } from '../shape/size-arithmetic.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'

type DivideDim<A extends Dim, P extends number> = A extends number ? Divide<A, P> : number
type MultiplyDim<A extends Dim, B extends number> = A extends number ? Multiply<A, B> : number

/** The grid of patches: every axis divided by the patch's side. */
export type PatchGrid<G extends Shape, P extends number> = { readonly [K in keyof G]: DivideDim<G[K], P> }
/** Channels of a patch: its elements times the channels of each. */
export type PatchChannels<G extends Shape, P extends number, C extends Dim> = G extends readonly [
  Dim,
  ...infer Rest extends Shape,
]
  ? PatchChannels<Rest, P, MultiplyDim<C, P>>
  : C

/** Refuses a side that does not divide a known axis of the grid. */
export type PatchCheck<G extends Shape, P extends number> = G extends readonly [
  infer Head extends Dim,
  ...infer Rest extends Shape,
]
  ? true extends IsLoose<Head> | IsLoose<P>
    ? PatchCheck<Rest, P>
    : Head extends number
      ? Divides<P, Head> extends true
        ? PatchCheck<Rest, P>
        : ShapeError<`patchify: patches of side ${P} do not fill an axis of ${Head}`>
      : unknown
  : unknown

/**
 * Cuts the grid into patches of `side` along every axis: [batch, ...grid, C] → [batch, ...grid/side, sideᴺ·C].
 * Within a patch the elements lie in row-major order, channels last. A linear layer after it is the usual
 * patch embedding.
 */
export const patchify =
  <const P extends number>(side: P) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C> & PatchCheck<G, P>,
  ): Model<Empty, Empty, OnGrid<B, G, C>, OnGrid<B, PatchGrid<G, P>, PatchChannels<G, P, C>>> => {
    const grid = gridOf('patchify', x)
    const channels = channelsOf('patchify', x)
    if (!Number.isInteger(side) || side < 1 || grid.some((size) => size % side !== 0))
      fail(
        shapeError({
          where: 'patchify',
          expected: `a grid that patches of side ${side} fill`,
          found: printType(x),
          hint: 'choose a side that divides every axis of the grid, or pad or crop the images',
        }),
      )
    const axes = grid.map((_, axis) => axis)
    const cut = grid.flatMap((size) => [size / side, side])
    const received: OnGrid<B, G, C> = x
    const order = [
      0,
      ...axes.map((axis) => 1 + 2 * axis),
      ...axes.map((axis) => 2 + 2 * axis),
      1 + 2 * grid.length,
    ]
    return pure({}, received, (_, given) => {
      const [batch] = given.shape
      const patches = build.permute(build.reshape(given, [batch, ...cut, channels]), order)
      return build.reshape(patches, [
        batch,
        ...grid.map((size) => size / side),
        channels * side ** grid.length,
      ]) as OnGrid<B, PatchGrid<G, P>, PatchChannels<G, P, C>>
    })
  }
