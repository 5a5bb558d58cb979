/** The first call: a case is compiled in processes of their own, whose engine has warmed to nothing. */
import { execFile } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { DeviceName } from '../../run/device.js'
import type { Timing } from './measure.js'
import { timingOf } from './measure.js'

const FRESH_RUNS = 3
const LONGEST_MS = 600_000

const extension = import.meta.url.slice(-3)
const script = fileURLToPath(new URL(`compile-once${extension}`, import.meta.url))
/** Sources are run as this process runs them; what is built needs nothing. */
const loader = extension === '.ts' ? ['--import', 'tsx'] : []

/** The time that one process measures, in milliseconds. */
const once = (name: string, device: DeviceName, threads: number): TE.TaskEither<TensorError, number> =>
  pipe(
    TE.tryCatch(
      () =>
        new Promise<string>((done, failed) => {
          execFile(
            execPath,
            [...loader, script, name, device, `${threads}`],
            { timeout: LONGEST_MS },
            (error, stdout, stderr) =>
              error === null ? done(stdout) : failed(new Error(stderr || error.message)),
          )
        }),
      (thrown) => (thrown instanceof Error ? thrown.message.trim() : String(thrown)),
    ),
    TE.filterOrElse(
      (text) => Number.isFinite(Number.parseFloat(text)),
      (text) => `'${text}'`,
    ),
    TE.map(Number.parseFloat),
    TE.mapLeft((found) =>
      deviceError({
        where: name,
        expected: 'a compiled program',
        found,
        hint: 'run the case itself to see whether it compiles here',
      }),
    ),
  )

/** The median of several processes. */
export const timeFreshly = (
  name: string,
  device: DeviceName,
  threads: number,
): TE.TaskEither<TensorError, Timing> =>
  pipe(
    Array.from({ length: FRESH_RUNS }, () => once(name, device, threads)),
    TE.sequenceSeqArray,
    TE.map(timingOf),
  )
