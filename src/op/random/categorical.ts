import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { WithoutLast } from '../../shape/last-axis.js'
import { apply1, defineComposite } from '../def.js'
import type { NoAttributes } from '../elementwise/family.js'
import { noAttributes } from '../elementwise/family.js'
import { typedResult } from '../typed-result.js'
import { BLOCK_FLOPS, keySample } from './family.js'
import { gumbelOp } from './gumbel.js'
import type { Key } from './key.js'

const categoricalType = (inputs: readonly TensorType[]): E.Either<TensorError, readonly TensorType[]> => {
  const [logits, key] = inputs
  const isKey = key?.dtype === 'i24' && key.shape.length === 1 && key.shape[0] === 4
  return inputs.length === 2 && isKey && logits?.dtype === 'f32' && (logits.shape.at(-1) ?? 0) !== 0
    ? E.right([{ shape: logits.shape.slice(0, -1), dtype: 'i24' }])
    : E.left(
        shapeError({
          where: 'categorical',
          expected: 'f32[..., classes] with at least one class, and a key, i24[4]',
          found: inputs.map(printType).join(' and ') || 'nothing',
          hint: 'the last axis holds a logit for each class',
        }),
      )
}

export const categoricalOp = defineComposite<NoAttributes>({
  name: 'categorical',
  category: 'random',
  doc:
    'A class drawn with probability softmax(logits) for each place of the other axes: the largest of logits + Gumbel numbers ' +
    '(Gumbel 1954), the first of equal ones. Probabilities are met to 2^−24 a class, and a class of logit −∞ is never drawn ' +
    'where another is finite, one of NaN always. Targets differ only where two sums meet to rounding, in about one draw of 10^6.',
  attrs: noAttributes,
  type: (_, inputs) => categoricalType(inputs),
  expand: (b, _, [logits, key]) => {
    if (logits === undefined || key === undefined) return []
    return [b.argmax(b.add(logits, apply1(gumbelOp, { shape: logits.shape }, [key])), -1)]
  },
  evaluate: 'expand',
  vjp: () => [null, null],
  jvp: () => [null],
  batch: 'expand',
  cost: (_, [logits]) => ({ flops: (BLOCK_FLOPS + 100) * sizeOf(logits?.shape ?? []) }),
  samples: [
    { attrs: {}, inputs: [{ shape: ['n', 'm', 'c'], dtype: 'f32', domain: 'any' }, keySample] },
    { attrs: {}, inputs: [{ shape: [3], dtype: 'f32', domain: 'any' }, keySample] },
    { attrs: {}, inputs: [{ shape: ['n', 1], dtype: 'f32', domain: 'any' }, keySample] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/**
 * Classes drawn with probabilities softmax(logits) along the last axis: `pipe(logits, categorical(key))`. No gradient
 * flows.
 * @throws TraceFailure with a ShapeError where there is no class.
 */
export const categorical =
  (key: Key) =>
  <S extends Shape>(logits: Tensor<S, 'f32'>): Tensor<WithoutLast<S>, 'i24'> =>
    typedResult(apply1(categoricalOp, {}, [logits, key]))
