/** A program for one gpu.js target: plain data, every buffer placed, every kernel as source text. */

export type GpujsTarget = 'cpu' | 'webasm' | 'webgpu' | 'webgl2'

/**
 * One gpu.js kernel: the text of a plain function whose arguments are flat Float32Arrays. A thread makes one
 * number; the output's flat index is x + X · (y + Y · z), and trailing threads beyond the output are padding.
 */
export interface KernelSource {
  readonly name: string
  readonly source: string
  readonly threads: readonly [x: number, y: number, z: number]
  /** Element counts of the arguments, in order. */
  readonly inputs: readonly number[]
}

/**
 * input: written by the caller. constant: written once, when the program is loaded.
 * temporary: lives inside a run. output: readable after a run.
 */
export type BufferRole = 'input' | 'constant' | 'temporary' | 'output'

export interface BufferInfo {
  /** In elements of 4 bytes; a launch that makes a buffer of length 0 is skipped. */
  readonly length: number
  readonly role: BufferRole
  /** The slot the buffer lies in. Buffers with the same slot never live at once. */
  readonly storage: number
  readonly name?: string
}

/** Run kernel number `kernel` on buffers. The output is none of the inputs and shares storage with none. */
export interface Launch {
  readonly kernel: number
  readonly inputs: readonly number[]
  readonly output: number
}

export interface Program {
  readonly target: GpujsTarget
  readonly buffers: readonly BufferInfo[]
  readonly kernels: readonly KernelSource[]
  readonly launches: readonly Launch[]
  /** Values of the buffers with role constant. */
  readonly constants: ReadonlyMap<number, Float32Array>
  /** Buffers the caller writes, in the order of the traced function's arguments. */
  readonly inputs: readonly number[]
  /** Buffers the caller reads, in the order of the traced function's results. */
  readonly outputs: readonly number[]
  /** After a run the output buffer is the next run's input: parameters and optimiser state. */
  readonly carries: readonly (readonly [output: number, input: number])[]
  /** Floating-point operations of one run. */
  readonly flops: number
  /** Bytes read and written by one run's launches. */
  readonly bytes: number
  /** Bytes of the storage slots together. */
  readonly peakBytes: number
}
