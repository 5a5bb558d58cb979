import { describe, expect, it } from 'vitest'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import {
  NODE_TARGETS,
  expectLeft,
  expectRight,
  runProgram,
  withDevice,
} from '../../support/gpu-environment.js'
import {
  axis,
  binary,
  constant,
  contraction,
  distance,
  kernelProgram,
  mapKernel,
  programOf,
  read,
  values,
} from '../../support/scalar-kernels.js'
import { openGpujs } from '../../../src/run/gpujs/driver.js'

const scale = (length: number, factor: number) =>
  mapKernel([length], binary('mul', read(0, axis(0, length)), constant(factor)), [length])

const plus = (length: number) =>
  mapKernel([length], binary('add', read(0, axis(0, length)), read(1, axis(0, length))), [length, length])

describe.each(NODE_TARGETS)('gpu.js driver on %s', (target) => {
  it('runs a contraction as the oracle does', () =>
    withDevice(target, async (device) => {
      const kernel = contraction(33, 17, 29)
      const inputs = kernel.inputs.map((length, i) => values(length, i))
      const [found] = await runProgram(device, kernelProgram(target, kernel), inputs)
      expect(distance(found ?? [], evaluateKernel(kernel, inputs))).toBeLessThan(1e-6)
      expect(device.name).toContain(target)
    }))

  it('carries state from run to run, and reads and writes it by either end', () =>
    withDevice(target, async (device) => {
      // state' = state + step; twice = 2 state'
      const program = programOf(
        target,
        [
          { length: 5, role: 'input', name: 'state' },
          { length: 5, role: 'input', name: 'step' },
          { length: 5, role: 'output', name: 'next' },
          { length: 5, role: 'output', name: 'twice' },
        ],
        [
          { kernel: plus(5), inputs: [0, 1], output: 2 },
          { kernel: scale(5, 2), inputs: [2], output: 3 },
        ],
        { carries: [[2, 0]] },
      )
      const loaded = expectRight(await device.load(program)())
      expectRight(loaded.write(0, Float32Array.of(1, 2, 3, 4, 5)))
      expectRight(loaded.write(1, new Float32Array(5).fill(10)))
      for (let i = 0; i < 5; i += 1) expectRight(await loaded.run())
      expect([...expectRight(await loaded.read(2)())]).toEqual([51, 52, 53, 54, 55])
      expect([...expectRight(await loaded.read(0)())]).toEqual([51, 52, 53, 54, 55])
      expect([...expectRight(await loaded.read(3)())]).toEqual([102, 104, 106, 108, 110])
      expectRight(loaded.write(2, new Float32Array(5)))
      const report = expectRight(await loaded.run())
      expect(report.launches).toBe(2)
      expect(report.kernelMs).toBeGreaterThanOrEqual(0)
      expect([...expectRight(await loaded.read(0)())]).toEqual([10, 10, 10, 10, 10])
    }))

  it('compiles equal kernels once, over programs too', () =>
    withDevice(target, async (device) => {
      const chain = (length: number) =>
        programOf(
          target,
          [
            { length, role: 'input' },
            { length, role: 'temporary' },
            { length, role: 'temporary' },
            { length, role: 'output' },
          ],
          [0, 1, 2].map((i) => ({ kernel: scale(length, 3), inputs: [i], output: i + 1 })),
        )
      const [found] = await runProgram(device, chain(4), [Float32Array.of(1, 2, 3, 4)])
      expect([...(found ?? [])]).toEqual([27, 54, 81, 108])
      expect(device.kernelCount()).toBe(1)
      await runProgram(device, chain(4), [new Float32Array(4)])
      expect(device.kernelCount()).toBe(1)
      await runProgram(device, chain(6), [new Float32Array(6)])
      expect(device.kernelCount()).toBe(2)
    }))

  it('shares storage between buffers, writes constants, and takes empty buffers', () =>
    withDevice(target, async (device) => {
      const program = programOf(
        target,
        [
          { length: 3, role: 'input' },
          { length: 3, role: 'constant' },
          { length: 3, role: 'temporary' },
          { length: 3, role: 'temporary' },
          { length: 3, role: 'output' },
          { length: 0, role: 'input' },
          { length: 0, role: 'output' },
        ],
        [
          { kernel: plus(3), inputs: [0, 1], output: 2 },
          { kernel: scale(3, 2), inputs: [2], output: 3 },
          { kernel: scale(3, 0.5), inputs: [3], output: 4 },
          { kernel: scale(0, 2), inputs: [5], output: 6 },
        ],
        { constants: new Map([[1, Float32Array.of(10, 20, 30)]]) },
      )
      // The first temporary and the output are never alive at once.
      const shared = {
        ...program,
        buffers: program.buffers.map((buffer, i) => (i === 4 ? { ...buffer, storage: 2 } : buffer)),
      }
      const [found, empty] = await runProgram(device, shared, [Float32Array.of(1, 2, 3), new Float32Array(0)])
      expect([...(found ?? [])]).toEqual([11, 22, 33])
      expect(empty?.length).toBe(0)
    }))

  it('refuses in words: wrong length, wrong target, too many inputs, a destroyed device', () =>
    withDevice(target, async (device) => {
      const program = kernelProgram(target, scale(4, 2))
      const loaded = expectRight(await device.load(program)())
      expect(expectLeft(loaded.write(0, new Float32Array(3)))).toMatchObject({
        _tag: 'OptionError',
        found: '3 values',
      })
      const elsewhere = target === 'cpu' ? 'webasm' : 'cpu'
      expect(expectLeft(await device.load({ ...program, target: elsewhere })())._tag).toBe('OptionError')
      const broken = {
        ...program,
        kernels: program.kernels.map((kernel) => ({
          ...kernel,
          source: 'function (in0) { return in1[0]; }',
        })),
      }
      expect(
        expectLeft(
          await device
            .load(broken)()
            .then(async (made) => (made._tag === 'Left' ? made : made.right.run())),
        )._tag,
      ).toBe('DeviceError')
      await device.destroy()
      await device.destroy()
      expect(expectLeft(await loaded.run())._tag).toBe('DeviceError')
      expect(expectLeft(await device.load(program)())._tag).toBe('DeviceError')
    }))

  it('opens a new device after one was destroyed', async () => {
    for (let i = 0; i < 3; i += 1) {
      const device = expectRight(await openGpujs(target)())
      const [found] = await runProgram(device, kernelProgram(target, scale(2, 2)), [Float32Array.of(i, 1)])
      expect([...(found ?? [])]).toEqual([2 * i, 2])
      await device.destroy()
    }
  })
})

describe('limits of webgpu', () => {
  it('takes seven inputs a kernel and refuses eight', () =>
    withDevice('webgpu', async (device) => {
      const sumOf = (count: number) =>
        mapKernel(
          [3],
          Array.from({ length: count }, (_, i) => read(i, axis(0, 3))).reduce((a, b) => binary('add', a, b)),
          Array.from({ length: count }, () => 3),
        )
      expect(device.mostInputs).toBe(7)
      const inputs = Array.from({ length: 7 }, (_, i) => new Float32Array(3).fill(i + 1))
      const [found] = await runProgram(device, kernelProgram('webgpu', sumOf(7)), inputs)
      expect([...(found ?? [])]).toEqual([28, 28, 28])
      expect(expectLeft(await device.load(kernelProgram('webgpu', sumOf(8)))())._tag).toBe('BudgetError')
    }))

  it('says when a buffer is larger than the device allows', () =>
    withDevice('webgpu', async (device) => {
      const program = programOf('webgpu', [{ length: 2 ** 29, role: 'input' }], [])
      expect(expectLeft(await device.load(program)())._tag).toBe('BudgetError')
    }))

  it('keeps the shared device while another is open', async () => {
    const first = expectRight(await openGpujs('webgpu')())
    await withDevice('webgpu', () => Promise.resolve())
    const [found] = await runProgram(first, kernelProgram('webgpu', scale(2, 2)), [Float32Array.of(3, 4)])
    expect([...(found ?? [])]).toEqual([6, 8])
    await first.destroy()
  })
})

describe('threads of webasm', () => {
  it('give the same bits as one thread', async () => {
    const kernel = contraction(250, 200, 130)
    const inputs = kernel.inputs.map((length, i) => values(length, i))
    // Long enough for the workers to be woken, and run until they are.
    const run = (threads: number) =>
      withDevice(
        'webasm',
        async (device) => {
          const loaded = expectRight(await device.load(kernelProgram('webasm', kernel))())
          inputs.forEach((x, i) => expectRight(loaded.write(i, x)))
          for (let i = 0; i < 5; i += 1) expectRight(await loaded.run())
          return expectRight(await loaded.read(2)())
        },
        { threads },
      )
    const [one, two] = [await run(1), await run(2)]
    expect(distance(two, one)).toBe(0)
  })
})
