/**
 * Devices: where a compiled graph runs. All of them offer the same few verbs; a program keeps its carried
 * state (parameters, optimiser state) on the device between runs.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Carry } from '../compile/emit.js'
import type { TensorError } from '../error/error.js'
import type { Graph } from '../ir/graph.js'

export const DEVICE_NAMES = ['simd', 'cpu', 'webasm', 'webgpu', 'webgl2', 'reference'] as const
export type DeviceName = (typeof DEVICE_NAMES)[number]

/** What a compiled graph costs, known before it runs; the interpreter knows none of it. */
export interface ProgramFacts {
  /** Floating-point operations of one run. */
  readonly flops: number
  /** Bytes its launches read and write. */
  readonly bytes: number
  /** Bytes of all buffers together, as planned. */
  readonly peakBytes: number
  readonly launches: number
  /** Distinct kernels among the launches. */
  readonly kernels: number
}

/** Where the time of all runs so far went, in milliseconds. */
export interface RunTimes {
  readonly runs: number
  readonly kernelMs: number
  readonly outsideMs: number
}

/** A graph ready to run on a device. */
export interface LoadedGraph {
  readonly facts: ProgramFacts
  /** Copies values of an input to the device. What the graph does not read is ignored. */
  readonly write: (name: string, data: Float32Array) => Either<TensorError, void>
  readonly run: TaskEither<TensorError, void>
  /** Copies a result, or the current value of a carried input, back. */
  readonly read: (name: string) => TaskEither<TensorError, Float32Array>
  readonly times: () => RunTimes
  /** Frees what the graph holds on the device; harmless when repeated. */
  readonly destroy: () => void
}

export interface LoadOptions {
  /** All inputs of the traced function, used or not. */
  readonly inputs: readonly string[]
  readonly carries: readonly Carry[]
}

export interface Device {
  readonly name: DeviceName
  /** One line for people: adapter, threads. */
  readonly description: string
  /** A GPU emulated by the processor: correct, but slower than the processor's own targets. */
  readonly isSoftware: boolean
  readonly load: (graph: Graph, options: LoadOptions) => TaskEither<TensorError, LoadedGraph>
  /** Frees everything; harmless when repeated. */
  readonly destroy: () => Promise<void>
}
