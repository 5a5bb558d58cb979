/** Float64 meanings of ops on the lines of a tensor: what lies along its last axis. */
import { sizeOf } from '../../shape/dim.js'
import { fromFront } from '../../shape/permute.js'
import type { NdArray } from '../def.js'

/** Each line of the last axis, with what is at the same places of the other arrays, as a line of the result. */
export const mapLines = (
  arrays: readonly NdArray[],
  output: readonly number[],
  f: (...lines: readonly Float64Array[]) => ArrayLike<number>,
): NdArray => {
  const data = new Float64Array(sizeOf(output))
  const width = output.at(-1) ?? 1
  const lines = width === 0 ? 0 : data.length / width
  for (let line = 0; line < lines; line++) {
    const parts = arrays.map(({ shape, data: values }) => {
      const length = shape.at(-1) ?? 1
      return values.subarray(line * length, (line + 1) * length)
    })
    data.set(Array.from(f(...parts)), line * width)
  }
  return { shape: output, data }
}

/** Each line of x along an axis (which may count from the end) as a line of the result along it. */
export const mapAxis = (
  { shape, data }: NdArray,
  axis: number,
  output: readonly number[],
  f: (line: Float64Array) => ArrayLike<number>,
): NdArray => {
  const front = fromFront(axis, shape.length)
  const [length, width] = [shape[front] ?? 1, output[front] ?? 1]
  const inner = sizeOf(shape.slice(front + 1))
  const result = new Float64Array(sizeOf(output))
  for (let outer = 0; outer < sizeOf(shape.slice(0, front)); outer++)
    for (let i = 0; i < inner; i++) {
      const line = Float64Array.from(
        { length },
        (_, k) => data[(outer * length + k) * inner + i] ?? Number.NaN,
      )
      const mapped = f(line)
      for (let k = 0; k < width; k++) result[(outer * width + k) * inner + i] = mapped[k] ?? Number.NaN
    }
  return { shape: output, data: result }
}
