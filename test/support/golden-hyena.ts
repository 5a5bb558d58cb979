/** The golden files of `test/golden`, decoded, and how far numbers are from theirs. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pipe } from 'fp-ts/lib/function.js'
import { decodeGolden, goldenEnding, goldenName } from '../../src/cli/goldens/decode-golden.js'
import type { Golden } from '../../src/cli/goldens/family.js'
import { orFail } from '../../src/error/error.js'

const folder = new URL('../golden/', import.meta.url)

/** Names of the Hyena layers' files: the authors' code made those of order 2, a program written after it the others. */
export const hyenaGoldens: readonly string[] = readdirSync(folder)
  .filter((file) => /^hyena[12]d_/.test(file) && file.endsWith(goldenEnding))
  .map(goldenName)
  .sort()

/** A file by its name. */
export const readGolden = (name: string): Golden => {
  const path = fileURLToPath(new URL(`${name}${goldenEnding}`, folder))
  return pipe(readFileSync(path), decodeGolden(path), orFail)
}

/** ‖a − b‖∞ / ‖b‖∞ */
export const relativeError = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let difference = 0
  let size = 0
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)))
    size = Math.max(size, Math.abs(b[i] ?? 0))
  }
  return a.length === b.length ? difference / (size || 1) : Number.POSITIVE_INFINITY
}
