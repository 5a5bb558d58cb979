/** Learning-rate schedules: the rate of a step, as a pure function of the step's number from 0. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'

/** The learning rate of step `step`, which counts from 0. */
export type Schedule = (step: number) => number

export interface WarmupCosine {
  /** Steps of linear warm-up; 0 for none. At most `totalSteps`. */
  readonly warmupSteps: number
  /** Steps of the whole run. From this step on the rate is `floor`. */
  readonly totalSteps: number
  /** The rate at the end of warm-up. */
  readonly peak: number
  /** The rate of step 0 where there is warm-up; 0 if left out. */
  readonly start?: number
  /** The rate at the end; 0 if left out. */
  readonly floor?: number
}

const rateOption = (where: string, value: number, most: number): E.Either<TensorError, number> =>
  Number.isFinite(value) && value >= 0 && value <= most
    ? E.right(value)
    : E.left(
        optionError({
          where,
          expected:
            most === Infinity ? 'a finite number of at least 0' : `a number from 0 to ${most}, the peak`,
          found: `${value}`,
          hint: 'a common peak for AdamW is 0.001',
        }),
      )

const stepsOption = (
  where: string,
  value: number,
  least: number,
  most: number,
): E.Either<TensorError, number> =>
  Number.isSafeInteger(value) && value >= least && value <= most
    ? E.right(value)
    : E.left(
        optionError({
          where,
          expected: `an integer from ${least} to ${most}`,
          found: `${value}`,
          hint: 'schedules count optimiser steps, not epochs',
        }),
      )

/** The same rate at every step. */
export const constantRate = (rate: number): E.Either<TensorError, Schedule> =>
  pipe(
    rateOption('constantRate', rate, Infinity),
    E.map((checked) => () => checked),
  )

/**
 * Linear warm-up from `start` at step 0 to `peak` at step `warmupSteps`, then half a cosine down to `floor`
 * at step `totalSteps` (Loshchilov and Hutter, SGDR, 2017, without restarts). The paper's classifiers use it
 * with start = floor = 1e-6, per step.
 */
export const warmupCosine = (options: WarmupCosine): E.Either<TensorError, Schedule> =>
  pipe(
    E.Do,
    E.bind('totalSteps', () =>
      stepsOption('warmupCosine.totalSteps', options.totalSteps, 1, Number.MAX_SAFE_INTEGER),
    ),
    E.bind('warmupSteps', ({ totalSteps }) =>
      stepsOption('warmupCosine.warmupSteps', options.warmupSteps, 0, totalSteps),
    ),
    E.bind('peak', () => rateOption('warmupCosine.peak', options.peak, Infinity)),
    E.bind('start', ({ peak }) => rateOption('warmupCosine.start', options.start ?? 0, peak)),
    E.bind('floor', ({ peak }) => rateOption('warmupCosine.floor', options.floor ?? 0, peak)),
    E.map(({ totalSteps, warmupSteps, peak, start, floor }) => (step) => {
      if (step < warmupSteps) return start + (peak - start) * (step / warmupSteps)
      if (step >= totalSteps) return floor
      const progress = (step - warmupSteps) / (totalSteps - warmupSteps)
      return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * progress))
    }),
  )
