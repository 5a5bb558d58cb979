import { emitKernel } from '../../kernels/gpujs/emit-kernel.js'
import type { BufferInfo, GpujsTarget, Launch, Program } from '../../src/compile/program.js'
import type { BinaryFn, Index, IndexTerm, Scalar, ScalarKernel, UnaryFn } from '../../src/ir/scalar.js'

/** Short spellings of scalar expressions, and one-kernel programs around them. */

export const axis = (number: number, size: number): Index => ({ kind: 'axis', axis: number, size })
export const loop = (number: number, size: number): Index => ({ kind: 'loop', loop: number, size })
export const sum = (constant: number, ...terms: readonly IndexTerm[]): Index => ({
  kind: 'sum',
  constant,
  terms,
})
export const quotient = (index: Index, divisor: number): Index => ({ kind: 'quotient', index, divisor })
export const remainder = (index: Index, divisor: number): Index => ({ kind: 'remainder', index, divisor })
export const constant = (value: number): Scalar => ({ kind: 'const', value })
export const read = (input: number, index: Index): Scalar => ({ kind: 'read', input, index })
export const unary = (fn: UnaryFn, x: Scalar): Scalar => ({ kind: 'unary', fn, x })
export const binary = (fn: BinaryFn, x: Scalar, y: Scalar): Scalar => ({ kind: 'binary', fn, x, y })
export const asNumber = (index: Index): Scalar => ({ kind: 'index', index })

/** A kernel without a loop. */
export const mapKernel = (
  shape: readonly number[],
  body: Scalar,
  inputs: readonly number[],
): ScalarKernel => ({
  name: 'map',
  shape,
  loops: [],
  combine: null,
  body,
  epilogue: null,
  inputs,
})

export const sizeOf = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1)

/** out[m, n] = Σk a[m, k] · b[k, n]. */
export const contraction = (m: number, k: number, n: number): ScalarKernel => ({
  name: 'contraction',
  shape: [m, n],
  loops: [{ size: k }],
  combine: 'sum',
  body: binary(
    'mul',
    read(0, sum(0, [k, axis(0, m)], [1, loop(0, k)])),
    read(1, sum(0, [n, loop(0, k)], [1, axis(1, n)])),
  ),
  epilogue: null,
  inputs: [m * k, k * n],
})

/** A step of a program under construction: a kernel, the buffers it reads, the buffer it makes. */
export interface Step {
  readonly kernel: ScalarKernel
  readonly inputs: readonly number[]
  readonly output: number
}

/** A program over buffers that each have storage of their own. */
export const programOf = (
  target: GpujsTarget,
  buffers: readonly Omit<BufferInfo, 'storage'>[],
  steps: readonly Step[],
  rest: Partial<Pick<Program, 'carries' | 'constants'>> = {},
): Program => ({
  target,
  buffers: buffers.map((buffer, storage) => ({ ...buffer, storage })),
  kernels: steps.map(({ kernel }) => emitKernel(target, kernel)),
  steps: steps.map(({ inputs, output }, kernel): Launch => ({ kind: 'launch', kernel, inputs, output })),
  constants: rest.constants ?? new Map(),
  inputs: buffers.flatMap(({ role }, i) => (role === 'input' ? [i] : [])),
  outputs: buffers.flatMap(({ role }, i) => (role === 'output' ? [i] : [])),
  carries: rest.carries ?? [],
  flops: 0,
  bytes: 0,
  peakBytes: 4 * buffers.reduce((all, { length }) => all + length, 0),
})

/** A program of one kernel from its inputs to one output. */
export const kernelProgram = (target: GpujsTarget, kernel: ScalarKernel): Program =>
  programOf(
    target,
    [
      ...kernel.inputs.map((length) => ({ length, role: 'input' as const })),
      { length: sizeOf(kernel.shape), role: 'output' as const },
    ],
    [{ kernel, inputs: kernel.inputs.map((_, i) => i), output: kernel.inputs.length }],
  )

/** Deterministic values between −1 and 1, of no pattern that an index mistake would keep. */
export const values = (length: number, seed = 1): Float32Array =>
  Float32Array.from(
    { length },
    (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * Math.cos(i * i * 0.013 + seed),
  )

/** ‖a − b‖∞ / ‖b‖∞, the project's distance of tensors. */
export const distance = (found: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  let most = 0
  let scale = 0
  for (let i = 0; i < wanted.length; i += 1) {
    const [a, b] = [found[i] ?? NaN, wanted[i] ?? NaN]
    if (Object.is(a, b) || a === b) continue
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity
    most = Math.max(most, Math.abs(a - b))
    scale = Math.max(scale, Math.abs(b))
  }
  return found.length === wanted.length ? most / Math.max(scale, 1e-30) : Infinity
}
