/** Reading files in Node. Decoders stay pure: they get bytes and a name. */
import { readFile } from 'node:fs/promises'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { dataError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'

const causes: { readonly [code: string]: string } = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such folder',
  EISDIR: 'a folder',
  EACCES: 'a file that may not be read',
  EPERM: 'a file that may not be read',
}

const causeOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return causes[code] ?? (thrown instanceof Error ? thrown.message : String(thrown))
}

/** The bytes of a file. A file that cannot be read is a `DataError` with its path and `hint`. */
export const readBytes = (path: string, hint: string): TE.TaskEither<TensorError, Uint8Array> =>
  TE.tryCatch(
    () => readFile(path),
    (thrown) => dataError({ where: path, expected: 'a readable file', found: causeOf(thrown), hint }),
  )
