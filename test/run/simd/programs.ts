/** Programs for the simd device made by hand: kernels of one line, every buffer at a place of its own. */
import type { Features, SimdKernel } from '../../../kernels/simd/kernel.js'
import { addI32, get, mulI32, writer } from '../../../kernels/simd/writer.js'
import type { BufferRole } from '../../../src/compile/program.js'
import type { SimdLaunch, SimdProgram } from '../../../src/compile/simd/program.js'
import { scheduleText } from '../../../src/compile/simd/schedule-text.js'

/** Bytes of a buffer of so many elements, on cache lines of its own. */
const room = (length: number): number => Math.ceil((4 * length) / 64) * 64

const kernelOf = (name: string, text: string, units: number): SimdKernel => ({
  name,
  text,
  units,
  rowwise: true,
  grain: 1,
  scratchBytes: 0,
})

/** Each unit is one element: out[i] = expression of `$i`, where `read(input, index)` reads an element. */
export const elementKernel = (
  features: Features,
  name: string,
  length: number,
  inputs: number,
  expression: (i: string, read: (input: number, index: string) => string) => string,
): SimdKernel => {
  const w = writer(features)
  const i = w.local('i32', 'i')
  const read = (input: number, index: string): string =>
    `(f32.load ${addI32(get(`$in${input}`), mulI32(index, 4))})`
  w.loop(i, get('$begin'), get('$end'), 1, () => {
    w.line(`(f32.store ${addI32(get('$out'), mulI32(get(i), 4))} ${expression(get(i), read)})`)
  })
  return kernelOf(name, w.module(name, inputs), length)
}

/** out[i] = factor · x[i] + term */
export const affine = (features: Features, length: number, factor: number, term: number): SimdKernel =>
  elementKernel(
    features,
    `times ${factor} plus ${term}`,
    length,
    1,
    (i, read) => `(f32.add (f32.mul ${read(0, i)} (f32.const ${factor})) (f32.const ${term}))`,
  )

/** out[i] = x[length − 1 − i] + 1, so that what one thread wrote is read by another. */
export const reversed = (features: Features, length: number): SimdKernel =>
  elementKernel(
    features,
    'reversed plus 1',
    length,
    1,
    (i, read) => `(f32.add ${read(0, `(i32.sub (i32.const ${length - 1}) ${i})`)} (f32.const 1))`,
  )

/** Traps in the unit given. */
export const trapping = (features: Features, length: number, unit: number): SimdKernel =>
  elementKernel(
    features,
    'traps',
    length,
    1,
    (i, read) =>
      `(if (result f32) (i32.eq ${i} (i32.const ${unit})) (then (unreachable)) (else ${read(0, i)}))`,
  )

export interface Buffer {
  readonly length: number
  readonly role: BufferRole
}

export interface Launch {
  readonly kernel: SimdKernel
  readonly inputs: readonly number[]
  readonly output: number
}

export interface Extras {
  readonly constants?: ReadonlyMap<number, Float32Array>
  readonly carries?: SimdProgram['carries']
  /** Large enough for all threads unless told otherwise. */
  readonly flops?: number
  /** Units a thread takes at once. */
  readonly grain?: number
}

const numbersOf = (buffers: readonly Buffer[], wanted: BufferRole): readonly number[] =>
  buffers.flatMap(({ role }, i) => (role === wanted ? [i] : []))

export const programOf = (
  features: Features,
  buffers: readonly Buffer[],
  launches: readonly Launch[],
  { constants = new Map(), carries = [], flops = 1e9, grain = 7 }: Extras = {},
): SimdProgram => {
  const kernels = [...new Map(launches.map(({ kernel }) => [kernel.text, kernel])).values()]
  const tableBytes = room(buffers.length)
  const offsets = buffers.map((_, i) =>
    buffers.slice(0, i).reduce((sum, { length }) => sum + room(length), 0),
  )
  const arenaBytes = buffers.reduce((sum, { length }) => sum + room(length), 0)
  const scratchBytes = 64
  const steps = launches.map(({ kernel, inputs, output }): SimdLaunch => ({
    kind: 'launch',
    name: kernel.name,
    calls: [
      {
        kernel: kernels.findIndex(({ text }) => text === kernel.text),
        ratio: 1,
        output: { kind: 'buffer', buffer: output },
        inputs: inputs.map((buffer) => ({ kind: 'buffer', buffer })),
      },
    ],
    units: kernel.units,
    grain,
    scratchOffset: 0,
    scratchBytes: 0,
  }))
  return {
    target: 'simd',
    buffers: buffers.map((buffer, i) => ({ ...buffer, offset: offsets[i] ?? 0 })),
    kernels,
    steps,
    schedule: scheduleText(steps, tableBytes + arenaBytes, scratchBytes, features),
    tableBytes,
    arenaBytes,
    scratchBytes,
    constants,
    inputs: numbersOf(buffers, 'input'),
    outputs: numbersOf(buffers, 'output'),
    carries,
    flops,
    bytes: 0,
    peakBytes: tableBytes + arenaBytes + scratchBytes,
    launches: launches.length,
  }
}
