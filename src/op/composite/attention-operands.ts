/** Operands of attention: queries, keys, values, then perhaps a bias and a mask; and their float64 meaning. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import type { NdArray } from '../def.js'
import { broadcastPositions } from '../elementwise/family.js'
import { logSumExp } from './last-axis.js'

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
const scoresShape = (q: Shape, k: Shape): Shape => [...q.slice(0, -1), k.at(-2) ?? 1]

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

/** Position by position: scores, their softmax over what the mask lets through, the weighted mean of the values. */
export const attentionValues = (
  scale: number,
  { q, k, v, bias, mask }: AttentionOperands<NdArray>,
  shape: readonly number[],
): NdArray => {
  const [targets = 1, width = 1] = q.shape.slice(-2)
  const rows = sizeOf(q.shape.slice(0, -1))
  const [sources = 1, wide = 1] = v.shape.slice(-2)
  const scores = [...q.shape.slice(0, -1), sources]
  const reader = (operand: NdArray | undefined, otherwise: number): ((flat: number) => number) => {
    if (operand === undefined) return () => otherwise
    const at = broadcastPositions(operand.shape, scores)
    return (flat) => operand.data[at(flat)] ?? Number.NaN
  }
  const [biasAt, maskAt] = [reader(bias, 0), reader(mask, 1)]
  const data = new Float64Array(sizeOf(shape))
  for (let row = 0; row < rows; row++) {
    const head = Math.floor(row / targets)
    const line = Float64Array.from({ length: sources }, (_, s) => {
      let total = 0
      for (let i = 0; i < width; i++)
        total += (q.data[row * width + i] ?? 0) * (k.data[(head * sources + s) * width + i] ?? 0)
      return total * scale + biasAt(row * sources + s)
    })
    const open = Array.from(line, (_, s) => maskAt(row * sources + s) !== 0)
    const normaliser = logSumExp(line.filter((_, s) => open[s] === true))
    line.forEach((score, s) => {
      const weight = open[s] === true ? Math.exp(score - normaliser) : 0
      for (let i = 0; i < wide; i++)
        data[row * wide + i] =
          (data[row * wide + i] ?? 0) + weight * (v.data[(head * sources + s) * wide + i] ?? 0)
    })
  }
  return { shape, data }
}
