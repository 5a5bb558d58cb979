/** What the threads of a device say to each other: words in the shared memory, and messages to workers. */
import { CONTROL } from '../../../kernels/simd/barrier.js'
import { COMMAND_ADDRESS, CONTROL_ADDRESS } from './memory.js'
import type { WasmMemory, WasmModule } from './webassembly.js'

/** Numbers of 32-bit words from the start of the memory. */
export const WORDS = {
  /** One more at each command. */
  command: COMMAND_ADDRESS / 4,
  /** The program to run, or LISTEN. */
  program: COMMAND_ADDRESS / 4 + 1,
  /** Workers that sleep until the next command, or are about to. */
  sleeping: COMMAND_ADDRESS / 4 + 2,
  /** Workers that are done with the last command. */
  done: COMMAND_ADDRESS / 4 + 3,
  meeting: (CONTROL_ADDRESS + CONTROL.meeting) / 4,
  failed: (CONTROL_ADDRESS + CONTROL.failed) / 4,
} as const
export const WORD_COUNT = CONTROL_ADDRESS + 32

/** Instead of a program: return to the event loop, for messages. */
export const LISTEN = 0

/** A program's schedule, and which kernels it imports by which number. */
export interface Schedule {
  readonly program: number
  readonly module: WasmModule
  /** Number in the program and number on the device. */
  readonly kernels: readonly (readonly [number, number])[]
  readonly globals: Readonly<Record<'base' | 'threads' | 'control' | 'wait', number>>
}

export type ToWorker =
  | { readonly kind: 'start'; readonly thread: number; readonly memory: WasmMemory; readonly spins: number }
  | {
      readonly kind: 'load'
      /** Modules by number on the device. */
      readonly kernels: readonly (readonly [number, WasmModule])[]
      readonly schedule: Schedule
      /** Programs that will not run again. */
      readonly forget: readonly number[]
    }
  /** Wait for commands after this one. */
  | { readonly kind: 'serve'; readonly command: number }

export type FromWorker =
  | { readonly kind: 'loaded'; readonly program: number; readonly error: string | null }
  | { readonly kind: 'failed'; readonly thread: number; readonly error: string }
