import * as E from 'fp-ts/lib/Either.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { printType, sameType, sizeOf } from '../../shape/dim.js'
import type { SameShapeCheck } from '../../shape/same-shape.js'
import { alongLeadingAxes } from '../batching.js'
import { apply1, defineComposite } from '../def.js'
import type { NoAttributes } from '../elementwise/family.js'
import { noAttributes } from '../elementwise/family.js'
import { typedResult } from '../typed-result.js'

export const binaryCrossEntropyOp = defineComposite<NoAttributes>({
  name: 'binaryCrossEntropy',
  category: 'composite',
  doc:
    'The loss of each element, −t·log σ(x) − (1 − t)·log(1 − σ(x)) for a logit x and a target t from 0 to 1, as ' +
    'max(x, 0) − x·t + log1p(exp(−|x|)), which neither overflows nor takes the logarithm of 0. Derivatives: σ(x) − t by x, −x by t.',
  attrs: noAttributes,
  type: (_, inputs) => {
    const [logits, targets] = inputs
    return logits !== undefined &&
      targets !== undefined &&
      inputs.length === 2 &&
      logits.dtype === 'f32' &&
      sameType(logits, targets)
      ? E.right([{ shape: logits.shape, dtype: 'f32' }])
      : E.left(
          shapeError({
            where: 'binaryCrossEntropy',
            expected: 'f32 logits and f32 targets of one shape',
            found: inputs.map(printType).join(' and ') || 'nothing',
            hint: 'convert targets that are bools or integers with toFloat',
          }),
        )
  },
  expand: (b, _, [x, t]) => {
    if (x === undefined || t === undefined) return []
    return [b.add(b.sub(b.relu(x), b.mul(x, t)), b.log1p(b.exp(b.neg(b.abs(x)))))]
  },
  evaluate: (_, [x, t]) => {
    if (x === undefined || t === undefined) return []
    // −log of a probability, from whichever side does not cancel.
    const surprise = (logit: number): number =>
      logit > 0 ? Math.log1p(Math.exp(-logit)) : Math.log1p(Math.exp(logit)) - logit
    return [
      {
        shape: x.shape,
        data: x.data.map((logit, i) => {
          const target = t.data[i] ?? Number.NaN
          return target * surprise(logit) + (1 - target) * surprise(-logit)
        }),
      },
    ]
  },
  vjp: (b, { inputs: [x, t], cotangents: [g] }) =>
    x === undefined || t === undefined || g === undefined
      ? []
      : [b.mul(g, b.sub(b.sigmoid(x), t)), b.neg(b.mul(g, x))],
  jvp: (b, { inputs: [x, t], tangents: [dx, dt] }) => {
    if (x === undefined || t === undefined) return [null]
    const byLogits = dx ? b.mul(dx, b.sub(b.sigmoid(x), t)) : null
    const byTargets = dt ? b.neg(b.mul(dt, x)) : null
    return [byLogits && byTargets ? b.add(byLogits, byTargets) : (byLogits ?? byTargets)]
  },
  batch: alongLeadingAxes((b, _, [x, t]) =>
    x === undefined || t === undefined ? [] : [b.binaryCrossEntropy(x, t)],
  ),
  cost: (_, [x]) => ({ flops: 25 * sizeOf(x?.shape ?? []) }),
  samples: [
    {
      attrs: {},
      inputs: [
        { shape: ['n', 'm'], dtype: 'f32', domain: 'apart' },
        { shape: ['n', 'm'], dtype: 'f32', domain: 'unit' },
      ],
    },
    {
      attrs: {},
      inputs: [
        { shape: [], dtype: 'f32', domain: 'nonzero' },
        { shape: [], dtype: 'f32', domain: 'unit' },
      ],
    },
  ],
  tolerance: { relative: 1e-6 },
  laws: [],
})

/**
 * The loss of each element for logits and targets from 0 to 1: `pipe(logits, binaryCrossEntropy(targets), mean())`.
 * @throws TraceFailure with a ShapeError where the shapes differ: nothing is broadcast.
 */
export const binaryCrossEntropy =
  <T extends Shape>(targets: Tensor<T, 'f32'>) =>
  <S extends Shape>(
    logits: Tensor<S, 'f32'> & SameShapeCheck<'binaryCrossEntropy', S, T>,
  ): Tensor<S, 'f32'> =>
    typedResult(apply1(binaryCrossEntropyOp, {}, [logits, targets]))
