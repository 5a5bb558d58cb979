/** A program on a device, whatever the device: what it can be asked, and how it refuses. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { budgetError, deviceError, optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'

/** What one run did and where its time went, in milliseconds. */
export interface RunReport {
  readonly launches: number
  readonly kernelMs: number
  readonly outsideMs: number
}

/**
 * A program on a device. The two ends of a carry are one state: writing or reading the output's buffer is
 * writing or reading the input's, which holds the newest values.
 */
export interface Loaded {
  /** Copies values into an input, a carried state or any other buffer; the length must be the buffer's. */
  readonly write: (buffer: number, values: Float32Array) => E.Either<TensorError, void>
  /** Resolves when all launches are done. */
  readonly run: TE.TaskEither<TensorError, RunReport>
  /** A copy of a buffer; that of a temporary is whatever its storage holds. */
  readonly read: (buffer: number) => TE.TaskEither<TensorError, Float32Array>
  /** Frees the buffers; kernels stay with the device. Harmless when repeated. */
  readonly destroy: () => void
}

/** One loaded program's storage and launches. Failures are thrown here; `toLoaded` makes them typed errors. */
export interface Execution {
  readonly write: (buffer: number, values: Float32Array) => void
  /** Resolves when the results are there, with the milliseconds spent in kernels. */
  readonly run: () => Promise<number>
  readonly read: (buffer: number) => Promise<Float32Array>
  readonly destroy: () => void
}

/** What is checked of a program before it is touched. */
export interface LoadedProgram {
  readonly buffers: readonly { readonly length: number; readonly name?: string }[]
  /** Launches of one run. */
  readonly launches: number
}

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

/** What a device threw, as an error: one of the budget where memory was short. */
export const failure =
  (where: string, expected: string, hint: string) =>
  (thrown: unknown): TensorError => {
    const found = messageOf(thrown)
    const isTooLarge = /bytes but this device allows|out of memory|exceeds? the|allocation failed/i.test(
      found,
    )
    return isTooLarge
      ? budgetError({
          where,
          expected: 'buffers that the device can hold',
          found,
          hint: 'use a smaller batch or remat',
        })
      : deviceError({ where, expected, found, hint })
  }

export const destroyedError = (where: string): TensorError =>
  deviceError({
    where,
    expected: 'a device in use',
    found: 'one that was destroyed',
    hint: 'open a new device',
  })

const checkLength = (
  { buffers }: LoadedProgram,
  buffer: number,
  values: Float32Array,
): E.Either<TensorError, void> => {
  const known = buffers[buffer]
  return values.length === known?.length
    ? E.right(undefined)
    : E.left(
        optionError({
          where: `buffer ${buffer}${known?.name === undefined ? '' : ` (${known.name})`}`,
          expected: known === undefined ? `a buffer below ${buffers.length}` : `${known.length} values`,
          found: `${values.length} values`,
          hint: 'write a buffer whole',
        }),
      )
}

/** A program whose lengths are checked. `refusal` says why its device can do no more, where it cannot. */
export const toLoaded = (
  program: LoadedProgram,
  execution: Execution,
  refusal: (where: string) => TensorError | null,
  failed: (where: string) => (thrown: unknown) => TensorError,
): Loaded => {
  let isLoaded = true
  const refused = (where: string): TensorError | null => (isLoaded ? refusal(where) : destroyedError(where))
  const guarded =
    <A>(where: string, work: () => Promise<A>): TE.TaskEither<TensorError, A> =>
    async () => {
      const error = refused(where)
      return error === null ? TE.tryCatch(work, failed(where))() : E.left(error)
    }
  return {
    write: (buffer, values) => {
      const error = refused('write')
      return pipe(
        error === null ? checkLength(program, buffer, values) : E.left(error),
        E.map(() => execution.write(buffer, values)),
      )
    },
    run: guarded('run', async () => {
      const start = performance.now()
      const kernelMs = await execution.run()
      return { launches: program.launches, kernelMs, outsideMs: performance.now() - start - kernelMs }
    }),
    read: (buffer) => guarded('read', () => execution.read(buffer)),
    destroy: () => {
      if (refused('destroy') === null) execution.destroy()
      isLoaded = false
    },
  }
}
