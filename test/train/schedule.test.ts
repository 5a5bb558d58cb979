import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import type { TensorError } from '../../src/error/error.js'
import { constantRate, warmupCosine } from '../../src/train/schedule.js'
import type { Schedule, WarmupCosine } from '../../src/train/schedule.js'

const right = (result: E.Either<TensorError, Schedule>): Schedule => {
  if (E.isLeft(result)) throw new Error(renderError(result.left))
  return result.right
}
const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const options: fc.Arbitrary<Required<WarmupCosine>> = fc
  .record({
    totalSteps: fc.integer({ min: 1, max: 500 }),
    peak: fc.double({ min: 1e-6, max: 10, noNaN: true }),
    warm: fraction,
    start: fraction,
    floor: fraction,
  })
  .map(({ totalSteps, peak, warm, start, floor }) => ({
    totalSteps,
    warmupSteps: Math.floor(warm * totalSteps),
    peak,
    start: start * peak,
    floor: floor * peak,
  }))
const rates = (schedule: Schedule, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => schedule(from + index))
const steps = (values: readonly number[]) =>
  values.slice(1).map((value, index) => value - (values[index] ?? 0))

describe('warmupCosine', () => {
  it('goes from start through peak to floor, and stays there', () => {
    fc.assert(
      fc.property(options, (o) => {
        const schedule = right(warmupCosine(o))
        if (o.warmupSteps > 0) expect(schedule(0)).toBe(o.start)
        if (o.warmupSteps < o.totalSteps) expect(schedule(o.warmupSteps)).toBeCloseTo(o.peak, 12)
        expect(schedule(o.totalSteps)).toBe(o.floor)
        expect(schedule(o.totalSteps + 1000)).toBe(o.floor)
      }),
    )
  })

  it('rises, then falls, without a jump', () => {
    fc.assert(
      fc.property(options, (o) => {
        const schedule = right(warmupCosine(o))
        const rounding = 1e-12 * o.peak
        const rising = steps(rates(schedule, 0, Math.max(0, o.warmupSteps - 1)))
        expect(rising.every((step) => step >= -rounding)).toBe(true)
        const falling = steps(rates(schedule, o.warmupSteps, o.totalSteps))
        expect(falling.every((step) => step <= rounding)).toBe(true)
        // The steepest a line of n steps and half a cosine of m steps are.
        const steepestRise = (o.peak - o.start) / Math.max(1, o.warmupSteps)
        const steepestFall = ((o.peak - o.floor) * Math.PI) / 2 / Math.max(1, o.totalSteps - o.warmupSteps)
        expect(rising.every((step) => step <= steepestRise + rounding)).toBe(true)
        if (o.totalSteps - o.warmupSteps > 1)
          expect(falling.every((step) => -step <= steepestFall + rounding)).toBe(true)
      }),
    )
  })

  it('is half down in the middle of the fall, and symmetric about it', () => {
    fc.assert(
      fc.property(options, fraction, (o, at) => {
        fc.pre(o.warmupSteps < o.totalSteps)
        const schedule = right(warmupCosine(o))
        const middle = (o.warmupSteps + o.totalSteps) / 2
        const offset = (at * (o.totalSteps - o.warmupSteps)) / 2
        expect(schedule(middle)).toBeCloseTo((o.peak + o.floor) / 2, 9)
        expect(schedule(middle - offset) + schedule(middle + offset)).toBeCloseTo(o.peak + o.floor, 8)
      }),
    )
  })

  it('is the linear warm-up at every step of it', () => {
    const schedule = right(warmupCosine({ warmupSteps: 4, totalSteps: 10, peak: 1, start: 0.2 }))
    rates(schedule, 0, 4).forEach((rate, step) => expect(rate).toBeCloseTo(0.2 + 0.2 * step, 12))
  })

  it('refuses options that make no schedule', () => {
    const good: WarmupCosine = { warmupSteps: 1, totalSteps: 10, peak: 1e-3 }
    const refused = (changed: Partial<WarmupCosine>): string => {
      const result = warmupCosine({ ...good, ...changed })
      if (E.isRight(result)) throw new Error('was not refused')
      expect(result.left._tag).toBe('OptionError')
      return renderError(result.left)
    }
    expect(refused({ warmupSteps: 11 })).toBe(
      'OptionError in warmupCosine.warmupSteps: expected an integer from 0 to 10, found 11.\n' +
        '  hint: schedules count optimiser steps, not epochs',
    )
    expect(refused({ warmupSteps: -1 })).toContain('found -1')
    expect(refused({ warmupSteps: 0.5 })).toContain('found 0.5')
    expect(refused({ totalSteps: 0 })).toContain('warmupCosine.totalSteps')
    expect(refused({ peak: -1 })).toContain('expected a finite number of at least 0, found -1')
    expect(refused({ peak: NaN })).toContain('found NaN')
    expect(refused({ peak: Infinity })).toContain('found Infinity')
    expect(refused({ floor: 0.01 })).toContain(
      'warmupCosine.floor: expected a number from 0 to 0.001, the peak, found 0.01',
    )
    expect(refused({ start: -0.1 })).toContain('warmupCosine.start')
  })
})

describe('constantRate', () => {
  it('is constant, or refused', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10, noNaN: true }), fc.nat(), (rate, step) => {
        expect(right(constantRate(rate))(step)).toBe(rate)
      }),
    )
    expect(E.isLeft(constantRate(-1))).toBe(true)
    expect(E.isLeft(constantRate(NaN))).toBe(true)
  })
})
