import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitKernel } from '../../../kernels/gpujs/emit-kernel.js'
import type { GpujsTarget } from '../../../src/compile/program.js'
import type { Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { scalarKernels } from '../../support/arbitrary-scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { NODE_TARGETS, runProgram, withDevice } from '../../support/gpu-environment.js'
import {
  asNumber,
  axis,
  binary,
  constant,
  contraction,
  kernelProgram,
  loop,
  mapKernel,
  read,
  sizeOf,
  sum,
  unary,
  values,
} from '../../support/scalar-kernels.js'

/** The first element that is further off than the tolerance, relative to its size or to 1. */
const firstMiss = (found: Float32Array, wanted: Float64Array, tolerance: number): string | null => {
  for (let i = 0; i < wanted.length; i += 1) {
    const [a, b] = [found[i] ?? NaN, Math.fround(wanted[i] ?? NaN)]
    if (Object.is(a, b) || a === b) continue
    if (!(Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), 1)))
      return `element ${i}: ${a} instead of ${b}`
  }
  return found.length === wanted.length ? null : `${found.length} elements instead of ${wanted.length}`
}

const agree = (target: GpujsTarget, jumping: boolean, runs: number, tolerance: number): Promise<void> =>
  withDevice(target, (device) =>
    fc.assert(
      fc.asyncProperty(scalarKernels(jumping), async (kernel) => {
        const inputs = kernel.inputs.map((length, i) => values(length, i + 1))
        const [found] = await runProgram(device, kernelProgram(target, kernel), inputs)
        const miss = firstMiss(found ?? new Float32Array(0), evaluateKernel(kernel, inputs), tolerance)
        if (miss !== null) throw new Error(`${miss}\n${emitKernel(target, kernel).source}`)
      }),
      { numRuns: runs, seed: 20_230_927, endOnFailure: true },
    ),
  )

describe('random kernels mean what the oracle says', () => {
  it('on cpu, every function', () => agree('cpu', true, 400, 1e-6))
  it('on webasm, in float32', () => agree('webasm', false, 150, 2e-4))
  it('on webgpu, in float32', () => agree('webgpu', false, 60, 2e-4))
})

const check = async (target: GpujsTarget, kernel: ScalarKernel, tolerance = 1e-6): Promise<void> =>
  withDevice(target, async (device) => {
    const inputs = kernel.inputs.map((length, i) => values(length, i + 1))
    const [found] = await runProgram(device, kernelProgram(target, kernel), inputs)
    expect(firstMiss(found ?? new Float32Array(0), evaluateKernel(kernel, inputs), tolerance)).toBeNull()
  })

/** A chain of bit operations in which each word is used twice, as in a random generator. */
const mixing = (rounds: number): Scalar => {
  let word: Scalar = asNumber(axis(0, 50))
  for (let i = 0; i < rounds; i += 1) {
    const turned = binary(
      'ior',
      binary('iand', binary('ishl', word, constant(5)), constant(0xffff)),
      binary('ishr', word, constant(11)),
    )
    word = binary('ixor', binary('iand', binary('add', word, constant(0x9e37 + i)), constant(0xffff)), turned)
  }
  return word
}

describe.each(NODE_TARGETS)('kernels on %s', (target) => {
  it.each([
    ['odd contraction', contraction(5, 3, 7)],
    ['contraction of one', contraction(1, 1, 1)],
    ['long sum with a rest', contraction(3, 1_003, 2)],
    ['a scalar', mapKernel([], unary('neg', read(0, { kind: 'const', value: 0 })), [1])],
    [
      'no inputs',
      mapKernel(
        [3, 4],
        binary('mul', asNumber(sum(2, [4, axis(0, 3)], [-1, axis(1, 4)])), constant(0.5)),
        [],
      ),
    ],
    ['words of bits', mapKernel([50], mixing(40), [])],
  ])('%s', (_title, kernel) => check(target, kernel))

  it('reads large constants and infinities exactly', () => {
    const numbers = [
      0,
      1,
      -1,
      0.1,
      1e-30,
      -1e30,
      16_777_216,
      3_000_000_000,
      3.4028234663852886e38,
      Infinity,
      -Infinity,
      NaN,
    ]
    const body = numbers.reduceRight<Scalar>(
      (rest, value, i) => ({
        kind: 'guard',
        condition: [{ index: axis(0, numbers.length), low: i, high: i + 1 }],
        x: constant(value),
        y: rest,
      }),
      constant(7),
    )
    return withDevice(target, async (device) => {
      const [found] = await runProgram(
        device,
        kernelProgram(target, mapKernel([numbers.length], body, [])),
        [],
      )
      expect([...(found ?? [])]).toEqual(numbers.map(Math.fround))
    })
  })

  it.each([
    ['sum', 0],
    ['product', 1],
    ['max', -Infinity],
    ['min', Infinity],
  ] as const)('an empty %s is %d', (combine, wanted) =>
    withDevice(target, async (device) => {
      const kernel: ScalarKernel = {
        name: 'empty',
        shape: [3],
        loops: [{ size: 0 }],
        combine,
        body: read(0, loop(0, 0)),
        epilogue: null,
        inputs: [0],
      }
      const [found] = await runProgram(device, kernelProgram(target, kernel), [new Float32Array(0)])
      expect([...(found ?? [])]).toEqual([wanted, wanted, wanted])
    }),
  )

  it('stops a loop where its extent says', () => {
    // Causal: out[c, i] = Σ k ≤ i of x[c, k] · h[c, i − k]; beyond i the read of h would be out of range.
    const length = 23
    const kernel: ScalarKernel = {
      name: 'causal',
      shape: [3, length],
      loops: [{ size: length, extent: sum(1, [1, axis(1, length)]) }],
      combine: 'sum',
      body: binary(
        'mul',
        read(0, sum(0, [length, axis(0, 3)], [1, loop(0, length)])),
        read(1, sum(0, [length, axis(0, 3)], [1, axis(1, length)], [-1, loop(0, length)])),
      ),
      epilogue: binary('mul', { kind: 'accumulator' }, constant(2)),
      inputs: [3 * length, 3 * length],
    }
    return check(target, kernel)
  })

  it('launches grids beyond the limit of one dimension', async () => {
    // 70,000 rows are more workgroups of one row than WebGPU starts along y or z.
    const shape = [70_000, 3, 2]
    const kernel = mapKernel(
      shape,
      read(0, sum(0, [1, axis(0, 70_000)], [70_000, axis(1, 3)], [210_000, axis(2, 2)])),
      [420_000],
    )
    await withDevice(target, async (device) => {
      const x = Float32Array.from({ length: 420_000 }, (_, i) => i)
      const [found] = await runProgram(device, kernelProgram(target, kernel), [x])
      const wanted = Float64Array.from(
        x,
        (i) => Math.floor(i / 6) + 70_000 * (Math.floor(i / 2) % 3) + 210_000 * (i % 2),
      )
      expect(firstMiss(found ?? new Float32Array(0), wanted, 0)).toBeNull()
    })
  })
})

describe('the grid', () => {
  it('is one axis where the kernel uses its coordinates as one', () => {
    const shape = [4, 5, 6, 7]
    const index = sum(0, [210, axis(0, 4)], [42, axis(1, 5)], [7, axis(2, 6)], [1, axis(3, 7)])
    const { threads, source } = emitKernel('webgpu', mapKernel(shape, read(0, index), [sizeOf(shape)]))
    expect(threads).toEqual([840, 1, 1])
    expect(source).not.toMatch(/floor|>>/)
  })

  it('takes three axes as they are', () => {
    const shape = [4, 32, 48]
    const index = sum(0, [1, axis(0, 4)], [4, axis(1, 32)], [128, axis(2, 48)])
    const { threads, source } = emitKernel('webgpu', mapKernel(shape, read(0, index), [sizeOf(shape)]))
    expect(threads).toEqual([48, 32, 4])
    expect(source).not.toMatch(/floor|>>/)
  })

  it('computes what a loop does not change outside it', () => {
    const kernel: ScalarKernel = {
      ...contraction(4, 9, 4),
      body: binary(
        'mul',
        read(0, sum(0, [9, axis(0, 4)], [1, loop(0, 9)])),
        unary('exp', read(1, axis(1, 4))),
      ),
    }
    const { source } = emitKernel('cpu', kernel)
    expect(source.indexOf('Math.exp')).toBeLessThan(source.indexOf('for ('))
    expect(source.match(/Math\.exp/g)).toHaveLength(1)
  })
})
