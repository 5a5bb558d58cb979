/** Golden files from their bytes. */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../error/error.js'
import { dataError } from '../../error/error.js'
import { decodeSafetensors } from '../../io/safetensors.js'
import type { NdArray } from '../../op/def.js'
import type { Golden } from './family.js'

export const goldenEnding = '.safetensors'

/** A file's name without folder and ending. */
export const goldenName = (path: string): string => basename(path, goldenEnding)

/** A golden file's content; one that is broken, or holds nothing to compute, is a `DataError` that names it. */
export const decodeGolden =
  (path: string) =>
  (bytes: Uint8Array): E.Either<TensorError, Golden> =>
    pipe(
      bytes,
      decodeSafetensors(path),
      E.map(({ metadata, tensors }) => ({
        name: goldenName(path),
        metadata,
        tensors: Object.fromEntries(
          [...tensors].map(([name, { shape, data }]): readonly [string, NdArray] => [
            name,
            { shape, data: Float64Array.from(data, Number) },
          ]),
        ),
      })),
      E.chain((golden) =>
        Object.keys(golden.tensors).length > 0
          ? E.right(golden)
          : E.left(
              dataError({
                where: path,
                expected: 'tensors',
                found: 'none',
                hint: 'a golden file holds inputs, weights, outputs and gradients',
              }),
            ),
      ),
    )
