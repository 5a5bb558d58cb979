/** A program for the simd target: plain data, every buffer at its place in one memory, kernels as WebAssembly text. */
import type { SimdKernel } from '../../../kernels/simd/kernel.js'
import type { PlanKernel } from '../plan.js'
import type { BufferRole } from '../program.js'

export interface SimdBuffer {
  /** In elements of 4 bytes. */
  readonly length: number
  readonly role: BufferRole
  /** Bytes from the start of the arena. */
  readonly offset: number
  readonly name?: string
}

/** What a kernel reads or writes: a buffer, or rows of memory that only the calls of one chunk see. */
export type Operand =
  | { readonly kind: 'buffer'; readonly buffer: number }
  /** `offset` bytes into the thread's scratch; a unit of the launch has `unitBytes`. */
  | { readonly kind: 'local'; readonly offset: number; readonly unitBytes: number }

/** One kernel within a launch, which does `ratio` units of its own for each unit of the launch. */
export interface Call {
  readonly kernel: number
  readonly output: Operand
  readonly inputs: readonly Operand[]
  readonly ratio: number
  /** What the plan says of it, for a profile; a call that no plan has made says nothing. */
  readonly work?: Pick<PlanKernel, 'skeleton' | 'flops'>
}

/** Kernels that run one after the other over the same rows, chunk by chunk of `grain` units, on all threads. */
export interface SimdLaunch {
  readonly kind: 'launch'
  readonly name: string
  readonly calls: readonly Call[]
  readonly units: number
  readonly grain: number
  /** Where in the thread's scratch the kernels' own memory begins, behind what is local. */
  readonly scratchOffset: number
  /** Bytes from there on that the kernels work in. */
  readonly scratchBytes: number
}

/** Copies `length` elements between buffers that begin at t times the stride, t the place of the loop around. */
export interface SimdCopy {
  readonly kind: 'copy'
  readonly from: number
  readonly to: number
  readonly length: number
  readonly fromStride: number
  readonly toStride: number
}

export interface SimdRepeat {
  readonly kind: 'repeat'
  readonly length: number
  readonly reverse: boolean
  readonly steps: readonly SimdStep[]
}

export type SimdStep = SimdLaunch | SimdCopy | SimdRepeat

/**
 * The region of one program in the memory, from an address `base` on that is aligned to 64:
 *
 *   table     the address of each buffer, 4 bytes each; carries swap entries between runs
 *   arena     the buffers, `arenaBytes`
 *   scratch   `scratchBytes` for each thread
 *
 * `schedule` is the text of a module that imports `env.memory` and, as i32 globals of `env`, `base`, `threads` and
 * `control` (64 bytes for its barrier and counters, all zero at first), and `env.wait` (turns a thread spins at a
 * barrier before it sleeps; 0 where it may not sleep, as the main thread of a page), and `kernel.<number>`, the `run` of each kernel. It
 * exports `run(thread)`, which every thread calls once a run; all return when the run is done.
 */
export interface SimdProgram {
  readonly target: 'simd'
  readonly buffers: readonly SimdBuffer[]
  readonly kernels: readonly SimdKernel[]
  readonly steps: readonly SimdStep[]
  readonly schedule: string
  readonly tableBytes: number
  readonly arenaBytes: number
  readonly scratchBytes: number
  /** Values of the buffers with role constant, by number. */
  readonly constants: ReadonlyMap<number, Float32Array>
  /** Buffers the caller writes, in the order of the traced function's arguments; −1 where it is not read. */
  readonly inputs: readonly number[]
  /** Buffers the caller reads, in the order of the traced function's results. */
  readonly outputs: readonly number[]
  /** After a run the output buffer is the next run's input. */
  readonly carries: readonly (readonly [output: number, input: number])[]
  readonly flops: number
  readonly bytes: number
  /** Table, arena and the scratch of one thread. */
  readonly peakBytes: number
  /** Launches of one run, those inside loops as often as they run. */
  readonly launches: number
}
