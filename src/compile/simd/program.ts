/** A program for the simd target: plain data, every buffer at its place in one memory, kernels as WebAssembly text. */
import type { SimdKernel } from '../../../kernels/simd/kernel.js'
import type { BufferRole } from '../program.js'

export interface SimdBuffer {
  /** In elements of 4 bytes. */
  readonly length: number
  readonly role: BufferRole
  /** Bytes from the start of the arena. */
  readonly offset: number
  readonly name?: string
}

/**
 * The region of one program in the memory, from an address `base` on that is aligned to 64:
 *
 *   table     the address of each buffer, 4 bytes each; carries swap entries between runs
 *   arena     the buffers, `arenaBytes`
 *   scratch   `scratchBytes` for each thread
 *
 * `schedule` is the text of a module that imports `env.memory` and, as i32 globals of `env`, `base`, `threads` and
 * `control` (64 bytes for its barrier and counters, all zero at first), and `env.wait` (1 where a thread may sleep
 * at a barrier, 0 where it must spin, as the main thread of a page), and `kernel.<number>`, the `run` of each kernel. It
 * exports `run(thread)`, which every thread calls once a run; all return when the run is done.
 */
export interface SimdProgram {
  readonly target: 'simd'
  readonly buffers: readonly SimdBuffer[]
  readonly kernels: readonly SimdKernel[]
  readonly schedule: string
  readonly tableBytes: number
  readonly arenaBytes: number
  readonly scratchBytes: number
  /** Values of the buffers with role constant, by number. */
  readonly constants: ReadonlyMap<number, Float32Array>
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly carries: readonly (readonly [output: number, input: number])[]
  readonly flops: number
  readonly bytes: number
  /** Arena and scratch of one thread. */
  readonly peakBytes: number
  /** Launches of one run. */
  readonly launches: number
}
