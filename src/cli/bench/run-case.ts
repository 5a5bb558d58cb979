/** From a case to its line of results. What a device cannot do becomes the line's error. */
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { budgetError, deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { BenchLine } from '../../report/bench.js'
import { prefixedText } from '../../report/quantity.js'
import type { Device } from '../../run/device.js'
import type { BenchCase } from './cases.js'
import { timeFreshly } from './fresh.js'
import type { Patience, Timing } from './measure.js'
import { measure, usualPatience } from './measure.js'
import type { Prepared } from './work.js'

/** Where a case runs. */
export interface Place {
  readonly device: Device
  /** As asked for; not every device has threads of ours. */
  readonly threads: number
}

/** A task whose exceptions, such as those of allocations that are too large, are errors. */
const guarded = <A>(where: string, task: TE.TaskEither<TensorError, A>): TE.TaskEither<TensorError, A> =>
  pipe(
    TE.tryCatch(task, (thrown) =>
      deviceError({
        where,
        expected: 'a run to its end',
        found: thrown instanceof Error ? thrown.message : String(thrown),
        hint: 'a smaller case or another device will tell whether it is the size',
      }),
    ),
    TE.chain(TE.fromEither),
  )

const memoryFor = ({ name }: Device): number =>
  name === 'webgpu' || name === 'webgl2' ? Infinity : Math.min(totalmem(), constrainedMemory() || Infinity)

/** Refuses a plan that the machine cannot hold: to run it would only end the process. */
const requireMemory =
  (device: Device) =>
  (prepared: Prepared): E.Either<TensorError, Prepared> => {
    const [planned, available] = [prepared.facts.peakBytes, memoryFor(device)]
    if (planned <= available) return E.right(prepared)
    prepared.destroy()
    return E.left(
      budgetError({
        where: device.name,
        expected: `buffers of at most ${prefixedText(available, 'B')}`,
        found: prefixedText(planned, 'B'),
        hint: 'take fewer tokens',
      }),
    )
  }

type Measured = Timing & { readonly peakBytes?: number }

const timeRuns = (
  { name, work }: BenchCase,
  device: Device,
  patience: Patience,
): TE.TaskEither<TensorError, Measured> =>
  pipe(
    guarded(name, () => work()(device)()),
    TE.chainEitherK(requireMemory(device)),
    TE.chain(({ run, facts, destroy }) =>
      pipe(
        () => measure(guarded(name, run), patience),
        TE.map((timing): Measured => ({ ...timing, peakBytes: facts.peakBytes })),
        (timed) => async () => {
          const result = await timed()
          destroy()
          return result
        },
      ),
    ),
  )

const fixed = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Threads that compute on a device, where they are ours to choose. */
const threadsOn = ({ device: { name }, threads }: Place): Pick<BenchLine, 'threads'> => {
  if (name === 'webgpu' || name === 'webgl2') return {}
  return { threads: name === 'cpu' || name === 'reference' ? 1 : threads }
}

const lineOf = (benchCase: BenchCase, place: Place, measured: E.Either<TensorError, Measured>): BenchLine => {
  const { name, flops, images, memory, note } = benchCase
  const common = { peer: 'crocuta' as const, device: place.device.name, ...threadsOn(place) }
  if (E.isLeft(measured)) {
    const { expected, found } = measured.left
    return { case: name, ms: null, error: `expected ${expected}, found ${found}`, ...common }
  }
  const { median, least, runs, peakBytes = 0 } = measured.right
  return {
    case: name,
    ms: fixed(median, 4),
    min: fixed(least, 4),
    runs,
    ...(flops === undefined ? {} : { gflops: fixed(flops / median / 1e6, 2) }),
    ...(images === undefined ? {} : { img_s: fixed((images / median) * 1e3, 2) }),
    ...(memory === true && peakBytes > 0 ? { peak_mb: fixed(peakBytes / 1e6, 3) } : {}),
    ...common,
    ...(note === undefined ? {} : { note }),
  }
}

/** Measures one case. Never fails: an error is part of the line. */
export const runCase = async (
  benchCase: BenchCase,
  place: Place,
  patience: Patience = usualPatience,
): Promise<BenchLine> => {
  const measured =
    benchCase.measured === 'compile'
      ? timeFreshly(benchCase.name, place.device.name, place.threads)
      : timeRuns(benchCase, place.device, patience)
  return lineOf(benchCase, place, await measured())
}
