/** Operands of attention: queries, keys, values, then perhaps a bias and a mask. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape } from '../../shape/dim.js'

export interface AttentionOperands<T> {
  readonly q: T
  readonly k: T
  readonly v: T
  readonly bias: T | undefined
  readonly mask: T | undefined
}

/** The operands by name; null where some are missing or too many. The mask comes last. */
export const attentionOperands = <T>(
  masked: boolean,
  [q, k, v, ...others]: readonly T[],
): AttentionOperands<T> | null => {
  const mask = masked ? others.at(-1) : undefined
  const [bias, ...more] = masked ? others.slice(0, -1) : others
  return q === undefined ||
    k === undefined ||
    v === undefined ||
    more.length > 0 ||
    (masked && mask === undefined)
    ? null
    : { q, k, v, bias, mask }
}

/** [..., queries, keys] */
export const scoresShape = <D>(q: readonly D[], k: readonly D[]): readonly (D | 1)[] => [
  ...q.slice(0, -1),
  k.at(-2) ?? 1,
]

const fitsScores = (operand: TensorType | undefined, dtype: 'f32' | 'bool', scores: Shape): boolean => {
  if (operand === undefined) return true
  const common = broadcastShapes('attention', operand.shape, scores)
  return operand.dtype === dtype && E.isRight(common) && sameShape(common.right, scores)
}

/** Whether the operands fit each other: the shape rule of attention. */
export const checkAttention = (
  where: string,
  masked: boolean,
  inputs: readonly TensorType[],
): E.Either<TensorError, AttentionOperands<TensorType>> => {
  const operands = attentionOperands(masked, inputs)
  if (operands !== null) {
    const { q, k, v, bias, mask } = operands
    const scores = scoresShape(q.shape, k.shape)
    const fits =
      [q, k, v].every(({ dtype, shape }) => dtype === 'f32' && shape.length >= 2) &&
      sameShape(q.shape.slice(0, -2), k.shape.slice(0, -2)) &&
      sameShape(k.shape.slice(0, -1), v.shape.slice(0, -1)) &&
      q.shape.at(-1) === k.shape.at(-1) &&
      fitsScores(bias, 'f32', scores) &&
      fitsScores(mask, 'bool', scores)
    if (fits) return E.right(operands)
  }
  return E.left(
    shapeError({
      where,
      expected:
        'f32 queries [..., T, D], keys [..., S, D] and values [..., S, E], and, if any, an f32 bias and a bool mask that broadcast to [..., T, S]',
      found: inputs.map(printType).join(', ') || 'nothing',
      hint: 'bring heads to a leading axis; keys and values have the same positions',
    }),
  )
}
