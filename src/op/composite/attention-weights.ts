/** How much each query of an attention takes of each key, and what the derivatives need of it. */
import type { Tensor } from '../../ir/tensor.js'
import type { TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { AttentionOperands } from './attention-operands.js'
import { scoresShape } from './attention-operands.js'

/** Stands for −∞ in masked scores: finite, so that a query without keys has no NaN on the way to its zeros. */
const MASKED = -1e30

/** The last two axes exchanged. */
export const transposed = (b: Builder, x: Tensor): Tensor => {
  const rank = x.shape.length
  return b.permute(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  )
}

/** Bias and mask of scores, if any. */
type OnScores = Pick<AttentionOperands<Tensor>, 'bias' | 'mask'>

/** What the scores are made of. */
type OfScores = Omit<AttentionOperands<Tensor>, 'v'>

/** products + bias; very small where the mask is false. */
const scoresOf = (b: Builder, products: Tensor, { bias, mask }: OnScores): Tensor => {
  const scores = bias === undefined ? products : b.add(products, bias)
  return mask === undefined ? scores : b.select(mask, scores, b.constant(MASKED))
}

const whereOpen = (b: Builder, x: Tensor, { mask }: OnScores): Tensor =>
  mask === undefined ? x : b.select(mask, x, b.constant(0))

/** p: how much each query takes of each value, [..., T, S]. Rows sum to 1, or to 0 where the mask leaves no key. */
export const weightsOf = (b: Builder, scale: number, operands: OfScores): Tensor => {
  const products = b.mul(b.matmul(operands.q, transposed(b, operands.k)), b.constant(scale))
  return whereOpen(b, b.softmax(scoresOf(b, products, operands), -1), operands)
}

/** The derivative of the weights by the scores is symmetric: p ⊙ (g − Σ p ⊙ g). */
export const throughSoftmax = (b: Builder, p: Tensor, g: Tensor): Tensor =>
  b.mul(p, b.sub(g, b.sum(b.mul(p, g), [-1], true)))

/** The weights of a query as exponentials over their total, which is divided by once all keys are summed over. */
export interface Exponentials {
  /** [..., T, S] */
  readonly exponentials: Tensor
  /** The largest score of a query, [..., T, 1]. */
  readonly top: Tensor
  /** Σ exp(score − top), [..., T, 1]. */
  readonly total: Tensor
}

/** Queries are given times the scale. Not differentiated: derivatives are taken of attention before it is expanded. */
export const exponentialsOf = (b: Builder, operands: OfScores): Exponentials => {
  const scores = scoresOf(b, b.matmul(operands.q, transposed(b, operands.k)), operands)
  const top = b.max(scores, [-1], true)
  const all = b.exp(b.sub(scores, top))
  return { exponentials: whereOpen(b, all, operands), top, total: b.sum(all, [-1], true) }
}

/** What broadcasts to [..., T, S] as what broadcasts to [..., S, T]. */
const turned = (b: Builder, x: Tensor | undefined): Tensor | undefined => {
  if (x === undefined) return undefined
  return transposed(b, x.shape.length < 2 ? b.reshape(x, [1, x.shape[0] ?? 1]) : x)
}

/** The weights key by key, pᵀ [..., S, T], from scores computed anew. Queries are given times the scale. */
export const weightsByKey = (
  b: Builder,
  { q, k, bias, mask }: OfScores,
  { top, total }: Exponentials,
): Tensor => {
  const onScores = { bias: turned(b, bias), mask: turned(b, mask) }
  const scores = scoresOf(b, b.matmul(k, transposed(b, q)), onScores)
  const p = b.div(b.exp(b.sub(scores, transposed(b, top))), transposed(b, total))
  return whereOpen(b, p, onScores)
}

/**
 * Scores of all heads beyond which no more than rows of them should ever be there: 128 MB. With fewer, keeping them for
 * the gradient takes three products less: as long for heads of 16 numbers, three quarters of the time for those of 64.
 */
const MOST_SCORES = 2 ** 25
/** Scores of a head up to which heads run one after the other, so that all of them are never there anyway: 8 MB. */
const MOST_HEAD_SCORES = 2 ** 21

/** Whether scores are computed again, by query and by key, instead of kept (as Dao et al. 2022, without their blocks). */
export const isByRows = ({ q, k }: Pick<AttentionOperands<TensorType>, 'q' | 'k'>): boolean => {
  const scores = scoresShape(q.shape, k.shape)
  return sizeOf(scores) > MOST_SCORES && sizeOf(scores.slice(-2)) > MOST_HEAD_SCORES
}
