/** The float64 meaning of a contraction: loops over all letters, flat and by strides, the best-strided letters innermost. */
import type { Contraction } from '../../shape/einsum.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { NdArray } from '../def.js'

/** One letter's loop: how far each array moves at a step of it. */
interface Step {
  readonly size: number
  readonly x: number
  readonly y: number
  readonly to: number
}

const STILL: Step = { size: 1, x: 0, y: 0, to: 0 }

const strideOf = (letters: readonly string[], strides: readonly number[], letter: string): number => {
  const axis = letters.indexOf(letter)
  return axis < 0 ? 0 : (strides[axis] ?? 0)
}

/** The letters' loops, those that move farthest outermost. */
const stepsOf = (
  contraction: Contraction,
  sizes: ReadonlyMap<string, number>,
  x: NdArray,
  y: NdArray,
  output: readonly number[],
): readonly Step[] => {
  const [xs, ys, to] = [stridesOf(x.shape), stridesOf(y.shape), stridesOf(output)]
  const steps = [...sizes].map(([letter, size]): Step => ({
    size,
    x: strideOf(contraction.x, xs, letter),
    y: strideOf(contraction.y, ys, letter),
    to: strideOf(contraction.result, to, letter),
  }))
  const reach = (step: Step): number => step.x + step.y + step.to
  return steps.filter((step) => step.size !== 1).sort((a, b) => reach(b) - reach(a))
}

/** The contraction's value. */
export const contractValues = (
  contraction: Contraction,
  sizes: ReadonlyMap<string, number>,
  x: NdArray,
  y: NdArray,
  output: readonly number[],
): NdArray => {
  const result = new Float64Array(sizeOf(output))
  const [left, right] = [x.data, y.data]
  const steps = stepsOf(contraction, sizes, x, y, output)
  const outer = steps.slice(0, -2)
  const [middle, inner] = [steps.at(-2) ?? STILL, steps.at(-1) ?? STILL]

  const addPlane = (a: number, b: number, to: number): void => {
    for (let j = 0; j < middle.size; j++) {
      const [rowX, rowY, rowTo] = [a + j * middle.x, b + j * middle.y, to + j * middle.to]
      for (let i = 0; i < inner.size; i++) {
        const place = rowTo + i * inner.to
        result[place] =
          (result[place] ?? 0) + (left[rowX + i * inner.x] ?? 0) * (right[rowY + i * inner.y] ?? 0)
      }
    }
  }
  const addAxis = (depth: number, a: number, b: number, to: number): void => {
    const step = outer[depth]
    if (step === undefined) return addPlane(a, b, to)
    for (let i = 0; i < step.size; i++) addAxis(depth + 1, a + i * step.x, b + i * step.y, to + i * step.to)
  }
  addAxis(0, 0, 0, 0)
  return { shape: output, data: result }
}
