/** The files of a folder, for commands that go through all of them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { dataError } from '../error/error.js'
import type { TensorError } from '../error/error.js'

/** Paths of the files with this ending, by name. A folder that cannot be read or has none is a `DataError`. */
export const filesOf = (folder: string, ending: string): TE.TaskEither<TensorError, readonly string[]> =>
  pipe(
    TE.tryCatch(
      () => readdir(folder),
      (thrown) =>
        dataError({
          where: folder,
          expected: `a folder with ${ending} files`,
          found: thrown instanceof Error ? thrown.message : String(thrown),
          hint: 'give the path of a folder that may be read',
        }),
    ),
    TE.map((names) => names.filter((name) => name.endsWith(ending)).sort()),
    TE.filterOrElse(
      (names) => names.length > 0,
      () =>
        dataError({
          where: folder,
          expected: `at least one ${ending} file`,
          found: 'none',
          hint: 'give the folder that holds the files themselves',
        }),
    ),
    TE.map((names) => names.map((name) => join(folder, name))),
  )
