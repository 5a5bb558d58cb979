import type { GpujsTarget } from '../../src/compile/program.js'
import { launchCount } from '../../src/compile/program.js'
import type { GpujsDevice } from '../../src/run/gpujs/driver.js'
import { expectRight } from './gpu-environment.js'
import { axis, binary, constant, mapKernel, programOf, read, values } from './scalar-kernels.js'

/** Resident memory over many runs of a program that is shaped like a training step. */

const STATES = 25

/** Two launches a state: a gradient of the batch, and the state moved by it. */
const trainingLike = (target: GpujsTarget, length: number) => {
  const at = axis(0, length)
  const gradient = mapKernel([length], binary('sub', read(0, at), read(1, at)), [length, length])
  const move = mapKernel([length], binary('sub', read(0, at), binary('mul', constant(0.01), read(1, at))), [
    length,
    length,
  ])
  const each = Array.from({ length: STATES }, (_, i) => ({
    state: 1 + 3 * i,
    slope: 2 + 3 * i,
    next: 3 + 3 * i,
  }))
  return programOf(
    target,
    [
      { length: length, role: 'input' as const },
      ...each.flatMap(() => [
        { length: length, role: 'input' as const },
        { length: length, role: 'temporary' as const },
        { length: length, role: 'output' as const },
      ]),
    ],
    each.flatMap(({ state, slope, next }) => [
      { kernel: gradient, inputs: [state, 0], output: slope },
      { kernel: move, inputs: [state, slope], output: next },
    ]),
    { carries: each.map(({ state, next }) => [next, state] as const) },
  )
}

export interface MemoryGrowth {
  readonly launches: number
  /** Resident megabytes after a third of the runs, when caches and the allocator have settled, and at the end. */
  readonly settled: number
  readonly end: number
  /** How far the first state is from what the recurrence gives, relative. */
  readonly error: number
  readonly microsecondsPerLaunch: number
}

const residentMegabytes = (): number => process.memoryUsage().rss / 2 ** 20

/** Writes a batch, runs, and reads one result a hundred runs, as a training loop does; `length` elements a state. */
export const memoryGrowth = async (
  device: GpujsDevice,
  runs: number,
  length: number,
): Promise<MemoryGrowth> => {
  const program = trainingLike(device.target, length)
  const loaded = expectRight(await device.load(program)())
  const batch = values(length, 3)
  for (const [, state] of program.carries) expectRight(loaded.write(state, new Float32Array(length)))
  let settled = 0
  const start = performance.now()
  for (let i = 0; i < runs; i += 1) {
    if (i === Math.floor(runs / 3)) settled = residentMegabytes()
    expectRight(loaded.write(0, batch))
    expectRight(await loaded.run())
    if (i % 100 === 99) expectRight(await loaded.read(3)())
  }
  const spent = performance.now() - start
  const state = expectRight(await loaded.read(1)())
  const approached = 1 - 0.99 ** runs
  const error = state.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - approached * (batch[i] ?? 0))),
    0,
  )
  loaded.destroy()
  const launches = launchCount(program.steps)
  return {
    launches,
    settled,
    end: residentMegabytes(),
    error,
    microsecondsPerLaunch: (spent * 1000) / runs / launches,
  }
}
