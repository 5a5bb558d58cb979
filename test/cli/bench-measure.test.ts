import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Timing } from '../../src/cli/bench/measure.js'
import { measure, timingOf, usualPatience } from '../../src/cli/bench/measure.js'
import { expectRight } from '../support/gpu-environment.js'

/** Measures a task whose runs take the given times, on a clock of its own; the last time repeats. */
const simulated = async (times: readonly number[]): Promise<{ timing: Timing; runs: number; ms: number }> => {
  let [clock, runs] = [0, 0]
  const run = TE.fromIO(() => {
    clock += times[Math.min(runs, times.length - 1)] ?? 0
    runs += 1
  })
  const timing = expectRight(await measure(run, usualPatience, () => clock))
  return { timing, runs, ms: clock }
}

const { warmRuns, warmMs, runs: leastRuns, ms, mostRuns, budgetMs } = usualPatience

describe('measure', () => {
  it('warms up, then measures at least ten runs where the budget allows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 64_000 }), async (sixtyFourths) => {
        const each = sixtyFourths / 64
        const { timing, runs, ms: total } = await simulated([each])
        const warmed = runs - timing.runs
        expect(warmed).toBe(Math.max(warmRuns, Math.ceil(warmMs / each)))
        expect(timing.runs).toBeGreaterThanOrEqual(leastRuns)
        expect(timing.runs).toBeLessThanOrEqual(mostRuns)
        expect(timing.runs === mostRuns || timing.runs * each >= ms).toBe(true)
        expect(timing.median).toBe(each)
        expect(total).toBeLessThan(budgetMs)
      }),
    )
  })

  it('ends a slow case within its budget and one run, with at least one measured', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 3000, max: 1e6, noNaN: true }), async (each) => {
        const { timing, runs, ms: total } = await simulated([each])
        expect(timing.runs).toBeGreaterThanOrEqual(1)
        expect(runs - timing.runs).toBeLessThanOrEqual(warmRuns)
        expect(total - each).toBeLessThan(Math.max(budgetMs, each + 1))
      }),
    )
  })

  it('leaves the warm-up out', async () => {
    const { timing } = await simulated([5000, 400, 400, 50])
    expect(timing.median).toBe(50)
  })

  it('ends at the first error, in the warm-up or later', async () => {
    for (const failing of [1, 4]) {
      let [runs, clock] = [0, 0]
      const run: TE.TaskEither<string, void> = () => {
        runs += 1
        clock += 200
        return Promise.resolve(runs === failing ? E.left('failed') : E.right(undefined))
      }
      expect(await measure(run, usualPatience, () => clock)).toEqual(E.left('failed'))
      expect(runs).toBe(failing)
    }
  })
})

describe('timingOf', () => {
  it('is the element in the middle and the first in order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (times) => {
        const { median, least, runs } = timingOf(times)
        expect(times.filter((time) => time < median).length).toBeLessThanOrEqual(times.length / 2)
        expect(times.filter((time) => time > median).length).toBeLessThanOrEqual(times.length / 2)
        expect(least).toBe(Math.min(...times))
        expect(runs).toBe(times.length)
      }),
    )
  })
})
