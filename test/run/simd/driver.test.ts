import { describe, expect, it } from 'vitest'
import type { SimdProgram } from '../../../src/compile/simd/program.js'
import type { Loaded } from '../../../src/run/loaded.js'
import type { SimdDevice } from '../../../src/run/simd/driver.js'
import { openSimd } from '../../../src/run/simd/driver.js'
import { expectLeft, expectRight } from '../../support/gpu-environment.js'
import type { Buffer } from './programs.js'
import { affine, programOf, reversed, trapping } from './programs.js'

const withSimd = async <A>(threads: number, work: (device: SimdDevice) => Promise<A>): Promise<A> => {
  const device = expectRight(await openSimd({ threads })())
  try {
    return await work(device)
  } finally {
    await device.destroy()
  }
}

const load = async (device: SimdDevice, program: SimdProgram): Promise<Loaded> =>
  expectRight(await device.load(program)())

const read = async (loaded: Loaded, buffer: number): Promise<readonly number[]> => [
  ...expectRight(await loaded.read(buffer)()),
]

const run = async (loaded: Loaded): Promise<void> => {
  expectRight(await loaded.run())
}

const counted = (length: number, from = 0): Float32Array => Float32Array.from({ length }, (_, i) => from + i)

const chainBuffers = (length: number, launches: number): readonly Buffer[] =>
  Array.from({ length: launches + 1 }, (_, i) => ({
    length,
    role: i === 0 ? 'input' : i === launches ? 'output' : 'temporary',
  }))

/** Each launch reads, from the end, what the launch before wrote: x, reversed as often as there are launches, plus that. */
const reversals = ({ features }: SimdDevice, length: number, launches: number): SimdProgram =>
  programOf(
    features,
    chainBuffers(length, launches),
    Array.from({ length: launches }, (_, i) => ({
      kernel: reversed(features, length),
      inputs: [i],
      output: i + 1,
    })),
  )

/** out = 2x + 1 */
const single = ({ features }: SimdDevice, length: number, flops = 1e9): SimdProgram =>
  programOf(
    features,
    [
      { length, role: 'input' },
      { length, role: 'output' },
    ],
    [{ kernel: affine(features, length, 2, 1), inputs: [0], output: 1 }],
    { flops },
  )

describe.each([1, 2, 4])('the simd device with %i threads', (threads) => {
  it('never reads what a thread has not yet written', () =>
    withSimd(threads, async (device) => {
      const [length, launches] = [1_000, 6]
      const loaded = await load(device, reversals(device, length, launches))
      for (let turn = 0; turn < 1_000; turn++) {
        expectRight(loaded.write(0, counted(length, turn)))
        await run(loaded)
        const found = expectRight(await loaded.read(launches)())
        const isRight = found.every((value, i) => value === turn + i + launches)
        if (!isRight) expect([...found]).toEqual([...counted(length, turn + launches)])
      }
    }))

  it('carries state, whose two ends are one', () =>
    withSimd(threads, async (device) => {
      const { features } = device
      const program = programOf(
        features,
        [
          { length: 5, role: 'input' },
          { length: 5, role: 'output' },
          { length: 5, role: 'output' },
        ],
        [
          { kernel: affine(features, 5, 1, 10), inputs: [0], output: 1 },
          { kernel: affine(features, 5, 2, 0), inputs: [1], output: 2 },
        ],
        { carries: [[1, 0]] },
      )
      const loaded = await load(device, program)
      expect(await read(loaded, 0)).toEqual([0, 0, 0, 0, 0])
      expectRight(loaded.write(0, counted(5, 1)))
      for (let i = 0; i < 5; i++) await run(loaded)
      expect(await read(loaded, 1)).toEqual([51, 52, 53, 54, 55])
      expect(await read(loaded, 0)).toEqual([51, 52, 53, 54, 55])
      expect(await read(loaded, 2)).toEqual([102, 104, 106, 108, 110])
      expectRight(loaded.write(1, new Float32Array(5)))
      const report = expectRight(await loaded.run())
      expect(report.launches).toBe(2)
      expect(report.kernelMs).toBeGreaterThanOrEqual(0)
      expect(await read(loaded, 0)).toEqual([10, 10, 10, 10, 10])
    }))

  it('writes constants, and takes empty buffers', () =>
    withSimd(threads, async (device) => {
      const { features } = device
      const program = programOf(
        features,
        [
          { length: 3, role: 'constant' },
          { length: 3, role: 'output' },
          { length: 0, role: 'input' },
          { length: 0, role: 'output' },
        ],
        [
          { kernel: affine(features, 3, 2, 1), inputs: [0], output: 1 },
          { kernel: affine(features, 0, 2, 1), inputs: [2], output: 3 },
        ],
        { constants: new Map([[0, Float32Array.of(10, 20, 30)]]) },
      )
      const loaded = await load(device, program)
      expectRight(loaded.write(2, new Float32Array(0)))
      await run(loaded)
      expect(await read(loaded, 1)).toEqual([21, 41, 61])
      expect(await read(loaded, 3)).toEqual([])
    }))

  it('runs several programs in turn, loads while others run, and grows', () =>
    withSimd(threads, async (device) => {
      const first = await load(device, single(device, 1_000))
      expectRight(first.write(0, counted(1_000)))
      await run(first)
      // Longer than the first page, and loaded while the first program runs.
      const loading = device.load(reversals(device, 300_000, 2))()
      for (let i = 0; i < 20; i++) await run(first)
      const second = expectRight(await loading)
      expectRight(second.write(0, counted(300_000)))
      for (let i = 0; i < 5; i++) {
        await run(second)
        await run(first)
      }
      expect(expectRight(await second.read(2)())).toEqual(counted(300_000, 2))
      expect(await read(first, 1)).toEqual([...counted(1_000)].map((x) => 2 * x + 1))
      second.destroy()
      await run(first)
      expect(await read(first, 1)).toEqual([...counted(1_000)].map((x) => 2 * x + 1))
    }))

  it('reuses the memory of a program that was destroyed, in which its successor finds zeros', () =>
    withSimd(threads, async (device) => {
      for (let i = 0; i < 40; i++) {
        // All of them together would need more than there is.
        const loaded = await load(device, single(device, 20_000_000))
        if (i > 0) {
          loaded.destroy()
          continue
        }
        expectRight(loaded.write(0, new Float32Array(20_000_000).fill(7)))
        await run(loaded)
        loaded.destroy()
      }
      const loaded = await load(device, single(device, 16))
      expect(await read(loaded, 0)).toEqual([...new Float32Array(16)])
      await run(loaded)
      expect(await read(loaded, 1)).toEqual([...new Float32Array(16).fill(1)])
    }))

  it('works beyond 2 GiB', () =>
    withSimd(threads, async (device) => {
      // Takes its room without touching it.
      const low = await load(device, { ...single(device, 4), arenaBytes: 2 ** 31 })
      const high = await load(device, reversals(device, 1_000, 2))
      expectRight(high.write(0, counted(1_000)))
      await run(high)
      await run(low)
      expect(await read(high, 2)).toEqual([...counted(1_000, 2)])
    }))

  it('assembles equal kernels once, over programs too', () =>
    withSimd(threads, async (device) => {
      await load(device, reversals(device, 100, 3))
      expect(device.kernelCount()).toBe(1)
      await load(device, reversals(device, 100, 2))
      expect(device.kernelCount()).toBe(1)
      await load(device, reversals(device, 101, 2))
      expect(device.kernelCount()).toBe(2)
    }))

  it.each([0, 999])('says so when unit %i of a kernel traps, and does not hang', (unit) =>
    withSimd(threads, async (device) => {
      const { features } = device
      const buffers = chainBuffers(1_000, 2)
      const program = programOf(features, buffers, [
        { kernel: trapping(features, 1_000, unit), inputs: [0], output: 1 },
        { kernel: affine(features, 1_000, 1, 1), inputs: [1], output: 2 },
      ])
      const good = await load(device, single(device, 1_000))
      const loaded = await load(device, program)
      await run(good)
      const error = expectLeft(await loaded.run())
      expect(error).toMatchObject({ _tag: 'DeviceError', where: 'run' })
      expect(error.found).toContain('unreachable')
      expect(expectLeft(await good.run())).toMatchObject({ _tag: 'DeviceError', found: error.found })
      expect(expectLeft(await device.load(single(device, 10))())._tag).toBe('DeviceError')
    }),
  )

  it('does a small program alone, with the same result', () =>
    withSimd(threads, async (device) => {
      const small = await load(device, single(device, 100, 0))
      const large = await load(device, single(device, 100))
      for (const loaded of [small, large]) {
        expectRight(loaded.write(0, counted(100)))
        await run(loaded)
      }
      expect(await read(small, 1)).toEqual(await read(large, 1))
    }))

  it('refuses in words: wrong length, no such buffer, what was destroyed', () =>
    withSimd(threads, async (device) => {
      const loaded = await load(device, single(device, 4))
      expect(expectLeft(loaded.write(0, new Float32Array(3)))).toMatchObject({
        _tag: 'OptionError',
        expected: '4 values',
        found: '3 values',
      })
      expect(expectLeft(loaded.write(9, new Float32Array(4)))._tag).toBe('OptionError')
      loaded.destroy()
      loaded.destroy()
      expect(expectLeft(await loaded.run()).found).toBe('one that was destroyed')
      const other = await load(device, single(device, 4))
      await device.destroy()
      await device.destroy()
      expect(expectLeft(await other.run())).toMatchObject({
        _tag: 'DeviceError',
        found: 'one that was destroyed',
      })
      expect(expectLeft(other.write(0, new Float32Array(4)))._tag).toBe('DeviceError')
      expect(expectLeft(await other.read(0)())._tag).toBe('DeviceError')
      expect(expectLeft(await device.load(single(device, 4))()).found).toBe('one that was destroyed')
      other.destroy()
    }))
})

describe('a program that cannot be', () => {
  it('is too large: an error of the budget, and the device goes on', () =>
    withSimd(2, async (device) => {
      const program = single(device, 1_000)
      const error = expectLeft(await device.load({ ...program, arenaBytes: 2 ** 33 })())
      expect(error).toMatchObject({ _tag: 'BudgetError', expected: 'room for 8192.0 MiB more' })
      await run(await load(device, program))
    }))

  it('has a text that does not assemble: the error names the kernel', () =>
    withSimd(2, async (device) => {
      const program = single(device, 10)
      const kernels = program.kernels.map((kernel) => ({ ...kernel, name: 'broken', text: '(module (func' }))
      const error = expectLeft(await device.load({ ...program, kernels })())
      expect(error).toMatchObject({ _tag: 'DeviceError', where: 'kernel broken' })
      expect(expectLeft(await device.load({ ...program, schedule: 'nonsense' })()).where).toBe('the schedule')
      await run(await load(device, program))
    }))
})

describe('opening', () => {
  it('says what it has', () =>
    withSimd(2, (device) => {
      expect(device.name).toBe('simd, 2 threads, relaxed multiply-add')
      expect(device.features).toEqual({ relaxed: true, shared: true })
      return Promise.resolve()
    }))

  it.each([0, 1.5, Number.NaN])('refuses %d threads', async (threads) => {
    expect(expectLeft(await openSimd({ threads })())).toMatchObject({
      _tag: 'OptionError',
      where: 'threads',
      found: `${threads}`,
    })
  })
})
