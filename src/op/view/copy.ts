/** Copying boxes of elements between arrays by strides: the float64 meaning of views. */

/** How to walk an array: where the box begins, and how far a step along each of its axes goes. */
export interface Walk {
  readonly offset: number
  readonly strides: readonly number[]
}

/** Copies the elements of a box; a stride may be 0 (repeated) or negative (backwards). */
export const copyBox = (
  box: readonly number[],
  from: Float64Array,
  source: Walk,
  to: Float64Array,
  target: Walk,
): void => {
  const inner = box.length - 1
  const size = box[inner] ?? 1
  const [fromStep, toStep] = [source.strides[inner] ?? 0, target.strides[inner] ?? 0]
  const copyRow = (a: number, b: number): void => {
    for (let i = 0; i < size; i++) to[b + i * toStep] = from[a + i * fromStep] ?? Number.NaN
  }
  const copyAxis = (axis: number, a: number, b: number): void => {
    if (axis >= inner) return copyRow(a, b)
    const [fromStride, toStride] = [source.strides[axis] ?? 0, target.strides[axis] ?? 0]
    for (let i = 0; i < (box[axis] ?? 1); i++) copyAxis(axis + 1, a + i * fromStride, b + i * toStride)
  }
  copyAxis(0, source.offset, target.offset)
}
