/** The direct sum of a long convolution: its float64 meaning, and its loop nest. */
import type { Index, Scalar } from '../../ir/scalar.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import type { FftConvAttributes } from '../builder.js'
import type { LoopNest, NdArray } from '../def.js'
import { binary, indexConst, indexSum, offset, remainder } from '../scalar-expression.js'

/** The sizes x and the kernel broadcast to, before anything is summed. */
export const fullShape = (x: readonly number[], kernel: readonly number[]): readonly number[] =>
  x.map((size, axis) => (size === 1 ? (kernel[axis] ?? 1) : size))

/** Strides with which an operand is read at coordinates of the full shape. */
const readStrides = (shape: readonly number[]): readonly number[] => {
  const strides = stridesOf(shape)
  return shape.map((size, axis) => (size === 1 ? 0 : (strides[axis] ?? 0)))
}

/** All coordinates of a shape, row-major. */
const coordinatesOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, x, i) => total + x * (b[i] ?? 0), 0)

/** The defining sum, for every position of the grid and every combination of the other axes. */
export const evaluateDirectly = (
  { axes, mode, sumOver }: FftConvAttributes,
  x: NdArray,
  kernel: NdArray,
): NdArray => {
  const rank = x.shape.length
  const front = axesFromFront(axes, rank)
  const summed = axesFromFront(sumOver, rank)
  const full = fullShape(x.shape, kernel.shape)
  const shape = full.map((size, axis) => (summed.includes(axis) ? 1 : size))
  const [fromX, fromKernel, toOut] = [readStrides(x.shape), readStrides(kernel.shape), readStrides(shape)]
  const grid = front.map((axis) => full[axis] ?? 1)
  const along = (strides: readonly number[]): readonly number[] => front.map((axis) => strides[axis] ?? 0)
  const [gridX, gridKernel, gridOut] = [along(fromX), along(fromKernel), along(toOut)]
  const points = coordinatesOf(grid)
  // Pairs of positions relative to the start of a grid, the same for every other coordinate.
  const pairs = points.map((i) =>
    points.flatMap((a) => {
      if (mode === 'causal' && a.some((tap, axis) => tap > (i[axis] ?? 0))) return []
      const source = a.map((tap, axis) => ((i[axis] ?? 0) - tap + (grid[axis] ?? 1)) % (grid[axis] ?? 1))
      return [dot(a, gridKernel), dot(source, gridX)]
    }),
  )
  const data = new Float64Array(sizeOf(shape))
  for (const at of coordinatesOf(
    full.map((size, axis) => (front.includes(axis) ? Math.min(size, 1) : size)),
  )) {
    const [startX, startKernel, startOut] = [dot(at, fromX), dot(at, fromKernel), dot(at, toOut)]
    points.forEach((i, point) => {
      const own = pairs[point] ?? []
      let total = 0
      for (let pair = 0; pair < own.length; pair += 2)
        total +=
          (kernel.data[startKernel + (own[pair] ?? 0)] ?? Number.NaN) *
          (x.data[startX + (own[pair + 1] ?? 0)] ?? Number.NaN)
      const out = startOut + dot(i, gridOut)
      data[out] = (data[out] ?? 0) + total
    })
  }
  return { shape, data }
}

/** The direct sum as one loop nest: loops over the taps, of which a causal output has coordinate + 1, then over what is summed. */
export const directNest = (
  { axes, mode, sumOver }: FftConvAttributes,
  [x = [], kernel = []]: readonly (readonly number[])[],
): LoopNest => {
  const front = axesFromFront(axes, x.length)
  const full = fullShape(x, kernel)
  const summed = axesFromFront(sumOver, x.length).filter((axis) => full[axis] !== 1)
  const loopAxes = [...front, ...summed]
  const coordinate = (at: readonly Index[], counters: readonly Index[], axis: number): Index =>
    (summed.includes(axis) ? counters[loopAxes.indexOf(axis)] : at[axis]) ?? indexConst(0)
  const sourceIndex = (at: Index, tap: Index, size: number): Index => {
    const back = indexSum(0, [1, at], [-1, tap])
    return mode === 'causal' ? back : remainder(back, Math.max(size, 1))
  }
  return {
    loops: (at) =>
      loopAxes.map((axis) => ({
        size: full[axis] ?? 1,
        ...(mode === 'causal' && front.includes(axis)
          ? { extent: offset(at[axis] ?? indexConst(0), 1) }
          : {}),
      })),
    combine: 'sum',
    body: ({ at, counters, read }): Scalar => {
      const tap = (axis: number): Index => counters[front.indexOf(axis)] ?? indexConst(0)
      const elsewhere = (shape: readonly number[], axis: number): Index =>
        shape[axis] === 1 ? indexConst(0) : coordinate(at, counters, axis)
      const kernelAt = kernel.map((_, axis) => (front.includes(axis) ? tap(axis) : elsewhere(kernel, axis)))
      const xAt = x.map((size, axis) =>
        front.includes(axis) ? sourceIndex(at[axis] ?? indexConst(0), tap(axis), size) : elsewhere(x, axis),
      )
      return binary('mul', read(1, kernelAt), read(0, xAt))
    },
  }
}
