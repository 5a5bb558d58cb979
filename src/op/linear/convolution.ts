import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { ConvolutionCheck, Convolved, Padding } from '../../shape/convolution.js'
import { convolutionShape, paddingOf } from '../../shape/convolution.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Width } from '../../shape/pad.js'
import type { Builder } from '../builder.js'
import { apply1, definePrimitive } from '../def.js'
import { twoOperands } from '../operands.js'
import { binary, constant, guard, indexConst, indexSum, quotient, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { convolutionBatch } from './convolution-batch.js'
import { convolutionValues } from './convolution-values.js'

export type ConvolutionOpAttributes = {
  /** Zeros before and after each spatial axis; a negative count crops. */
  readonly padding: readonly Width[]
  readonly groups: number
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const isCounted = (dim: Shape[number] | undefined): number => Number(dim)

/** A number of channels as groups of channels, group first; one group of named channels is possible. */
const grouped = (channels: Shape[number] | undefined, groups: number): Shape =>
  groups === 1 ? [1, channels ?? 1] : [groups, isCounted(channels) / groups]

/** The kernel from outputs to inputs: taps reversed, inputs and outputs of each group exchanged. */
const transposedKernel = (
  b: Builder,
  kernel: Tensor,
  inputs: Shape[number] | undefined,
  groups: number,
): Tensor => {
  const rank = kernel.shape.length - 2
  const taps = kernel.shape.slice(0, rank)
  const flipped = b.flip(kernel, upTo(rank))
  const split = b.reshape(flipped, [
    ...taps,
    kernel.shape[rank] ?? 1,
    ...grouped(kernel.shape[rank + 1], groups),
  ])
  const swapped = b.permute(split, [...upTo(rank), rank + 2, rank + 1, rank])
  return b.reshape(swapped, [...taps, swapped.shape[rank] ?? 1, inputs ?? 1])
}

/** Cotangent of x: the cotangent of the result convolved with the transposed kernel, padded to x's size. */
const pullX = (
  b: Builder,
  { padding, groups }: ConvolutionOpAttributes,
  x: Tensor,
  kernel: Tensor,
  cotangent: Tensor,
): Tensor => {
  const back = padding.map(([before, after], i): Width => {
    const reach = isCounted(kernel.shape[i]) - 1
    return [reach - before, reach - after]
  })
  return b.convolution(
    { padding: back, groups },
    cotangent,
    transposedKernel(b, kernel, x.shape.at(-1), groups),
  )
}

/** Cotangent of the kernel: x slid along the cotangent of the result, with the batch summed as channels are. */
const pullKernel = (
  b: Builder,
  { padding, groups }: ConvolutionOpAttributes,
  x: Tensor,
  cotangent: Tensor,
): Tensor => {
  const rank = padding.length
  const spatial = upTo(rank).map((axis) => axis + 1)
  const [batch = 1, ...rest] = x.shape
  const sizes = rest.slice(0, rank)
  const split = b.reshape(x, [batch, ...sizes, ...grouped(rest[rank], groups)])
  const channelsFirst = b.permute(split, [rank + 2, ...spatial, rank + 1, 0])
  const merged = groups === 1 ? batch : groups * isCounted(batch)
  const images = b.reshape(channelsFirst, [channelsFirst.shape[0] ?? 1, ...sizes, merged])
  const taps = b.permute(cotangent, [...spatial, 0, rank + 1])
  return b.permute(b.convolution({ padding, groups }, images, taps), [...spatial, 0, rank + 1])
}

export const convolutionOp = definePrimitive<ConvolutionOpAttributes>({
  name: 'convolution',
  category: 'linear',
  doc:
    'Cross-correlation over N spatial axes with stride 1, channels last: y[b, i, o] = Σ_t Σ_c x[b, i + t − before, group(o) · C + c] · k[t, c, o], ' +
    'for x [batch, ...spatial, inputs], a kernel [...taps, C = inputs / groups, outputs] and zeros outside x. ' +
    'Each spatial axis has in + before + after − taps + 1 places. groups = inputs = outputs is depthwise.',
  attrs: t.readonly(
    t.strict({ padding: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))), groups: t.number }),
  ),
  type: ({ padding, groups }, inputs) =>
    pipe(
      twoOperands('convolution', ['f32', 'f32'], inputs),
      E.chain(([x, kernel]) => convolutionShape('convolution', x.shape, kernel.shape, padding, groups)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: ({ padding, groups }, [x, kernel], [output = []]) =>
    x === undefined || kernel === undefined ? [] : [convolutionValues(padding, groups, x, kernel, output)],
  vjp: (b, { attrs, inputs: [x, kernel], cotangents: [cotangent] }) =>
    x === undefined || kernel === undefined || cotangent === undefined
      ? []
      : [pullX(b, attrs, x, kernel, cotangent), pullKernel(b, attrs, x, cotangent)],
  jvp: (b, { attrs, inputs: [x, kernel], tangents: [dx = null, dk = null] }) => {
    if (x === undefined || kernel === undefined) return [null]
    const left = dx === null ? null : b.convolution(attrs, dx, kernel)
    const right = dk === null ? null : b.convolution(attrs, x, dk)
    return [left === null ? right : right === null ? left : b.add(left, right)]
  },
  batch: convolutionBatch,
  lower: {
    skeleton: 'slide',
    nest: ({ padding, groups }, [x = [], kernel = []]) => {
      const rank = padding.length
      const [perGroup = 1, outputs = 1] = kernel.slice(rank)
      return {
        loops: () => kernel.slice(0, rank + 1).map((size) => ({ size })),
        combine: 'sum',
        body: ({ at, counters, read }) => {
          const [batch = indexConst(0), ...rest] = at
          const output = rest[rank] ?? indexConst(0)
          const input = counters[rank] ?? indexConst(0)
          const places = padding.map(([before], i) =>
            indexSum(-before, [1, rest[i] ?? indexConst(0)], [1, counters[i] ?? indexConst(0)]),
          )
          const group = quotient(output, Math.max(outputs / groups, 1))
          const product = binary(
            'mul',
            read(0, [batch, ...places, indexSum(0, [perGroup, group], [1, input])]),
            read(1, [...counters.slice(0, rank), input, output]),
          )
          return guard(
            places.map((place, i) => within(place, 0, x[i + 1] ?? 0)),
            product,
            constant(0),
          )
        },
      }
    },
  },
  cost: (_, [, kernel], [output]) => ({
    flops: 2 * sizeOf(kernel?.shape.slice(0, -1) ?? []) * sizeOf(output?.shape ?? []),
  }),
  samples: [
    { attrs: { padding: [[1, 1]], groups: 1 }, inputs: [floatInput(2, 'n', 'm'), floatInput(3, 'm', 'k')] },
    { attrs: { padding: [[2, 0]], groups: '$m' }, inputs: [floatInput(2, 'n', 'm'), floatInput(3, 1, 'm')] },
    {
      attrs: {
        padding: [
          [0, 0],
          [1, 0],
        ],
        groups: 2,
      },
      inputs: [floatInput(2, 3, 4, 4), floatInput(2, 3, 2, 6)],
    },
    {
      attrs: {
        padding: [
          [1, 1],
          [1, 1],
        ],
        groups: '$m',
      },
      inputs: [floatInput(1, 'n', 3, 'm'), floatInput(3, 3, 1, 'm')],
    },
    {
      attrs: {
        padding: [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        groups: 1,
      },
      inputs: [floatInput(2, 2, 3, 2, 2), floatInput(2, 2, 3, 2, 3)],
    },
    { attrs: { padding: [[3, -1]], groups: 1 }, inputs: [floatInput('n', 4, 2), floatInput(2, 2, 'k')] },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['bilinear'],
})

export interface ConvolutionOptions<P extends Padding, Groups extends number> {
  /** Zeros around the spatial axes: pairs, or `valid` (none, the default), `same` or `causal` (sizes stay). */
  readonly padding?: P
  /** Groups of channels that do not mix; inputs for a depthwise convolution. 1 unless stated. */
  readonly groups?: Groups
}

/**
 * Cross-correlation of x [batch, ...spatial, inputs] with a kernel [...taps, inputs / groups, outputs],
 * stride 1: `pipe(x, convolution({ padding: 'same' })(kernel))`.
 * @throws TraceFailure with a ShapeError where channels, groups, taps or padding do not fit.
 */
export const convolution =
  <const P extends Padding = 'valid', const Groups extends number = 1>(
    options: ConvolutionOptions<P, Groups> = {},
  ) =>
  <K extends Shape>(kernel: Tensor<K, 'f32'>) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & ConvolutionCheck<X, K, P, Groups>,
  ): Tensor<Convolved<X, K, P>, 'f32'> => {
    const padding = paddingOf(options.padding ?? 'valid', kernel.shape)
    return typedResult(apply1(convolutionOp, { padding, groups: options.groups ?? 1 }, [x, kernel]))
  }
