/** What each target can do: one row a target, measured (kernels/README.md) or stated by its specification. */
import type { GpujsTarget } from './program.js'

/** All targets that programs are compiled for. */
export type Target = GpujsTarget | 'simd'

export interface Capabilities {
  /** Buffers one kernel may read; gpu.js takes seven and one output on webgpu. */
  readonly inputs: number
  /** Bytes one buffer may have. */
  readonly bufferBytes: number
  /** Bytes all buffers of a program may have together. */
  readonly totalBytes: number
  /** A launch costs more than copying the operands and the result of a small kernel. */
  readonly stacks?: boolean
  /** See `Limits`. */
  readonly readsAnyOrder?: boolean
  /** A guard in a loop costs little, so that a convolution's border need not be stored. */
  readonly guardsLoops?: boolean
  /** See `Limits`. */
  readonly launchFlops?: number
  /** Kernels over the same rows run together, and what is between them is not stored: see `expandByRows` of an op. */
  readonly runsRows?: boolean
  /** Composites that are always kept whole: the target chooses their algorithm itself. */
  readonly keepsWhole?: readonly string[]
}

const MIB = 2 ** 20

export const CAPABILITIES: Readonly<Record<Target, Capabilities>> = {
  // One memory of WebAssembly, which ends before 4 GiB; a kernel's operands are parameters of a function.
  simd: {
    inputs: 32,
    bufferBytes: 2048 * MIB,
    totalBytes: 4032 * MIB,
    readsAnyOrder: true,
    guardsLoops: true,
    runsRows: true,
    keepsWhole: ['fftConv'],
  },
  cpu: { inputs: 16, bufferBytes: 2048 * MIB, totalBytes: 8192 * MIB },
  webasm: { inputs: 16, bufferBytes: 1024 * MIB, totalBytes: 3072 * MIB },
  // A launch takes gpu.js some 20 µs, in which a GPU of a laptop does tens of millions of operations.
  webgpu: {
    inputs: 7,
    bufferBytes: 128 * MIB,
    totalBytes: 4096 * MIB,
    stacks: true,
    readsAnyOrder: true,
    guardsLoops: true,
    launchFlops: 1e7,
  },
  webgl2: { inputs: 7, bufferBytes: 64 * MIB, totalBytes: 1024 * MIB },
}
