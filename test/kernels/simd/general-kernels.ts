import type { Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import {
  asNumber,
  axis,
  binary,
  constant,
  loop,
  mapKernel,
  quotient,
  read,
  remainder,
  sum,
  unary,
} from '../../support/scalar-kernels.js'

/** Kernels of all forms that the general emitter distinguishes, by what they are. */

const reduction = (
  shape: readonly number[],
  loops: readonly number[],
  body: Scalar,
  inputs: readonly number[],
  rest: Partial<ScalarKernel> = {},
): ScalarKernel => ({
  name: 'reduction',
  shape,
  loops: loops.map((size) => ({ size })),
  combine: 'sum',
  body,
  epilogue: null,
  inputs,
  ...rest,
})

const transposed = (b: number, c: number, t: number): ScalarKernel => {
  const x = read(0, sum(0, [c * t, axis(0, b)], [1, axis(1, c)], [c, axis(2, t)]))
  const bias = read(1, axis(1, c))
  return mapKernel([b, c, t], binary('add', unary('neg', x), bias), [b * c * t, c])
}

const padded = (height: number, width: number): ScalarKernel => {
  const row = sum(-1, [1, axis(0, height)], [1, loop(0, 3)])
  const column = sum(-1, [1, axis(1, width)], [1, loop(1, 3)])
  const flat = sum(0, [width, row], [1, column])
  const inside: Scalar = {
    kind: 'guard',
    condition: [
      { index: row, low: 0, high: height },
      { index: column, low: 0, high: width },
    ],
    x: read(0, flat),
    y: constant(0),
  }
  const tap = read(1, sum(0, [3, loop(0, 3)], [1, loop(1, 3)]))
  return reduction([height, width], [3, 3], binary('mul', inside, tap), [height * width, 9])
}

/** out[c, i] = Σ k ≤ i of x[c, k] · h[c, i − k]; beyond i the read of h would be out of range. */
const causal = (length: number): ScalarKernel =>
  reduction(
    [3, length],
    [],
    binary(
      'mul',
      read(0, sum(0, [length, axis(0, 3)], [1, loop(0, length)])),
      read(1, sum(0, [length, axis(0, 3)], [1, axis(1, length)], [-1, loop(0, length)])),
    ),
    [3 * length, 3 * length],
    {
      loops: [{ size: length, extent: sum(1, [1, axis(1, length)]) }],
      epilogue: binary('mul', { kind: 'accumulator' }, constant(2)),
    },
  )

/** A sum over as many columns as the row says, so that the extent differs by row and not by lane. */
const ragged: ScalarKernel = reduction([9], [], read(0, sum(0, [23, axis(0, 9)], [1, loop(0, 23)])), [207], {
  loops: [{ size: 23, extent: sum(3, [2, axis(0, 9)]) }],
})

const gathered = (rows: number, columns: number): ScalarKernel =>
  mapKernel(
    [rows, columns],
    read(
      0,
      sum(
        0,
        [columns, { kind: 'dynamic', value: binary('mul', read(1, axis(0, rows)), constant(90)), size: 7 }],
        [1, axis(1, columns)],
      ),
    ),
    [7 * columns, rows],
  )

const softmaxStep = (rows: number, columns: number): ScalarKernel => {
  const x = read(0, sum(0, [columns, axis(0, rows)], [1, loop(0, columns)]))
  return reduction(
    [rows],
    [columns],
    unary('exp', binary('sub', x, read(1, axis(0, rows)))),
    [rows * columns, rows],
    { epilogue: unary('log', binary('add', { kind: 'accumulator' }, read(1, axis(0, rows)))) },
  )
}

/** Rows apart by a choice that depends on the lane, in either order. */
const triangle = (size: number): ScalarKernel =>
  mapKernel(
    [size, size],
    {
      kind: 'guard',
      condition: [{ index: sum(0, [1, axis(0, size)], [-1, axis(1, size)]), low: 0, high: size }],
      x: read(0, sum(0, [size, axis(0, size)], [1, axis(1, size)])),
      y: read(1, sum(0, [size, axis(1, size)], [1, axis(0, size)])),
    },
    [size * size, size * size],
  )

/** out[c, k] = Σ over batch and rows of x[b, t + k, c] · g[b, t, c]. */
const filters = (channels: number): ScalarKernel => {
  const x = read(
    0,
    sum(
      0,
      [7 * channels, loop(0, 3)],
      [channels, loop(1, 5)],
      [channels, axis(1, 3)],
      [1, axis(0, channels)],
    ),
  )
  const g = read(1, sum(0, [5 * channels, loop(0, 3)], [channels, loop(1, 5)], [1, axis(0, channels)]))
  const scale = read(1, axis(0, channels))
  return reduction([channels, 3], [3, 5], binary('mul', x, g), [21 * channels, 15 * channels], {
    epilogue: binary('mul', { kind: 'accumulator' }, scale),
  })
}

const windowed: Scalar = read(0, sum(2, [3, axis(0, 9)], [-1, remainder(axis(0, 9), 2)]))

export const GENERAL_KERNELS: readonly (readonly [string, ScalarKernel])[] = [
  ['a scalar', mapKernel([], unary('neg', read(0, { kind: 'const', value: 0 })), [1])],
  ['one element', mapKernel([1], read(0, axis(0, 1)), [1])],
  ['a long row', mapKernel([1003], binary('add', read(0, axis(0, 1003)), constant(1)), [1003])],
  ['a row of 64', mapKernel([64], unary('tanh', read(0, axis(0, 64))), [64])],
  ['numbers of elements', mapKernel([3, 5], asNumber(sum(2, [5, axis(0, 3)], [-1, axis(1, 5)])), [])],
  ['backwards', mapKernel([37], read(0, sum(36, [-1, axis(0, 37)])), [37])],
  ['every third', mapKernel([37], read(0, sum(1, [3, axis(0, 37)])), [112])],
  ['remainders that stay', mapKernel([9], windowed, [29])],
  ['rows of three', mapKernel([70, 3], read(0, sum(0, [1, axis(0, 70)], [70, axis(1, 3)])), [210])],
  ['a transpose', transposed(2, 16, 8)],
  ['a transpose with rests', transposed(3, 7, 6)],
  ['a transpose of a few', transposed(2, 4, 33)],
  [
    'heads',
    mapKernel(
      [2, 4, 6, 8],
      read(0, sum(0, [192, axis(0, 2)], [8, axis(1, 4)], [32, axis(2, 6)], [1, axis(3, 8)])),
      [384],
    ),
  ],
  [
    'axes divided',
    mapKernel(
      [6, 24],
      read(0, sum(0, [48, quotient(axis(1, 24), 8)], [8, axis(0, 6)], [1, remainder(axis(1, 24), 8)])),
      [144],
    ),
  ],
  ['padding', padded(5, 7)],
  ['padding of wide rows', padded(4, 40)],
  ['a triangle', triangle(11)],
  ['a causal sum', causal(23)],
  ['ragged rows', ragged],
  ['rows looked up', gathered(6, 10)],
  ['sums of rows', reduction([70], [37], read(0, sum(0, [37, axis(0, 70)], [1, loop(0, 37)])), [2590])],
  ['sums of columns', reduction([70], [37], read(0, sum(0, [1, axis(0, 70)], [70, loop(0, 37)])), [2590])],
  [
    'columns, blocks of terms',
    reduction(
      [4, 8],
      [2100],
      read(0, sum(0, [8, axis(0, 4)], [1, axis(1, 8)], [32, loop(0, 2100)])),
      [67_200],
    ),
  ],
  ['logarithms of sums', softmaxStep(9, 21)],
  [
    'the largest',
    reduction([5], [19], read(0, sum(0, [19, axis(0, 5)], [1, loop(0, 19)])), [95], { combine: 'max' }),
  ],
  [
    'products',
    reduction([5], [7], read(0, sum(0, [7, axis(0, 5)], [1, loop(0, 7)])), [35], { combine: 'product' }),
  ],
  [
    'two loops',
    reduction([6], [3, 5], read(0, sum(0, [15, axis(0, 6)], [1, loop(0, 3)], [3, loop(1, 5)])), [90]),
  ],
  ['filters of channels', filters(16)],
  ['filters of a few channels', filters(6)],
  ['filters of many channels', filters(21)],
  [
    'two loops of which one never runs',
    reduction([2, 3], [4, 0], read(0, sum(0, [3, loop(0, 4)], [1, loop(1, 0)])), [0]),
  ],
  ['a loop that never runs', reduction([3], [0], read(0, loop(0, 0)), [0])],
]
