/** How long one run takes: warm-up, then a median. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** When to stop; times in milliseconds. */
export interface Patience {
  /** Warm-up takes at least so many runs and so long, so that the engine has compiled what runs often. */
  readonly warmRuns: number
  readonly warmMs: number
  /** Measured are at least so many runs … */
  readonly runs: number
  /** … and more of them until this time has passed, but at most `mostRuns`. */
  readonly ms: number
  readonly mostRuns: number
  /** A slow case ends here with the runs it has; its warm-up takes at most a quarter of it. */
  readonly budgetMs: number
}

/** The peers' protocol, with a longer warm-up. */
export const usualPatience: Patience = {
  warmRuns: 3,
  warmMs: 500,
  runs: 10,
  ms: 1500,
  mostRuns: 300,
  budgetMs: 40_000,
}

export interface Timing {
  readonly median: number
  readonly least: number
  readonly runs: number
}

/** The upper median and the least of at least one time. */
export const timingOf = (times: readonly number[]): Timing => {
  const sorted = [...times].sort((a, b) => a - b)
  return {
    median: sorted[sorted.length >> 1] ?? Number.NaN,
    least: sorted[0] ?? Number.NaN,
    runs: sorted.length,
  }
}

/** Runs and times a task until `patience` is satisfied; the first error ends it. At least one run is measured. */
export const measure = async <Failure>(
  run: TaskEither<Failure, unknown>,
  patience: Patience = usualPatience,
  now: () => number = () => performance.now(),
): Promise<E.Either<Failure, Timing>> => {
  const begin = now()
  for (let runs = 1; ; runs += 1) {
    const result = await run()
    if (E.isLeft(result)) return result
    const elapsed = now() - begin
    if (runs >= patience.warmRuns && elapsed >= patience.warmMs) break
    if (elapsed >= patience.budgetMs / 4) break
  }
  const times: number[] = []
  const start = now()
  for (;;) {
    const before = now()
    const result = await run()
    if (E.isLeft(result)) return result
    const after = now()
    times.push(after - before)
    const [count, elapsed] = [times.length, after - start]
    const enough = count >= patience.runs && (elapsed >= patience.ms || count >= patience.mostRuns)
    if (enough || after - begin >= patience.budgetMs) return E.right(timingOf(times))
  }
}
