/** Draws of a gamma distribution as logarithms: small parameters put most of the mass below what a float32 holds. */
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { rowOfDraw, rowsOfDraw } from './draw-family.js'

/** Each is rejected with a probability below 0.0488, so all are with one below 2^−43. */
const PROPOSALS = 10
/** Blocks and other operations of one draw. */
export const GAMMA_BLOCKS = 3 * PROPOSALS + 1
export const GAMMA_FLOPS = 100 * PROPOSALS
/** Parameters between which all logarithms of a draw are finite in float32 and its rounding is harmless. */
const [SMALLEST, LARGEST] = [1e-6, 1e6]

export const isGammaParameter = (a: number): boolean => a >= SMALLEST && a <= LARGEST
export const GAMMA_EXPECTED = `from ${SMALLEST} to ${LARGEST}`

/** The logarithm of a draw in units of `unit`. */
interface LogGamma {
  readonly log: Tensor
  readonly unit: number
}

/** Of the proposals along an axis, log v of the first that is accepted; if none is, of the last. */
const firstAccepted = (b: Builder, logV: Tensor, accepted: Tensor, axis: number): Tensor => {
  const place = b.iota([PROPOSALS, ...logV.shape.slice(axis + 1).map(() => 1)], 0)
  const turn = b.mul(b.toFloat(accepted), b.sub(b.constant(PROPOSALS), place))
  const score = b.maximum(turn, b.toFloat(b.equal(place, b.constant(PROPOSALS - 1))))
  const isChosen = b.equal(score, b.max(score, [axis], true))
  return b.sum(b.select(isChosen, logV, b.constant(0)), [axis])
}

/**
 * Marsaglia and Tsang (2000): with d = a − 1/3 and a standard normal x, d·v with v = (1 + x / √(9d))³ is accepted where
 * v > 0 and log u < x²/2 + d·(1 − v + log v). Below a = 1 a draw of a + 1 is multiplied by u^(1/a).
 */
export const drawLogGamma = (b: Builder, key: Tensor, shape: Tensor['shape'], a: number): LogGamma => {
  const axis = key.shape.length - 1
  const draws = b.uniform(key, [GAMMA_BLOCKS, ...shape])
  const logUniform = (x: Tensor): Tensor => b.log(b.sub(b.constant(1), x))
  const proposals = (which: 0 | 1 | 2): Tensor =>
    rowsOfDraw(b, draws, key, which * PROPOSALS, (which + 1) * PROPOSALS)
  const scaled = (x: Tensor, by: number): Tensor => b.mul(x, b.constant(by))
  const unit = (a < 1 ? a + 1 : a) - 1 / 3

  const x = b.mul(b.sqrt(scaled(logUniform(proposals(0)), -2)), b.cos(scaled(proposals(1), 2 * Math.PI)))
  const root = b.add(scaled(x, 1 / Math.sqrt(9 * unit)), b.constant(1))
  // At this floor log v is so low that the proposal is rejected, as it must be where v is not above 0.
  const v = b.maximum(b.mul(root, b.mul(root, root)), b.constant(1e-30))
  const logV = b.log(v)
  const border = b.add(scaled(b.mul(x, x), 0.5), scaled(b.add(b.sub(b.constant(1), v), logV), unit))
  const accepted = b.less(logUniform(proposals(2)), border)
  const log = firstAccepted(b, logV, accepted, axis)
  return {
    log: a < 1 ? b.add(log, scaled(logUniform(rowOfDraw(b, draws, key, GAMMA_BLOCKS - 1)), 1 / a)) : log,
    unit,
  }
}
