import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { GroupsCheck } from '../../shape/groups.js'
import type { ChannelsCheck } from '../../shape/last-axis.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { checkChannels, normalisationInputs } from './channel-parameters.js'
import type { Standardised } from './standardise.js'
import { momentsOf, normalised, project, standardise, sumOfTerms } from './standardise.js'

export type GroupNormAttributes = {
  /** Groups of consecutive channels, each standardised by itself; divides the channels. */
  readonly groups: number
  /** Added to the variance; above 0. */
  readonly epsilon: number
}

const groupNormAttributes: t.Type<GroupNormAttributes, Attributes> = t.readonly(
  t.strict({ groups: t.number, epsilon: t.number }),
)

const checkGroups =
  (groups: number) =>
  (x: TensorType): E.Either<TensorError, TensorType> => {
    const channels = x.shape.at(-1)
    return Number.isInteger(groups) && groups >= 1 && typeof channels === 'number' && channels % groups === 0
      ? E.right(x)
      : E.left(
          shapeError({
            where: 'groupNorm',
            expected: 'a known number of channels that the groups divide',
            found: `${groups} groups and ${printType(x)}`,
            hint: 'one group is layer normalisation over all places, as many as channels is instance normalisation',
          }),
        )
  }

/** x [batch, ...places, C] as [batch, ...places, groups, C / groups]. */
const grouped = (b: Builder, x: Tensor, groups: number): Tensor =>
  b.reshape(x, [...x.shape.slice(0, -1), groups, Number(x.shape.at(-1)) / groups])

/** Places and the channels of a group; not the batch, and not the groups. */
const axesOf = (x: Tensor): readonly number[] => [
  ...x.shape.slice(1, -1).map((_, i) => i + 1),
  x.shape.length,
]

const groupWise = (b: Builder, x: Tensor, { groups, epsilon }: GroupNormAttributes): Standardised =>
  standardise(b, grouped(b, x, groups), axesOf(x), epsilon)

/** The symmetric derivative of the standardised values, on x as it is. */
const projected = (b: Builder, g: Tensor, x: Tensor, groups: number, standard: Standardised): Tensor =>
  b.reshape(project(b, grouped(b, g, groups), standard, axesOf(x)), x.shape)

export const groupNormOp = defineComposite<GroupNormAttributes>({
  name: 'groupNorm',
  category: 'composite',
  doc:
    'Group normalisation (Wu and He 2018) of x [batch, ...places, C]: for each example, each group of C/groups consecutive ' +
    'channels is standardised over its channels and all places, with the biased variance, then scaled and shifted by channel. ' +
    'groups = C is instance normalisation.',
  attrs: groupNormAttributes,
  type: (attrs, inputs) =>
    pipe(
      checkChannels('groupNorm', attrs, inputs, 2, 2),
      E.chain(checkGroups(attrs.groups)),
      E.map((x) => [x]),
    ),
  expand: (b, attrs, [x, scale, shift]) =>
    x === undefined || scale === undefined || shift === undefined
      ? []
      : [b.add(b.mul(b.reshape(groupWise(b, x, attrs).normal, x.shape), scale), shift)],
  evaluate: ({ groups, epsilon }, [x, scale, shift]) => {
    if (x === undefined) return []
    const [batch = 1] = x.shape
    const channels = x.shape.at(-1) ?? 1
    const perExample = x.data.length / Math.max(batch, 1)
    const groupOf = (flat: number): number =>
      Math.floor(flat / perExample) * groups + Math.floor((flat % channels) / (channels / groups))
    return [normalised(x, momentsOf(x, batch * groups, groupOf), groupOf, epsilon, scale, shift)]
  },
  vjp: (b, { attrs, inputs: [x, scale, shift], cotangents: [g] }) => {
    if (x === undefined || scale === undefined || shift === undefined || g === undefined) return []
    const standard = groupWise(b, x, attrs)
    return [
      projected(b, b.mul(g, scale), x, attrs.groups, standard),
      b.sumTo(b.mul(g, b.reshape(standard.normal, x.shape)), scale.shape),
      b.sumTo(g, shift.shape),
    ]
  },
  jvp: (b, { attrs, inputs: [x, scale], outputs: [y], tangents: [dx, dScale, dShift] }) => {
    if (x === undefined || scale === undefined || y === undefined) return [null]
    const standard = groupWise(b, x, attrs)
    const terms = [
      ...(dx ? [b.mul(projected(b, dx, x, attrs.groups, standard), scale)] : []),
      ...(dScale ? [b.mul(b.reshape(standard.normal, x.shape), dScale)] : []),
      ...(dShift ? [dShift] : []),
    ]
    return [sumOfTerms(b, terms, y)]
  },
  batch: 'expand',
  cost: (_, __, [output]) => ({ flops: 8 * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { groups: 2, epsilon: 0.1 }, inputs: normalisationInputs(['b', 'n', 4], 2) },
    { attrs: { groups: 1, epsilon: 0.1 }, inputs: normalisationInputs(['b', 2, 'n', 'c'], 2) },
    { attrs: { groups: '$c', epsilon: 0.1 }, inputs: normalisationInputs(['b', 3, 'c'], 2) },
    { attrs: { groups: 3, epsilon: 0.1 }, inputs: normalisationInputs(['b', 6], 2) },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/**
 * Each group of channels of x [batch, ...places, C] standardised over all places, times `scale`, plus `shift`,
 * both [C]: `pipe(x, groupNorm(8, scale, shift))`.
 * @throws TraceFailure with a ShapeError where the groups do not divide the channels.
 */
export const groupNorm =
  <const Groups extends number, C extends Dim>(
    groups: Groups,
    scale: Tensor<readonly [C], 'f32'>,
    shift: Tensor<readonly [NoInfer<C>], 'f32'>,
    { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & ChannelsCheck<'groupNorm', S, C> & GroupsCheck<'groupNorm', C, Groups>,
  ): Tensor<S, 'f32'> =>
    typedResult(apply1(groupNormOp, { groups, epsilon }, [x, scale, shift]))
