/**
 * A process that compiles one case once, and prints how many milliseconds that took: trace, gradient, compile, load.
 * Opening the device and drawing the parameters' values come before. Arguments: case, device, threads.
 */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TensorError } from '../../error/error.js'
import { renderError } from '../../error/error.js'
import { openDevice } from '../../run/open-device.js'
import { benchCases } from './cases.js'
import type { Work } from './work.js'

const timeOf =
  (deviceName: string, threads: number) =>
  (work: Work): TE.TaskEither<TensorError, number> =>
    pipe(
      openDevice(deviceName, { threads }),
      TE.chain((device) => async () => {
        const start = performance.now()
        const prepared = await work(device)()
        const elapsed = performance.now() - start
        if (E.isRight(prepared)) prepared.right.destroy()
        await device.destroy()
        return pipe(
          prepared,
          E.map(() => elapsed),
        )
      }),
    )

const [name, device = 'auto', threads = '1'] = process.argv.slice(2)
const found = benchCases.find((benchCase) => benchCase.name === name)
const time = found === undefined ? null : await timeOf(device, Number(threads))(found.work())()
if (time !== null && E.isRight(time)) process.stdout.write(`${time.right}\n`)
else {
  process.stderr.write(time === null ? `no case '${name}'\n` : `${renderError(time.left)}\n`)
  process.exitCode = 1
}
