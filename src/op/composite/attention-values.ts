/** The float64 meaning of attention and of its gradient, query by query. */
import { sizeOf } from '../../shape/dim.js'
import type { NdArray } from '../def.js'
import { broadcastPositions } from '../elementwise/family.js'
import type { AttentionOperands } from './attention-operands.js'
import { scoresShape } from './attention-operands.js'
import { logSumExp } from './last-axis.js'

interface Query {
  /** Its number among all queries. */
  readonly row: number
  /** The number of its first key among all keys. */
  readonly firstKey: number
  /** How much it takes of each key. */
  readonly weights: Float64Array
}

const dot = (x: NdArray, row: number, y: NdArray, other: number): number => {
  const width = x.shape.at(-1) ?? 1
  let total = 0
  for (let i = 0; i < width; i++) total += (x.data[row * width + i] ?? 0) * (y.data[other * width + i] ?? 0)
  return total
}

/** An array of zeros, and x[row] += factor · y[other]. */
const sumOfRows = (shape: readonly number[]) => {
  const width = shape.at(-1) ?? 1
  const data = new Float64Array(sizeOf(shape))
  const add = (row: number, factor: number, y: NdArray, other: number): void => {
    for (let i = 0; i < width; i++)
      data[row * width + i] = (data[row * width + i] ?? 0) + factor * (y.data[other * width + i] ?? 0)
  }
  return { sums: { shape, data }, add }
}

/** Scores and their softmax over what the mask lets through, for every query in turn. */
const eachQuery = (
  scale: number,
  operands: AttentionOperands<NdArray>,
  visit: (query: Query) => void,
): void => {
  const { q, k, bias, mask } = operands
  const scores = scoresShape(q.shape, k.shape)
  const [targets = 1, sources = 1] = scores.slice(-2)
  const reader = (operand: NdArray | undefined, otherwise: number): ((flat: number) => number) => {
    if (operand === undefined) return () => otherwise
    const at = broadcastPositions(operand.shape, scores)
    return (flat) => operand.data[at(flat)] ?? Number.NaN
  }
  const [biasAt, maskAt] = [reader(bias, 0), reader(mask, 1)]
  for (let row = 0; row < sizeOf(scores.slice(0, -1)); row++) {
    const firstKey = Math.floor(row / targets) * sources
    const line = Float64Array.from(
      { length: sources },
      (_, s) => dot(q, row, k, firstKey + s) * scale + biasAt(row * sources + s),
    )
    const open = Array.from(line, (_, s) => maskAt(row * sources + s) !== 0)
    const normaliser = logSumExp(line.filter((_, s) => open[s] === true))
    const weights = line.map((score, s) => (open[s] === true ? Math.exp(score - normaliser) : 0))
    visit({ row, firstKey, weights })
  }
}

/** The mean of the values by the weights. */
export const attentionValues = (
  scale: number,
  operands: AttentionOperands<NdArray>,
  shape: readonly number[],
): NdArray => {
  const { sums, add } = sumOfRows(shape)
  eachQuery(scale, operands, ({ row, firstKey, weights }) =>
    weights.forEach((weight, s) => add(row, weight, operands.v, firstKey + s)),
  )
  return sums
}

/** Cotangents of queries, keys, values and bias, if any, from that of the result. */
export const attentionGradientValues = (
  scale: number,
  operands: AttentionOperands<NdArray>,
  g: NdArray,
): readonly NdArray[] => {
  const { q, k, v, bias } = operands
  const [dq, dk, dv] = [sumOfRows(q.shape), sumOfRows(k.shape), sumOfRows(v.shape)]
  const dbias = new Float64Array(sizeOf(bias?.shape ?? []))
  const biasPosition = broadcastPositions(bias?.shape ?? [], scoresShape(q.shape, k.shape))
  eachQuery(scale, operands, ({ row, firstKey, weights }) => {
    const dp = weights.map((_, s) => dot(g, row, v, firstKey + s))
    const mean = weights.reduce((sum, weight, s) => sum + weight * (dp[s] ?? 0), 0)
    weights.forEach((weight, s) => {
      const ds = weight * ((dp[s] ?? 0) - mean)
      dq.add(row, scale * ds, k, firstKey + s)
      dk.add(firstKey + s, scale * ds, q, row)
      dv.add(firstKey + s, weight, g, row)
      const at = biasPosition(row * weights.length + s)
      dbias[at] = (dbias[at] ?? 0) + ds
    })
  })
  return [dq.sums, dk.sums, dv.sums, ...(bias === undefined ? [] : [{ shape: bias.shape, data: dbias }])]
}
