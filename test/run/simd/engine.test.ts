import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSimd } from '../../../src/run/simd/driver.js'
import { detectEngine } from '../../../src/run/simd/engine.js'
import { expectLeft, expectRight } from '../../support/gpu-environment.js'
import { programOf, reversed } from './programs.js'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('what the engine offers', () => {
  it('threads that share and sleep', () => {
    expect(detectEngine(3)).toEqual({
      features: { relaxed: true, shared: true },
      threads: 3,
      canSleep: true,
      description: 'simd, 3 threads, relaxed multiply-add',
    })
  })

  it('one thread needs nothing shared', () => {
    expect(detectEngine(1)).toMatchObject({
      features: { shared: false },
      description: 'simd, 1 thread, relaxed multiply-add',
    })
  })

  it('one thread in a page that is not isolated, and why', () => {
    vi.stubGlobal('crossOriginIsolated', false)
    expect(detectEngine(4)).toMatchObject({
      threads: 1,
      features: { shared: false },
      description: 'simd, 1 thread (the page is not cross-origin isolated), relaxed multiply-add',
    })
  })

  it('one thread without shared memory, and why', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined)
    expect(detectEngine(2)?.description).toBe(
      'simd, 1 thread (the engine has no shared memory), relaxed multiply-add',
    )
  })

  it('no vectors, no device', async () => {
    vi.stubGlobal('WebAssembly', undefined)
    expect(expectLeft(await openSimd()())).toMatchObject({ _tag: 'DeviceError', where: 'simd' })
  })
})

it.each([2, 4])('a main thread that may not sleep spins, with %i threads', async (threads) => {
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context')
  })
  const device = expectRight(await openSimd({ threads })())
  const [length, launches] = [1_000, 6]
  const program = programOf(
    device.features,
    Array.from({ length: launches + 1 }, (_, i) => ({
      length,
      role: i === 0 ? 'input' : i === launches ? 'output' : 'temporary',
    })),
    Array.from({ length: launches }, (_, i) => ({
      kernel: reversed(device.features, length),
      inputs: [i],
      output: i + 1,
    })),
  )
  const loaded = expectRight(await device.load(program)())
  for (let turn = 0; turn < 100; turn++) expectRight(await loaded.run())
  expect(new Set(expectRight(await loaded.read(launches)()))).toEqual(new Set([launches]))
  await device.destroy()
})
