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
  readonly kind: 'launch'
  readonly kernel: number
  readonly inputs: readonly number[]
  readonly output: number
}

/**
 * Copy `length` elements between two buffers that share no storage. They start at `start`, 0 if left out, and t times
 * the stride, where t is the place of the loop around the copy: 0 outside of loops.
 */
export interface Copy {
  readonly kind: 'copy'
  readonly from: number
  readonly to: number
  readonly length: number
  readonly fromStride: number
  readonly toStride: number
  readonly fromStart?: number
  readonly toStart?: number
}

/** Run the steps `length` times, at places 0, 1, …, or from the last to 0 in reverse. */
export interface Repeat {
  readonly kind: 'repeat'
  readonly length: number
  readonly reverse: boolean
  readonly steps: readonly ProgramStep[]
}

export type ProgramStep = Launch | Copy | Repeat

export interface Program {
  readonly target: GpujsTarget
  readonly buffers: readonly BufferInfo[]
  readonly kernels: readonly KernelSource[]
  readonly steps: readonly ProgramStep[]
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

/** The launches, those inside loops once. */
export const launchesOf = (steps: readonly ProgramStep[]): readonly Launch[] =>
  steps.flatMap((step) =>
    step.kind === 'launch' ? [step] : step.kind === 'repeat' ? launchesOf(step.steps) : [],
  )

/** How many launches a run makes. */
export const launchCount = (steps: readonly ProgramStep[]): number =>
  steps.reduce(
    (count, step) =>
      count +
      (step.kind === 'launch' ? 1 : step.kind === 'repeat' ? step.length * launchCount(step.steps) : 0),
    0,
  )

/** The places at which the steps of a loop run, in order. */
export const placesOf = ({ length, reverse }: Pick<Repeat, 'length' | 'reverse'>): readonly number[] =>
  Array.from({ length }, (_, turn) => (reverse ? length - 1 - turn : turn))
