/** WebAssembly text to modules, by the package wabt, which is loaded when the first text comes. */
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type load from 'wabt'
import { deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import { messageOf } from '../loaded.js'
import type { WasmModule } from './webassembly.js'
import { webAssembly } from './webassembly.js'

const TEXT_FEATURES = {
  threads: true,
  simd: true,
  relaxed_simd: true,
  bulk_memory: true,
  sign_extension: true,
  mutable_globals: true,
  sat_float_to_int: true,
  multi_value: true,
}

type Wabt = Awaited<ReturnType<typeof load>>

let wabt: Promise<Wabt> | null = null
const loadWabt = (): Promise<Wabt> => {
  wabt ??= import('wabt').then((module) => module.default())
  return wabt
}

/** wabt's messages quote the text; the beginning says what is wrong. */
const MESSAGE_LENGTH = 400

const toBytes = (assembler: Wabt, name: string, text: string): Uint8Array => {
  const parsed = assembler.parseWat(`${name}.wat`, text, TEXT_FEATURES)
  try {
    return new Uint8Array(parsed.toBinary({}).buffer)
  } finally {
    parsed.destroy()
  }
}

/** The module of a text. An error is a defect of what wrote it, and names it. */
export const assemble =
  (name: string, text: string): TE.TaskEither<TensorError, WasmModule> =>
  async () => {
    try {
      const bytes = toBytes(await loadWabt(), name, text)
      return E.right(await webAssembly().compile(bytes))
    } catch (thrown) {
      return E.left(
        deviceError({
          where: name,
          expected: 'a text that assembles',
          found: messageOf(thrown).slice(0, MESSAGE_LENGTH),
          hint: 'this is a defect of Crocuta; the device webasm runs it by other kernels',
        }),
      )
    }
  }
