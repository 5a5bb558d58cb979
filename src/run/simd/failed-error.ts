import type { TensorError } from '../../error/error.js'
import { deviceError } from '../../error/error.js'
import { messageOf } from '../loaded.js'

/** What the engine threw where nothing should: a trap, a module that does not link, a worker that is lost. */
export const failedError =
  (where: string) =>
  (thrown: unknown): TensorError =>
    deviceError({
      where,
      expected: 'every thread to finish its work',
      found: messageOf(thrown),
      hint: 'this is a defect of Crocuta; the device webasm runs it by other kernels',
    })
