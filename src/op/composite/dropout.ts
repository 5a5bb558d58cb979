import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { optionError, shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import type { BatchRule, Composite } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { BLOCK_FLOPS, keySample, keysSample } from '../random/family.js'
import type { Key } from '../random/key.js'
import { typedResult } from '../typed-result.js'

export type DropoutAttributes = {
  /** Probability that an element is dropped, from 0 to below 1. */
  readonly rate: number
  /** Axes whose elements are dropped together; may count from the end. */
  readonly shared: readonly number[]
}

const dropoutAttributes: t.Type<DropoutAttributes, Attributes> = t.readonly(
  t.strict({ rate: t.number, shared: t.readonlyArray(t.number) }),
)

const dropoutType = (
  { rate, shared }: DropoutAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  if (!(rate >= 0 && rate < 1))
    return E.left(
      optionError({
        where: 'dropout',
        expected: 'a rate from 0 to below 1',
        found: `${rate}`,
        hint: 'the rate is the share of elements that are dropped',
      }),
    )
  const [x, keys] = inputs
  const lead = keys?.shape.slice(0, -1) ?? []
  const fits =
    inputs.length === 2 &&
    x?.dtype === 'f32' &&
    keys?.dtype === 'i24' &&
    keys.shape.at(-1) === 4 &&
    sameShape(lead, x.shape.slice(0, lead.length)) &&
    shared.every((axis) => {
      const front = fromFront(axis, x.shape.length)
      return Number.isInteger(front) && front >= lead.length && front < x.shape.length
    })
  return fits
    ? E.right([{ shape: x.shape, dtype: 'f32' }])
    : E.left(
        shapeError({
          where: 'dropout',
          expected:
            'f32, a key for all of it or for each place of its first axes, and shared axes behind these',
          found: `${inputs.map(printType).join(' and ') || 'nothing'}, shared axes [${shared.join(', ')}]`,
          hint: 'a key is made by keyFromSeed, split or foldIn',
        }),
      )
}

/** Which elements are kept, for x [...K, ...own] and keys [...K, 4]: bool [...K, ...own], shared axes of size 1. */
const mask = (
  b: Builder,
  { rate, shared }: DropoutAttributes,
  own: Shape,
  rank: number,
  keys: Tensor,
): Tensor => {
  const together = shared.map((axis) => fromFront(axis, rank) - rank)
  return b.bernoulli(
    keys,
    own.map((dim, axis) => (together.includes(axis - own.length) ? 1 : dim)),
    1 - rate,
  )
}

const kept = (b: Builder, { rate }: DropoutAttributes, isKept: Tensor, x: Tensor): Tensor =>
  b.select(isKept, b.mul(x, b.constant(1 / (1 - rate))), b.constant(0))

/** Keys of their own keep the op whole; where examples share a key they share the mask too. */
const dropoutBatch: BatchRule<DropoutAttributes> = (b, { attrs, inputs: [x, keys], isMapped, size }) => {
  if (x === undefined || keys === undefined) return []
  const [xMapped = false, keysMapped = false] = isMapped
  if (!keysMapped) {
    const [, ...example] = x.shape
    return [kept(b, attrs, mask(b, attrs, example.slice(keys.shape.length - 1), example.length, keys), x)]
  }
  const wide = xMapped ? x : b.broadcast(x, [size, ...x.shape])
  return [apply1(dropoutOp, { ...attrs, shared: attrs.shared.map(behindNewAxis) }, [wide, keys])]
}

export const dropoutOp: Composite<DropoutAttributes> = defineComposite<DropoutAttributes>({
  name: 'dropout',
  category: 'composite',
  doc:
    'Each element 0 with probability `rate`, else divided by 1 − rate (Srivastava et al. 2014, scaled in training), so that ' +
    'the mean stays. Along `shared` axes all are dropped together: all channels of an example for stochastic depth. ' +
    'x [...K, ...own] with keys [...K, 4]: a key for each place of the first axes, or one for all. What is dropped is 0 even ' +
    'where x is infinite or NaN. Linear in x: both derivatives are the op itself with the same key.',
  attrs: dropoutAttributes,
  type: dropoutType,
  expand: (b, attrs, [x, keys]) =>
    x === undefined || keys === undefined
      ? []
      : [kept(b, attrs, mask(b, attrs, x.shape.slice(keys.shape.length - 1), x.shape.length, keys), x)],
  evaluate: 'expand',
  vjp: (_, { attrs, inputs: [, keys], cotangents: [g] }) =>
    keys === undefined || g === undefined ? [] : [apply1(dropoutOp, attrs, [g, keys]), null],
  jvp: (_, { attrs, inputs: [, keys], tangents: [dx] }) =>
    keys === undefined || !dx ? [null] : [apply1(dropoutOp, attrs, [dx, keys])],
  batch: dropoutBatch,
  cost: ({ shared }, [x]) => {
    const size = sizeOf(x?.shape ?? [])
    const together = shared.reduce((product, axis) => product * Number(x?.shape.at(axis) ?? 1), 1)
    return { flops: 2 * size + (BLOCK_FLOPS * size) / Math.max(1, together) }
  },
  samples: [
    {
      attrs: { rate: 0.25, shared: [] },
      inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'any' }, keySample],
    },
    {
      attrs: { rate: 0.5, shared: [-1, 1] },
      inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'any' }, keySample],
    },
    {
      attrs: { rate: 0.5, shared: [2] },
      inputs: [{ shape: ['n', 'm', 2], dtype: 'f32', domain: 'any' }, keysSample('n')],
    },
    { attrs: { rate: 0, shared: [] }, inputs: [{ shape: [], dtype: 'f32', domain: 'any' }, keySample] },
  ],
  tolerance: { relative: 1e-6 },
  laws: [],
})

export interface DropoutOptions<Axes extends readonly number[]> {
  /** Axes whose elements are dropped together; none unless stated. */
  readonly shared?: Axes
}

/**
 * Each element 0 with probability `rate`, else divided by 1 − rate: `pipe(x, dropout(key, 0.1))`. Along `shared` axes
 * (which may count from the end) all are dropped together. The gradient sees the same mask.
 * @throws TraceFailure with an OptionError where the rate is not from 0 to below 1, with a ShapeError where x has no
 * such axis.
 */
export const dropout =
  <const Axes extends readonly number[] = readonly []>(
    key: Key,
    rate: number,
    options: DropoutOptions<Axes> = {},
  ) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & AxesCheck<'dropout', S, Axes>): Tensor<S, 'f32'> =>
    typedResult(apply1(dropoutOp, { rate, shared: options.shared ?? [] }, [x, key]))
