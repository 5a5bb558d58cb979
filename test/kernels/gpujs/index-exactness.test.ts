import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, describe, expect, it } from 'vitest'
import { compileGraph } from '../../../src/compile/passes.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { diagonal } from '../../../src/op/view/diagonal.js'
import { pad } from '../../../src/op/view/pad.js'
import { reshape } from '../../../src/op/view/reshape.js'
import { roll } from '../../../src/op/view/roll.js'
import { slice } from '../../../src/op/view/slice.js'
import { spaceToDepth } from '../../../src/op/view/space-to-depth.js'
import { lowerTriangle } from '../../../src/op/view/triangle.js'
import { NODE_TARGETS, expectRight, runProgram, withDevice } from '../../support/gpu-environment.js'
import {
  asNumber,
  axis,
  binary,
  constant,
  kernelProgram,
  mapKernel,
  quotient,
  read,
  remainder,
  sizeOf,
  sum,
} from '../../support/scalar-kernels.js'

/** A different 24-bit integer almost everywhere, exact in float32. */
const hash = (i: number): number => Math.imul(i, 0x9e3779b1) >>> 8

const hashes = (length: number): Float32Array => {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i += 1) values[i] = hash(i)
  return values
}

const strides = (shape: readonly number[]): readonly number[] =>
  shape.map((_, i) => sizeOf(shape.slice(i + 1)))

/** out[a, b, c, …] = in[…, c, b, a]: no axis keeps its place, so a grid of three has to be taken apart. */
const reversal = (shape: readonly number[]): ScalarKernel => {
  const reversed = strides(shape.toReversed()).toReversed()
  const index = sum(0, ...shape.map((size, i) => [reversed[i] ?? 1, axis(i, size)] as const))
  return mapKernel(shape, read(0, index), [sizeOf(shape)])
}

/** The reversal's output, walked like an odometer. */
const reversedHashes = (shape: readonly number[]): Float32Array => {
  const steps = strides(shape.toReversed()).toReversed()
  const at = shape.map(() => 0)
  const wanted = new Float32Array(sizeOf(shape))
  let from = 0
  for (let flat = 0; flat < wanted.length; flat += 1) {
    wanted[flat] = hash(from)
    for (let i = shape.length - 1; i >= 0; i -= 1) {
      from += steps[i] ?? 0
      at[i] = (at[i] ?? 0) + 1
      if (at[i] !== shape[i]) break
      from -= (steps[i] ?? 0) * (shape[i] ?? 0)
      at[i] = 0
    }
  }
  return wanted
}

const computed = (length: number, wanted: (i: number) => number): Float32Array => {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i += 1) values[i] = wanted(i)
  return values
}

const mismatches = (found: Float32Array, wanted: Float32Array): number => {
  if (found.length !== wanted.length) return Infinity
  let count = 0
  for (let i = 0; i < found.length; i += 1) if (found[i] !== wanted[i]) count += 1
  return count
}

const LONG = 20_000_003

/** floor(v / d) mod 4096 and v mod d of v = coefficient · i + constant, put side by side in one number. */
const divided = (coefficient: number, constantTerm: number, divisor: number): ScalarKernel => {
  const index = sum(constantTerm, [coefficient, axis(0, LONG)])
  const low = asNumber(remainder(quotient(index, divisor), 4096))
  return mapKernel(
    [LONG],
    binary('add', binary('mul', asNumber(remainder(index, divisor)), constant(4096)), low),
    [],
  )
}

const dividedWanted = (coefficient: number, constantTerm: number, divisor: number): Float32Array =>
  computed(LONG, (i) => {
    const value = coefficient * i + constantTerm
    const whole = Math.floor(value / divisor)
    return (value - whole * divisor) * 4096 + (whole & 4095)
  })

const division = (coefficient: number, constantTerm: number, divisor: number) =>
  [
    `divides ${coefficient}·i ${constantTerm} by ${divisor}`,
    divided(coefficient, constantTerm, divisor),
    () => dividedWanted(coefficient, constantTerm, divisor),
  ] as const

const reversed = (title: string, shape: readonly number[]) =>
  [title, reversal(shape), () => reversedHashes(shape)] as const

const cases: readonly (readonly [string, ScalarKernel, () => Float32Array])[] = [
  ['copies along one axis', mapKernel([LONG], read(0, axis(0, LONG)), [LONG]), () => hashes(LONG)],
  reversed('transposes two odd axes', [2_053, 9_749]),
  reversed('reverses five axes, none a power of two', [23, 7, 11, 13, 869]),
  reversed('reverses four axes, some powers of two', [64, 19, 32, 515]),
  division(1, -5, 3),
  division(1, 0, 7),
  division(1, -4_000, 4_093),
  // Beyond 2^24 the first estimate of the quotient is rounded; the last stays below 2^31.
  division(97, -1_000, 3),
  division(97, 0, 4_093),
]

describe.each(cases)('20 million indices: %s', (_title, kernel, wanted) => {
  // Made when first needed, once for all targets.
  let made: { readonly inputs: readonly Float32Array[]; readonly oracle: Float32Array } | null = null
  const prepared = () => (made ??= { inputs: kernel.inputs.map(hashes), oracle: wanted() })
  afterAll(() => {
    made = null
  })

  it.each(NODE_TARGETS)('%s', (target) =>
    withDevice(target, async (device) => {
      const { inputs, oracle } = prepared()
      const [found] = await runProgram(device, kernelProgram(target, kernel), inputs)
      expect(mismatches(found ?? new Float32Array(0), oracle)).toBe(0)
    }),
  )
})

/** Views of a whole matrix that show little of it, from far apart; each with where its element `at` comes from. */
const [ROWS, COLUMNS] = [4_472, 4_473] as const
const matrix = inputTensor('x', [ROWS, COLUMNS], 'f32')
const turned = pipe(matrix, roll([1_234, -777], [0, 1]))
const patches = pipe(matrix, reshape([1, ROWS, COLUMNS, 1]), spaceToDepth([8, 9]))

/** Where element [i, j] of the rolled matrix lies. */
const beforeRoll = (i: number, j: number): number =>
  ((i - 1_234 + ROWS) % ROWS) * COLUMNS + ((j + 777) % COLUMNS)

interface Glimpse {
  readonly tensor: Tensor
  /** The flat place in the matrix of the flat place in the result. */
  readonly source: (flat: number) => number
}

const glimpses: readonly Glimpse[] = [
  {
    tensor: pipe(
      turned,
      slice([
        [null, null, -5],
        [3, -2, 7],
      ]),
    ),
    source: (flat) => beforeRoll(ROWS - 1 - 5 * Math.floor(flat / 639), 3 + 7 * (flat % 639)),
  },
  { tensor: pipe(turned, diagonal({ offset: -2 })), source: (flat) => beforeRoll(flat + 2, flat) },
  {
    tensor: pipe(patches, slice(['all', [1, null, 4], [null, null, -3], [5, null, 2]])),
    source: (flat) => {
      const [channel, column, row] = [flat % 34, Math.floor(flat / 34) % 166, Math.floor(flat / 34 / 166)]
      const [place, block] = [5 + 2 * channel, [1 + 4 * row, 496 - 3 * column] as const]
      return (8 * block[0] + Math.floor(place / 9)) * COLUMNS + 9 * block[1] + (place % 9)
    },
  },
]

/** The other way: a small matrix spread far apart over a large one, and half of it left out. */
const [SPREAD_ROWS, SPREAD_COLUMNS] = [1_491, 1_493] as const
const spread = pipe(
  inputTensor('x', [SPREAD_ROWS, SPREAD_COLUMNS], 'f32'),
  pad([
    [1, 0, 2],
    [-2, 3, 2],
  ]),
  lowerTriangle(17),
)

const spreadWanted = (): Float32Array => {
  const wanted = new Float32Array(sizeOf([4_472, 4_478]))
  for (let i = 0; i < SPREAD_ROWS; i += 1)
    for (let j = 0; j < SPREAD_COLUMNS; j += 1) {
      const [row, column] = [1 + 3 * i, 3 * j - 2]
      if (column >= 0 && column <= row + 17) wanted[row * 4_478 + column] = hash(i * SPREAD_COLUMNS + j)
    }
  return wanted
}

describe('views of 20 million elements', () => {
  it.each(NODE_TARGETS)('%s', (target) =>
    withDevice(target, async (device) => {
      const run = (tensors: readonly Tensor[], input: Float32Array) => {
        const graph = toGraph(tensors.map((tensor, i) => ({ name: `view ${i}`, tensor })))
        const { program } = expectRight(compileGraph(graph, { target, inputs: ['x'], carries: [] }))
        // All of them are index maps of one kernel for each result.
        expect(program.steps.map(({ kind }) => kind)).toEqual(tensors.map(() => 'launch'))
        return runProgram(device, program, [input])
      }
      const shown = await run(
        glimpses.map(({ tensor }) => tensor),
        hashes(ROWS * COLUMNS),
      )
      glimpses.forEach(({ tensor, source }, i) => {
        const oracle = computed(sizeOf(tensor.shape.map(Number)), (flat) => hash(source(flat)))
        expect(mismatches(shown[i] ?? new Float32Array(0), oracle)).toBe(0)
      })
      const [found] = await run([spread], hashes(SPREAD_ROWS * SPREAD_COLUMNS))
      expect(mismatches(found ?? new Float32Array(0), spreadWanted())).toBe(0)
    }),
  )
})
