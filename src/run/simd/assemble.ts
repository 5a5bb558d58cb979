/** WebAssembly text to modules, by the package wabt, which is loaded when the first text comes. */
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type load from 'wabt'
import { deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import { messageOf } from '../loaded.js'
import type { WasmModule } from './webassembly.js'
import { webAssembly } from './webassembly.js'

/** What texts of the target use beyond WebAssembly 1.0. */
export const TEXT_FEATURES = {
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

let current: Promise<Wabt> | null = null
const loadWabt = (): Promise<Wabt> => {
  current ??= import('wabt').then((module) => module.default())
  return current
}

/**
 * wabt is WebAssembly itself. Where it traps, its stack stays as it was then, and what it does next is anything; it
 * traps where expressions are nested more than about 100 deep. So one that threw is not asked again.
 */
const broken = new WeakSet<Wabt>()

const toBytes = (wabt: Wabt, name: string, text: string): Uint8Array => {
  try {
    const parsed = wabt.parseWat(`${name}.wat`, text, TEXT_FEATURES)
    const { buffer } = parsed.toBinary({})
    parsed.destroy()
    return new Uint8Array(buffer)
  } catch (thrown) {
    broken.add(wabt)
    current = null
    throw thrown
  }
}

const assembled = async (name: string, text: string): Promise<Uint8Array> => {
  const wabt = await loadWabt()
  // Another text may have broken it since.
  return broken.has(wabt) ? assembled(name, text) : toBytes(wabt, name, text)
}

/** How deep the parentheses of a text are nested, leaving out comments. */
const depthOf = (text: string): number => {
  let [depth, most] = [0, 0]
  for (const [token] of text.matchAll(/;;.*|[()]/g)) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0
    most = Math.max(most, depth)
  }
  return most
}

/** wabt's messages quote the text; the beginning says what is wrong. */
const MESSAGE_LENGTH = 400

/** The module of a text. An error is a defect of what wrote it, and names it. */
export const assemble =
  (name: string, text: string): TE.TaskEither<TensorError, WasmModule> =>
  async () => {
    try {
      return E.right(await webAssembly().compile(await assembled(name, text)))
    } catch (thrown) {
      return E.left(
        deviceError({
          where: name,
          expected: 'a text that assembles',
          found: `${messageOf(thrown).slice(0, MESSAGE_LENGTH)} (nested ${depthOf(text)} deep)`,
          hint: 'this is a defect of Crocuta; the device webasm runs it by other kernels',
        }),
      )
    }
  }
