/** Reductions whose reads suit another axis of the output than the last: lanes along that one, stored one by one. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { accumulate, isCertain } from './accumulate.js'
import { axisVariable } from './address.js'
import { between, byFours, overNeighbours } from './emit-transposed.js'
import type { Place } from './expression.js'
import { vectorOf } from './expression.js'
import type { Features, SimdKernel } from './kernel.js'
import { expressionsOf, readCost, sizeOf } from './rows.js'
import type { Strip } from './spans.js'
import { strips } from './spans.js'
import type { Writer } from './writer.js'
import { addI32, i32, mulI32 } from './writer.js'

/** The axis along which reads are cheaper than `cost`, the best of other ways. */
const crossAxis = (kernel: ScalarKernel, cost: number): number | null => {
  const costOf = (axis: number): number => readCost(kernel, axisVariable(axis), kernel.shape[axis] ?? 1)
  const best = kernel.shape
    .slice(0, -1)
    .reduce<number | null>(
      (least, size, axis) => (size >= 3 && (least === null || costOf(axis) <= costOf(least)) ? axis : least),
      null,
    )
  return best !== null && 1.5 * costOf(best) < cost ? best : null
}

/** Vectors along the lane's axis from the place on; lanes are `stride` elements apart in the output. */
const writeStrips = (
  w: Writer,
  kernel: ScalarKernel,
  place: Place,
  own: readonly Strip[],
  address: string,
  stride: number,
): void => {
  const totals = accumulate(w, kernel, place, own)
  own.forEach((strip, i) => {
    const accumulator = totals[i] ?? ''
    const { epilogue } = kernel
    const value = epilogue === null ? accumulator : vectorOf(w, epilogue, { ...place, ...strip, accumulator })
    const lanes = w.let('v128', 'result', value)
    for (let lane = 0; lane < strip.width; lane += 1)
      w.line(`(v128.store32_lane offset=${4 * (strip.ahead + lane) * stride} ${lane} ${address} ${lanes})`)
  })
}

/** The kernel with lanes along the axis that suits it better than the others, whose reads cost `cost`; else null. */
export const emitAcross = (kernel: ScalarKernel, features: Features, cost: number): SimdKernel | null => {
  const lane = kernel.loops.length === 0 ? null : crossAxis(kernel, cost)
  if (lane === null) return null
  const { shape } = kernel
  const hoistable = { scalars: expressionsOf(kernel), isCertain: isCertain(kernel) }
  return overNeighbours(kernel, features, lane, hoistable, ({ w, count, stride, out, row, axes }) => {
    between(w, shape.slice(lane + 1), (coordinates) => {
      const offset = coordinates.reduce(
        (sum, coordinate, i) => addI32(sum, mulI32(coordinate, 4 * sizeOf(shape.slice(lane + 2 + i)))),
        i32(0),
      )
      const write = (first: string, own: readonly Strip[]): void => {
        const place: Place = { ...row, axes: [...axes(first), ...coordinates] }
        const address = w.let('i32', 'at', addI32(addI32(out, offset), mulI32(first, 4 * stride)))
        writeStrips(w, kernel, place, own, address, stride)
      }
      if (count <= 16 && count % 4 === 0) write(i32(0), strips(count / 4))
      else byFours(w, count, (first, width) => write(first, [{ ahead: 0, width }]))
    })
  })
}
