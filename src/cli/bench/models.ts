/**
 * The two networks that the peers train, in this language: a vision transformer with attention, and the same with a
 * Hyena 2-D mixer. Their structure and their 2,709,412 and 2,845,636 parameters are the peers'; images, tokens and
 * filters have their channels last. First values are as PyTorch draws them.
 */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../ir/tensor.js'
import { attention } from '../../nn/attention.js'
import { layer, repeat, residual } from '../../nn/compose.js'
import type { Filter } from '../../nn/filter-options.js'
import { hyena } from '../../nn/hyena.js'
import { pytorchInit } from '../../nn/initialiser.js'
import { layerNorm } from '../../nn/layer-norm.js'
import { learnedPositions } from '../../nn/learned-positions.js'
import { linear } from '../../nn/linear.js'
import { mlp } from '../../nn/mlp.js'
import type { Layer } from '../../nn/model.js'
import { model, pure } from '../../nn/model.js'
import { parameter } from '../../nn/parameter.js'
import { patchify } from '../../nn/patchify.js'
import { meanPool } from '../../nn/readout.js'
import { build } from '../../op/index.js'
import type { Shape } from '../../shape/dim.js'

export type MixerKind = 'attention' | 'hyena'

export interface NetworkSizes {
  readonly batch: number
  /** Rows and columns of an image. */
  readonly side: number
  readonly channels: number
  readonly patch: number
  /** Channels of a token; the MLPs have twice as many. */
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly classes: number
}

/** The peers' sizes: 64 tokens of 192 channels, nine blocks. */
export const peerSizes: NetworkSizes = {
  batch: 32,
  side: 32,
  channels: 3,
  patch: 4,
  width: 192,
  depth: 9,
  heads: 12,
  classes: 100,
}

/** [batch, rows, columns, channels] */
export type Grid = Tensor<readonly [number, number, number, number], 'f32'>
export type Mixer = Layer<unknown, unknown, Grid, Grid>

const FILTER_WIDTH = 32
const EPSILON = 1e-5

/** Position features of a place (y, x), each from 0 to 1: y, x, and sine and cosine of 2πfy and 2πfx for f = 1, 2. */
const positionFeatures = (y: number, x: number): readonly number[] => [
  y,
  x,
  ...[1, 2].flatMap((f) =>
    [y, x].flatMap((t) => [Math.sin(2 * Math.PI * f * t), Math.cos(2 * Math.PI * f * t)]),
  ),
]

/** The places of a grid in row-major order, each axis from 0 to 1. */
const places = (grid: readonly number[]): readonly (readonly [y: number, x: number])[] => {
  const [rows = 1, columns = 1] = grid
  const at = (index: number, length: number): number => (length > 1 ? index / (length - 1) : 0)
  return Array.from({ length: rows * columns }, (_, i) => [
    at(Math.floor(i / columns), rows),
    at(i % columns, columns),
  ])
}

/** exp(−(y + x)·rate), with rates from 0.3 to 5 over the channels: a constant. */
const decay = (grid: readonly number[], channels: number): Float64Array => {
  const rate = (channel: number): number => 0.3 + (4.7 * channel) / Math.max(channels - 1, 1)
  return Float64Array.from(
    places(grid).flatMap(([y, x]) =>
      Array.from({ length: channels }, (_, c) => Math.exp(-(y + x) * rate(c))),
    ),
  )
}

/** The peers' long filter: a sine network without frequencies of its own, times a constant window. */
export const sineFilter: Filter<unknown, unknown> = (grid, channels) => {
  const features = places(grid).map(([y, x]) => positionFeatures(y, x))
  const inputs = features[0]?.length ?? 0
  const weight = (from: number, to: number) => parameter({ shape: [from, to], init: pytorchInit.weight })
  const bias = (from: number) => parameter({ shape: [FILTER_WIDTH], init: pytorchInit.bias(from) })
  return pure(
    {
      weight0: weight(inputs, FILTER_WIDTH),
      bias0: bias(inputs),
      weight1: weight(FILTER_WIDTH, FILTER_WIDTH),
      bias1: bias(FILTER_WIDTH),
      weight2: weight(FILTER_WIDTH, FILTER_WIDTH),
      bias2: bias(FILTER_WIDTH),
      weight3: weight(FILTER_WIDTH, channels),
    },
    {},
    (p): Tensor<Shape, 'f32'> => {
      const z = build.table(Float64Array.from(features.flat()), [features.length, inputs])
      const hidden = [
        [p.weight0, p.bias0],
        [p.weight1, p.bias1],
        [p.weight2, p.bias2],
      ].reduce<Tensor>((h, [w = p.weight0, b = p.bias0]) => build.sin(build.add(build.matmul(h, w), b)), z)
      const window = build.table(decay(grid, channels), [features.length, channels])
      return build.reshape(build.mul(build.matmul(hidden, p.weight3), window), [...grid, channels]) as Tensor<
        Shape,
        'f32'
      >
    },
  )
}

/** What mixes the tokens: attention without a bias in its projections, or Hyena 2-D with a centred 3 × 3 short filter. */
export const mixerOf = (kind: MixerKind, heads: number): Mixer =>
  kind === 'attention'
    ? attention(heads, { bias: false, init: pytorchInit })
    : hyena({ filter: sineFilter, shortFilter: 'same', init: pytorchInit })

const branch = (l: Mixer) =>
  residual((x: Grid) => pipe(model(x.shape), layer('norm', layerNorm(EPSILON)), layer('body', l)))

/** A pre-norm block: tokens mixed, then each passed through an MLP of twice its width. */
export const blockOf = (kind: MixerKind, heads: number) => (x: Grid) =>
  pipe(
    model(x.shape),
    layer('mix', branch(mixerOf(kind, heads))),
    layer('feed', branch(mlp(2 * x.shape[3], pytorchInit))),
  )

/** Images [batch, side, side, channels] to logits [batch, classes]. */
export const networkOf = (
  kind: MixerKind,
  { batch, side, channels, patch, width, depth, heads, classes }: NetworkSizes,
) =>
  pipe(
    model([batch, side, side, channels]),
    layer('patches', patchify(patch)),
    layer('embed', linear(width, { init: pytorchInit })),
    layer('positions', learnedPositions()),
    layer('blocks', repeat(depth, blockOf(kind, heads))),
    layer('norm', layerNorm(EPSILON)),
    layer('pool', meanPool),
    layer('head', linear(classes, { init: pytorchInit })),
  )
