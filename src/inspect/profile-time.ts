/** How long one step takes alone: loaded as a program of its own, filled with ordinary numbers, run until it is steady. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { SimdCopy, SimdLaunch } from '../compile/simd/program.js'
import type { TensorError } from '../error/error.js'
import type { Loaded } from '../run/loaded.js'
import type { SimdDevice } from '../run/simd/driver.js'
import type { Source } from './profile-part.js'
import { programOfStep } from './profile-part.js'

export interface Clock {
  /** Milliseconds: of the clock on the wall or, with one thread, of the processor, which other work leaves alone. */
  readonly now: () => number
  /** What is timed takes at least so long in all, in milliseconds. */
  readonly ms: number
}

const FEWEST_RUNS = 4
const MOST_TIMES = 500
/** A run is made to last about so long, in milliseconds, guessed by a slow machine's rates. */
const RUN_MS = 1
const [GUESSED_FLOPS, GUESSED_BYTES] = [20e6, 10e6]

/** Numbers from 0.5 to 1.5: none that a processor is slow with comes of their products and sums. */
const ordinary = (length: number): Float32Array => {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i += 1) values[i] = 0.5 + ((i * 7919) % 1000) / 1000
  return values
}

/** The least time of a task, in milliseconds; the first run is not counted. */
export const leastTime = async (
  run: TE.TaskEither<TensorError, unknown>,
  { now, ms }: Clock,
): Promise<E.Either<TensorError, number>> => {
  const begin = performance.now()
  let least = Infinity
  for (let runs = 0; runs <= FEWEST_RUNS || performance.now() - begin < ms; runs += 1) {
    const start = now()
    const result = await run()
    const spent = now() - start
    if (E.isLeft(result)) return result
    if (runs > 0) least = Math.min(least, spent)
  }
  return E.right(least)
}

const fill = (loaded: Loaded, lengths: readonly number[], constants: ReadonlyMap<number, unknown>) =>
  pipe(
    lengths.map((length, buffer) => ({ length, buffer })).filter(({ buffer }) => !constants.has(buffer)),
    E.traverseArray(({ length, buffer }) => loaded.write(buffer, ordinary(length))),
  )

/** Milliseconds of one step of `flops` operations on `bytes` bytes. */
export const timeOfStep = (
  device: SimdDevice,
  source: Source,
  step: SimdLaunch | SimdCopy,
  { flops, bytes }: { readonly flops: number; readonly bytes: number },
  clock: Clock,
): TE.TaskEither<TensorError, number> => {
  const guess = Math.max(flops / GUESSED_FLOPS, bytes / GUESSED_BYTES)
  const times = Math.ceil(Math.min(MOST_TIMES, Math.max(1, RUN_MS / guess)))
  const program = programOfStep(source, step, times, device)
  const lengths = program.buffers.map(({ length }) => length)
  return pipe(
    device.load(program),
    TE.chain((loaded) => async () => {
      const filled = fill(loaded, lengths, program.constants)
      const timed = E.isLeft(filled) ? filled : await leastTime(loaded.run, clock)
      loaded.destroy()
      return pipe(
        timed,
        E.map((ms) => ms / times),
      )
    }),
  )
}
