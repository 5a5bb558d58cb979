import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import { build } from '../op/index.js'
import { fromArray } from '../op/leaf/constant.js'
import type { Dim, Shape } from '../shape/dim.js'
import { sizeOf } from '../shape/dim.js'
import type { GroupsCheck } from '../shape/groups.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { assemble } from './compose.js'
import type { Initialisation } from './initialiser.js'
import { constantInit, truncatedNormal, truncatedNormalInit } from './initialiser.js'
import { linear } from './linear.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, ParameterSpec } from './parameter.js'
import { parameter } from './parameter.js'
import type { Parts } from './partition.js'
import { joinParts, partCounts, partition, shiftedBias } from './partition.js'
import { offsetCount, relativeBias } from './relative-positions.js'

export interface AttentionOptions<Bias extends boolean> {
  /** Whether queries, keys and values have a bias; the output always has. */
  readonly bias?: Bias
  readonly init?: Initialisation
  /** Channels of a head; its share of the channels unless stated. */
  readonly headWidth?: number
  /** The factor on the scores: 1/√width, or learned from there on, one a head (LSA, Lee et al. 2021). */
  readonly temperature?: 'fixed' | 'learned'
  /** Whether a place attends to itself too; it does not in LSA. True unless stated. */
  readonly toItself?: boolean
  /** Adds a learned number to each score, by the places' offset and the head (Swin). */
  readonly relativePositions?: boolean
  /** Attends within equal parts of the grid only (Swin's windows); over all of it unless stated. */
  readonly parts?: Parts
}

/** What is learned about scores: a factor a head, and a number an offset and head. */
export interface ScoreParams {
  readonly temperature?: Tensor
  readonly relative?: Tensor
}

/** What attention is computed with, known from the shapes. */
interface Sizes {
  readonly grid: readonly number[]
  readonly heads: number
  readonly width: number
  readonly parts: Parts | undefined
  /** The grid within which places attend: a part, or the whole. */
  readonly within: readonly number[]
}

const refuse = (field: string, expected: string, found: string, hint: string): never =>
  fail(optionError({ where: field === '' ? 'attention' : `attention: ${field}`, expected, found, hint }))

const sizesOf = (
  x: Tensor,
  heads: number,
  { headWidth, parts, toItself }: AttentionOptions<boolean>,
): Sizes => {
  const grid = gridOf('attention', x)
  const channels = channelsOf('attention', x)
  const width = headWidth ?? channels / heads
  if (!Number.isInteger(width) || !Number.isInteger(heads) || width < 1 || heads < 1)
    refuse(
      '',
      `a number of heads that divides the ${channels} channels`,
      headWidth === undefined ? `${heads}` : `${heads} of ${headWidth} channels`,
      'each head takes an equal share of the channels',
    )
  if (parts !== undefined) partCounts('attention', parts, grid)
  const within = parts === undefined ? grid : grid.map(() => parts.side)
  if (toItself === false && sizeOf(within) === 1)
    refuse(
      'toItself',
      'two or more places to attend to',
      'one place, which has no other',
      'use larger parts, or let places attend to themselves',
    )
  return { grid, heads, width, parts, within }
}

const scoreParameters = (
  { heads, width, within }: Sizes,
  { temperature, relativePositions }: AttentionOptions<boolean>,
): Readonly<Record<string, ParameterSpec>> => ({
  ...(temperature === 'learned'
    ? { temperature: parameter({ shape: [heads], init: constantInit(1 / Math.sqrt(width)), decay: false }) }
    : {}),
  ...(relativePositions === true
    ? {
        relative: parameter({
          shape: [offsetCount(within), heads],
          init: truncatedNormal(0.02),
          decay: false,
        }),
      }
    : {}),
})

/** True but on the diagonal: [places, places]. */
const othersOnly = (places: number): Tensor =>
  fromArray(
    Array.from({ length: places * places }, (_, i) => (i % (places + 1) === 0 ? 0 : 1)),
    [places, places],
    'bool',
  )

/** What is added to the scores of [batch, (parts,) heads, places, places]; undefined where nothing is. */
const biasOf = ({ grid, within, parts }: Sizes, { relative }: ScoreParams): Tensor | undefined => {
  const learned = relative === undefined ? undefined : relativeBias(relative, within)
  if (parts === undefined || (parts.shift ?? 0) === 0) return learned
  const shifted = shiftedBias(parts, grid)
  return learned === undefined ? shifted : build.add(shifted, learned)
}

/** Queries, keys or values of [batch, (parts,) ...within, 3·heads·width]: [batch, (parts,) heads, places, width]. */
const streamsOf = ({ heads, width, within, parts }: Sizes, projected: Tensor): readonly Tensor[] => {
  const lead = projected.shape.slice(0, parts === undefined ? 1 : 2)
  const places = sizeOf(within)
  const n = lead.length
  const streams = build.permute(build.reshape(projected, [...lead, places, 3, heads, width]), [
    n + 1,
    ...lead.map((_, axis) => axis),
    n + 2,
    n,
    n + 3,
  ])
  const shape = [...lead, heads, places, width]
  return [0, 1, 2].map((index) =>
    build.reshape(build.slice(streams, [index, ...shape.map(() => 0)], [index + 1, ...shape]), shape),
  )
}

/** Weighted means of values: [batch, (parts,) ...within, 3·heads·width] → [batch, (parts,) ...within, heads·width]. */
const attended = (sizes: Sizes, toItself: boolean, projected: Tensor, scores: ScoreParams): Tensor => {
  const { heads, width, within } = sizes
  const [q, k, v] = streamsOf(sizes, projected)
  if (q === undefined || k === undefined || v === undefined) throw new RangeError('three streams')
  const { temperature } = scores
  const scaled = temperature === undefined ? q : build.mul(q, build.reshape(temperature, [heads, 1, 1]))
  const mixed = build.attention(
    scaled,
    k,
    v,
    temperature === undefined ? 1 / Math.sqrt(width) : 1,
    biasOf(sizes, scores),
    toItself ? undefined : othersOnly(sizeOf(within)),
  )
  const n = mixed.shape.length - 3
  const lead = mixed.shape.slice(0, n)
  const laid = build.permute(mixed, [...lead.map((_, axis) => axis), n + 1, n, n + 2])
  return build.reshape(laid, [...lead, ...within, heads * width])
}

/**
 * Multi-head self-attention (Vaswani et al. 2017) over all places of the grid, or within its parts:
 * [batch, ...grid, C] → the same. Options make it Swin's (relative positions, shifted parts; Liu et al. 2021) and
 * locality self-attention (learned temperature, not to itself; Lee et al. 2021).
 * @throws TraceFailure with an OptionError for heads that do not divide the channels, and parts that do not fill the
 * grid.
 */
export const attention =
  <const Heads extends number, const Bias extends boolean = true>(
    heads: Heads,
    options: AttentionOptions<Bias> = {},
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    received: OnGrid<B, G, C> & GroupsCheck<'attention', C, Heads, 'heads'>,
  ) => {
    const x: OnGrid<B, G, C> = received
    const sizes = sizesOf(x, heads, options)
    const { grid, width, parts } = sizes
    const { bias } = options
    const init = options.init ?? truncatedNormalInit
    const cut = (given: typeof x): typeof x =>
      parts === undefined ? given : (partition(given, parts) as typeof x)
    const project = linear(3 * heads * width, { init, ...(bias === undefined ? {} : { bias }) })(cut(x))
    const learned = scoreParameters(sizes, options)
    const mixed = (projected: Tensor, scores: ScoreParams): OnGrid<B, G, number> =>
      attended(sizes, options.toItself ?? true, projected, scores) as OnGrid<B, G, number>
    const mix: Model<ScoreParams, Empty, typeof project.output, OnGrid<B, G, number>> = pure(
      learned,
      project.output,
      (scores, projected) => mixed(projected, scores),
    )
    const output = linear(channelsOf('attention', x), { init })(mix.output)
    const extra: { readonly scores?: typeof mix } = Object.keys(learned).length === 0 ? {} : { scores: mix }
    return assemble({ project, output, ...extra }, x, (call, given) => {
      const projected = call.project(cut(given))
      const y: Tensor = call.output(call.scores?.(projected) ?? mixed(projected, {}))
      return (parts === undefined ? y : joinParts(y, parts, grid)) as typeof x
    })
  }
