/** The one memory of a device: regions for programs, grown when they need it. */
import * as E from 'fp-ts/lib/Either.js'
import { budgetError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { Region, Space } from './space.js'
import { emptySpace, give, take } from './space.js'
import type { WasmMemory } from './webassembly.js'
import { webAssembly } from './webassembly.js'

const PAGE = 65_536
const MIB = 2 ** 20
/** Kernels may read this far beyond an operand. */
const SLACK = 64
/** Addresses are 32 bits; some engines reserve all that may be asked for, and have less. */
const MOST_PAGES = [65_536, 32_768, 16_384]

/** Where the threads of a device meet; what lies below is never used. */
export const CONTROL_ADDRESS = 64
/** Where they are told what to run. */
export const COMMAND_ADDRESS = 128
const FIRST_FREE = 192

export interface DeviceMemory {
  readonly memory: WasmMemory
  /** A region for a program; what lies in it is anything. */
  readonly take: (bytes: number) => E.Either<TensorError, Region>
  readonly give: (region: Region) => void
  /** The numbers at an address, as long as the memory does not grow. */
  readonly floats: (address: number, length: number) => Float32Array
  readonly words: (address: number, length: number) => Int32Array
}

const reserve = (shared: boolean): readonly [WasmMemory, number] => {
  const { Memory } = webAssembly()
  for (const maximum of MOST_PAGES.slice(0, -1)) {
    try {
      return [new Memory({ initial: 1, maximum, shared }), maximum]
    } catch {
      // Fewer, then; if a program needs more, its error says what there is.
    }
  }
  const least = MOST_PAGES.at(-1) ?? 1
  return [new Memory({ initial: 1, maximum: least, shared }), least]
}

const tooMuch = (bytes: number, found: string): TensorError =>
  budgetError({
    where: 'device simd',
    expected: `room for ${(bytes / MIB).toFixed(1)} MiB more`,
    found,
    hint: 'use a smaller batch or remat, or destroy what is no longer used',
  })

/** Throws RangeError where the engine has no memory at all. */
export const openMemory = (shared: boolean): DeviceMemory => {
  const [memory, pages] = reserve(shared)
  const most = pages * PAGE - SLACK
  let space: Space = emptySpace({ start: FIRST_FREE, end: most - (most % SLACK) })
  const grow = (end: number): boolean => {
    const missing = Math.ceil((end + SLACK - memory.buffer.byteLength) / PAGE)
    if (missing <= 0) return true
    try {
      memory.grow(missing)
      return true
    } catch {
      return false
    }
  }
  return {
    memory,
    take: (bytes) => {
      const taken = take(space, bytes)
      if (taken === null)
        return E.left(
          tooMuch(bytes, `a memory of ${((pages * PAGE) / MIB).toFixed(0)} MiB that has no such gap`),
        )
      if (!grow(taken.region.end)) {
        const held = (memory.buffer.byteLength / MIB).toFixed(1)
        return E.left(tooMuch(bytes, `an engine that gives no more than ${held} MiB`))
      }
      space = taken.space
      return E.right(taken.region)
    },
    give: (region) => {
      space = give(space, region)
    },
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
    words: (address, length) => new Int32Array(memory.buffer, address, length),
  }
}
