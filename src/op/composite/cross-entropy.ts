import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { optionError, shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import type { LabelsCheck } from '../../shape/last-axis.js'
import { alongLeadingAxes } from '../batching.js'
import type { Builder } from '../builder.js'
import type { NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { logSumExp } from './last-axis.js'
import { atMost } from '../operands.js'

export type CrossEntropyAttributes = {
  /** Share of the target spread evenly over all classes, from 0 to 1. */
  readonly smoothing: number
}

const crossEntropyAttributes: t.Type<CrossEntropyAttributes, Attributes> = t.readonly(
  t.strict({ smoothing: t.number }),
)

const crossEntropyType = (
  { smoothing }: CrossEntropyAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const [logits, labels] = inputs
  if (!(smoothing >= 0 && smoothing <= 1))
    return E.left(
      optionError({
        where: 'crossEntropy',
        expected: 'a smoothing from 0 to 1',
        found: `${smoothing}`,
        hint: '0.1 is common, 0 is none',
      }),
    )
  return logits !== undefined &&
    labels !== undefined &&
    logits.dtype === 'f32' &&
    labels.dtype === 'i24' &&
    typeof logits.shape.at(-1) === 'number' &&
    sameShape(logits.shape.slice(0, -1), labels.shape)
    ? E.right([{ shape: labels.shape, dtype: 'f32' }])
    : E.left(
        shapeError({
          where: 'crossEntropy',
          expected: 'f32 logits [..., classes] with a known number of classes, and i24 labels [...]',
          found: inputs.map(printType).join(' and ') || 'nothing',
          hint: 'labels have the shape of the logits without the last axis',
        }),
      )
}

const classesOf = (logits: Tensor): number => Number(logits.shape.at(-1) ?? 1)

/** The distribution a prediction is compared with: (1 − smoothing) on the label, the rest spread evenly. */
const target = (b: Builder, logits: Tensor, labels: Tensor, smoothing: number): Tensor => {
  const classes = classesOf(logits)
  const sharp = b.oneHot(labels, classes)
  return smoothing === 0
    ? sharp
    : b.add(b.mul(sharp, b.constant(1 - smoothing)), b.constant(smoothing / classes))
}

const evaluateCrossEntropy = (
  { smoothing }: CrossEntropyAttributes,
  logits: NdArray,
  labels: NdArray,
): NdArray => {
  const classes = logits.shape.at(-1) ?? 1
  const data = labels.data.map((label, row) => {
    const line = logits.data.slice(row * classes, (row + 1) * classes)
    const normaliser = logSumExp(line)
    // A label outside the classes has no share, as in a one-hot row of zeros.
    const own = label >= 0 && label < classes ? normaliser - (line[label] ?? Number.NaN) : 0
    const mean = normaliser - line.reduce((total, x) => total + x, 0) / classes
    return (1 - smoothing) * own + smoothing * mean
  })
  return { shape: labels.shape, data }
}

/** The derivative with respect to the logits: softmax, weighted by the target's total, minus the target. */
const slope = (b: Builder, logits: Tensor, labels: Tensor, smoothing: number): Tensor => {
  const wanted = target(b, logits, labels, smoothing)
  return b.sub(b.mul(b.softmax(logits, -1), b.sum(wanted, [-1], true)), wanted)
}

export const crossEntropyOp = defineComposite<CrossEntropyAttributes>({
  name: 'crossEntropy',
  category: 'composite',
  doc:
    'The loss of each example, −Σ_c t_c·log softmax(logits)_c, with the label’s class as target t, smoothed: (1 − s)·(−log p_label) ' +
    '+ s·mean_c(−log p_c). Logits [..., classes], labels i24 [...]; a label that is no class counts as a target of zeros. ' +
    'Derivative with respect to the logits: softmax(logits) − t.',
  attrs: crossEntropyAttributes,
  type: atMost('crossEntropy', 2, crossEntropyType),
  expand: (b, { smoothing }, [logits, labels]) =>
    logits === undefined || labels === undefined
      ? []
      : [b.neg(b.sum(b.mul(b.logSoftmax(logits, -1), target(b, logits, labels, smoothing)), [-1]))],
  evaluate: (attrs, [logits, labels]) =>
    logits === undefined || labels === undefined ? [] : [evaluateCrossEntropy(attrs, logits, labels)],
  vjp: (b, { attrs: { smoothing }, inputs: [logits, labels], cotangents: [g] }) =>
    logits === undefined || labels === undefined || g === undefined
      ? []
      : [b.mul(slope(b, logits, labels, smoothing), b.reshape(g, [...g.shape, 1])), null],
  jvp: (b, { attrs: { smoothing }, inputs: [logits, labels], tangents: [dLogits] }) =>
    logits === undefined || labels === undefined || !dLogits
      ? [null]
      : [b.sum(b.mul(slope(b, logits, labels, smoothing), dLogits), [-1])],
  batch: alongLeadingAxes((b, { smoothing }, [logits, labels]) =>
    logits === undefined || labels === undefined ? [] : [b.crossEntropy(logits, labels, smoothing)],
  ),
  cost: (_, [logits]) => ({ flops: 16 * sizeOf(logits?.shape ?? []) }),
  samples: [
    {
      attrs: { smoothing: 0 },
      inputs: [
        { shape: ['n', 5], dtype: 'f32', domain: 'any' },
        { shape: ['n'], dtype: 'i24', domain: { below: 5 } },
      ],
    },
    {
      attrs: { smoothing: 0.1 },
      inputs: [
        { shape: ['n', 'm', 'c'], dtype: 'f32', domain: 'any' },
        { shape: ['n', 'm'], dtype: 'i24', domain: { below: 'c' } },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/**
 * The loss of each example, with label smoothing if wanted: `pipe(logits, crossEntropy(labels, { smoothing: 0.1 }))`.
 * @throws TraceFailure with a ShapeError where labels do not go with the logits.
 */
export const crossEntropy =
  <Labels extends Shape>(
    labels: Tensor<Labels, 'i24'>,
    { smoothing = 0 }: Partial<CrossEntropyAttributes> = {},
  ) =>
  <Logits extends Shape>(
    logits: Tensor<Logits, 'f32'> & LabelsCheck<Logits, Labels>,
  ): Tensor<Labels, 'f32'> =>
    typedResult(apply1(crossEntropyOp, { smoothing }, [logits, labels]))
