import { afterAll, describe, expect, it } from 'vitest'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import { NODE_TARGETS, runProgram, withDevice } from '../../support/gpu-environment.js'
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
