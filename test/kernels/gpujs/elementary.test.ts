import { describe, expect, it } from 'vitest'
import type { GpujsTarget } from '../../../src/compile/program.js'
import type { BinaryFn, UnaryFn } from '../../../src/ir/scalar.js'
import type { GpujsDevice } from '../../../src/run/gpujs/driver.js'
import { NODE_TARGETS, expectRight, withDevice } from '../../support/gpu-environment.js'
import { binaryMeaning, unaryMeaning } from '../../support/scalar-meaning.js'
import { axis, binary, kernelProgram, mapKernel, read, unary } from '../../support/scalar-kernels.js'

const COUNT = 20_000

/** The distance of neighbouring float32 numbers at x. */
const unitAt = (x: number): number =>
  Math.abs(x) < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23)

const unitsOff = (found: number, wanted: number): number =>
  Number.isNaN(found) ? Infinity : Math.abs(found - wanted) / unitAt(wanted)

const linear = (low: number, high: number) =>
  Float32Array.from({ length: COUNT }, (_, i) => low + ((high - low) * (i + 0.5)) / COUNT)
const powersOfTen = (low: number, high: number) => linear(low, high).map((x) => 10 ** x)

/** Units in the last place that each function is held to on webasm and webgpu; cpu, in float64, is held to 1. */
const FUNCTIONS: readonly (readonly [UnaryFn, number, readonly Float32Array[]])[] = [
  ['exp', 2, [linear(-87, 88.7), linear(-1, 1)]],
  ['expm1', 2, [linear(-20, 20), linear(-1e-3, 1e-3)]],
  ['log', 3, [powersOfTen(-37, 38), linear(0.3, 3), linear(0.99, 1.01)]],
  ['log1p', 3, [linear(-0.9999, 5), powersOfTen(-8, 30), linear(-1e-3, 1e-3)]],
  ['sin', 3, [linear(-3.2, 3.2), linear(-1e4, 1e4), linear(-1e-3, 1e-3)]],
  ['cos', 3, [linear(-3.2, 3.2), linear(-1e4, 1e4)]],
  ['tanh', 2, [linear(-10, 10), linear(-1e-3, 1e-3)]],
  ['sigmoid', 3, [linear(-80, 80), linear(-5, 5)]],
  ['erf', 2, [linear(-5, 5), linear(-1e-3, 1e-3)]],
  ['sqrt', 1, [linear(0, 1e6)]],
  ['rsqrt', 2, [linear(1e-6, 1e6)]],
  ['reciprocal', 1, [linear(1e-3, 1e3), linear(-9, -1)]],
]

const BIT_EXACT: readonly (readonly [UnaryFn, Float32Array])[] = [
  ['neg', linear(-9, 9)],
  ['abs', linear(-9, 9)],
  ['sign', linear(-9, 9)],
  ['floor', linear(-9, 9)],
  ['ceil', linear(-9, 9)],
  ['trunc', linear(-9, 9)],
  ['round', Float32Array.from({ length: 65 }, (_, i) => i / 4 - 8)],
  ['not', Float32Array.of(0, 1, 0, 1)],
]

const apply = async (
  device: GpujsDevice,
  target: GpujsTarget,
  fn: UnaryFn,
  inputs: readonly Float32Array[],
) => {
  const outputs: Float32Array[] = []
  for (const x of inputs) {
    const kernel = mapKernel([x.length], unary(fn, read(0, axis(0, x.length))), [x.length])
    const loaded = expectRight(await device.load(kernelProgram(target, kernel))())
    expectRight(loaded.write(0, x))
    expectRight(await loaded.run())
    outputs.push(expectRight(await loaded.read(1)()))
    loaded.destroy()
  }
  return outputs
}

describe.each(NODE_TARGETS)('functions of one number on %s', (target) => {
  it.each(FUNCTIONS)('%s within %d units in the last place', (fn, bound, inputs) =>
    withDevice(target, async (device) => {
      const outputs = await apply(device, target, fn, inputs)
      const worst = outputs.map((found, i) =>
        (inputs[i] ?? new Float32Array(0)).reduce(
          (most, x, j) => Math.max(most, unitsOff(found[j] ?? NaN, unaryMeaning(fn, x))),
          0,
        ),
      )
      expect(Math.max(...worst)).toBeLessThanOrEqual(target === 'cpu' ? 1 : bound)
    }),
  )

  it('are exact where their results are', () =>
    withDevice(target, async (device) => {
      for (const [fn, x] of BIT_EXACT) {
        const [found] = await apply(device, target, fn, [x])
        expect([...(found ?? [])].map(Math.abs), fn).toEqual(
          [...x].map((value) => Math.abs(unaryMeaning(fn, value))),
        )
        expect([...(found ?? [])].map(Math.sign).map(Math.abs), fn).toEqual(
          [...x].map((value) => Math.abs(Math.sign(unaryMeaning(fn, value)))),
        )
      }
    }))

  it('keep NaN and infinities', () =>
    withDevice(target, async (device) => {
      const x = Float32Array.of(Infinity, -Infinity, NaN, 0)
      const wanted: readonly (readonly [UnaryFn, readonly number[]])[] = [
        ['exp', [Infinity, 0, NaN, 1]],
        ['expm1', [Infinity, -1, NaN, 0]],
        ['log', [Infinity, NaN, NaN, -Infinity]],
        ['log1p', [Infinity, NaN, NaN, 0]],
        ['tanh', [1, -1, NaN, 0]],
        ['sigmoid', [1, 0, NaN, 0.5]],
        ['erf', [1, -1, NaN, 0]],
        ['sin', [NaN, NaN, NaN, 0]],
        ['cos', [NaN, NaN, NaN, 1]],
        ['sqrt', [Infinity, NaN, NaN, 0]],
      ]
      for (const [fn, values] of wanted) {
        const [found] = await apply(device, target, fn, [x])
        expect(
          [...(found ?? [])].map((value) => value + 0),
          `${fn} on ${target}`,
        ).toEqual(values)
      }
    }))
})

const COMPARED: readonly (readonly [BinaryFn, readonly number[]])[] = [
  ['eq', [0, 0, 0, 1]],
  ['ne', [1, 1, 1, 0]],
  ['lt', [0, 0, 0, 0]],
  ['le', [0, 0, 0, 1]],
  ['gt', [0, 0, 0, 0]],
  ['ge', [0, 0, 0, 1]],
]

describe.each(NODE_TARGETS)('comparisons on %s', (target) => {
  it('find NaN unequal to everything, itself too, and in no order', () =>
    withDevice(target, async (device) => {
      const [x, y] = [Float32Array.of(NaN, NaN, 1, Infinity), Float32Array.of(1, NaN, NaN, Infinity)]
      for (const [fn, values] of COMPARED) {
        const kernel = mapKernel([4], binary(fn, read(0, axis(0, 4)), read(1, axis(0, 4))), [4, 4])
        const loaded = expectRight(await device.load(kernelProgram(target, kernel))())
        expectRight(loaded.write(0, x))
        expectRight(loaded.write(1, y))
        expectRight(await loaded.run())
        const found = expectRight(await loaded.read(2)())
        loaded.destroy()
        expect([...found], `${fn} on ${target}`).toEqual(values)
      }
    }))
})

const PAIRS = [-7.5, -3, -1, -0.5, 0, 0.25, 1, 2, 3, 5.5]
const WORDS = [0, 1, 2, 5, 255, 65_535, 70_000, 8_388_608, 16_777_215]

const BINARY: readonly (readonly [BinaryFn, readonly number[], (y: number) => boolean])[] = [
  ...(['add', 'sub', 'mul', 'max', 'min', 'lt', 'le', 'gt', 'ge', 'eq', 'ne', 'and', 'or'] as const).map(
    (fn) => [fn, PAIRS, () => true] as const,
  ),
  ['mod', [-7, -3, -1, 1, 2, 3, 6, 21], (y) => y !== 0],
  ...(['iand', 'ior', 'ixor'] as const).map((fn) => [fn, WORDS, () => true] as const),
  ...(['ishl', 'ishr'] as const).map((fn) => [fn, WORDS, (y: number) => y < 24] as const),
]

describe.each(NODE_TARGETS)('functions of two numbers on %s', (target) => {
  it.each(BINARY)('%s is exact', (fn, operands, accepts) =>
    withDevice(target, async (device) => {
      const pairs = operands.flatMap((x) => operands.filter(accepts).map((y) => [x, y] as const))
      const count = pairs.length
      const kernel = mapKernel([count], binary(fn, read(0, axis(0, count)), read(1, axis(0, count))), [
        count,
        count,
      ])
      const loaded = expectRight(await device.load(kernelProgram(target, kernel))())
      expectRight(
        loaded.write(
          0,
          Float32Array.from(pairs, ([x]) => x),
        ),
      )
      expectRight(
        loaded.write(
          1,
          Float32Array.from(pairs, ([, y]) => y),
        ),
      )
      expectRight(await loaded.run())
      const found = [...expectRight(await loaded.read(2)())].map((value) => value + 0)
      expect(found).toEqual(pairs.map(([x, y]) => binaryMeaning(fn, x, y) + 0))
    }),
  )

  it('div and pow are near', () =>
    withDevice(target, async (device) => {
      for (const [fn, bound] of [
        ['div', 3],
        ['pow', 64],
      ] as const) {
        const pairs = PAIRS.flatMap((x) => [-3, -1, 0.5, 1, 2, 3].map((y) => [x, y] as const)).filter(
          ([x, y]) => Number.isFinite(binaryMeaning(fn, x, y)),
        )
        const count = pairs.length
        const kernel = mapKernel([count], binary(fn, read(0, axis(0, count)), read(1, axis(0, count))), [
          count,
          count,
        ])
        const loaded = expectRight(await device.load(kernelProgram(target, kernel))())
        expectRight(
          loaded.write(
            0,
            Float32Array.from(pairs, ([x]) => x),
          ),
        )
        expectRight(
          loaded.write(
            1,
            Float32Array.from(pairs, ([, y]) => y),
          ),
        )
        expectRight(await loaded.run())
        const found = expectRight(await loaded.read(2)())
        pairs.forEach(([x, y], i) =>
          expect(unitsOff(found[i] ?? NaN, binaryMeaning(fn, x, y)), `${fn} ${x} ${y}`).toBeLessThan(bound),
        )
      }
    }))
})
