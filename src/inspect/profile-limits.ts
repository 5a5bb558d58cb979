/** The machine's limits for a simd program (Williams, Waterman and Patterson 2009), measured by two kernels of our own. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Features, SimdKernel } from '../../kernels/simd/kernel.js'
import { addI32, get, i32, mulI32, multiplyAdd, splat, writer } from '../../kernels/simd/writer.js'
import type { SimdLaunch } from '../compile/simd/program.js'
import type { TensorError } from '../error/error.js'
import type { SimdDevice } from '../run/simd/driver.js'
import type { Source } from './profile-part.js'
import type { Clock } from './profile-time.js'
import { timeOfStep } from './profile-time.js'

export interface Bandwidth {
  /** 10⁹ bytes a second, read and written: y = x, and y = s·x + z. */
  readonly copy: number
  readonly triad: number
}

/** Of all threads together. */
export interface Limits {
  /** 10⁹ operations a second of multiply-adds over registers, two each. */
  readonly gflops: number
  /** Operands of 64 MB together. */
  readonly memory: Bandwidth
  /** Operands of 1 MB for each thread, which its core's cache holds. */
  readonly cache: Bandwidth
}

export const MEMORY_BYTES = 64e6
/** For each thread. */
export const CACHE_BYTES = 1e6

const LANES = 4
const UNITS = 64
const TURNS = 10_000
/** Sums under way: enough for two multiply-adds a cycle that take four cycles each, and few enough for 16 registers. */
const SUMS = 12
/** Bytes of one unit of a stream, and vectors. */
const [LINE, VECTOR] = [64, 16]

const peakKernel = (features: Features): SimdKernel => {
  const w = writer(features)
  const [x, y] = [w.let('v128', 'x', splat(0.5)), w.let('v128', 'y', splat(1.25))]
  const sums = Array.from({ length: SUMS }, () => w.local('v128', 'sum'))
  const [unit, turn] = [w.local('i32', 'unit'), w.local('i32', 'turn')]
  w.loop(unit, get('$begin'), get('$end'), 1, () => {
    sums.forEach((sum, i) => w.line(`(local.set ${sum} ${splat(i)})`))
    w.loop(turn, i32(0), i32(TURNS), 1, () => {
      for (const sum of sums) {
        // In two instructions x · y would be the same for all sums, and computed once.
        const next = features.relaxed
          ? multiplyAdd(features, x, y, get(sum))
          : multiplyAdd(features, get(sum), x, y)
        w.line(`(local.set ${sum} ${next})`)
      }
    })
    const total = sums.map(get).reduce((a, b) => `(f32x4.add ${a} ${b})`)
    w.line(`(v128.store ${addI32(get('$out'), mulI32(get(unit), VECTOR))} ${total})`)
  })
  return streamOf('multiply-add', w.module('multiply-add', 0), UNITS)
}

const streamOf = (name: string, text: string, units: number): SimdKernel => ({
  name,
  text,
  units,
  rowwise: true,
  grain: 1,
  scratchBytes: 0,
})

/** Of one operand a copy; of two the first times a number, and the second. */
const streamKernel = (features: Features, operands: 1 | 2, units: number): SimdKernel => {
  const w = writer(features)
  const scale = w.let('v128', 'scale', splat(0.75))
  const [unit, offset] = [w.local('i32', 'unit'), w.local('i32', 'offset')]
  const load = (input: number, at: number): string =>
    `(v128.load offset=${at} ${addI32(get(`$in${input}`), get(offset))})`
  w.loop(unit, get('$begin'), get('$end'), 1, () => {
    w.line(`(local.set ${offset} ${mulI32(get(unit), LINE)})`)
    for (let at = 0; at < LINE; at += VECTOR) {
      const value = operands === 1 ? load(0, at) : multiplyAdd(features, load(0, at), scale, load(1, at))
      w.line(`(v128.store offset=${at} ${addI32(get('$out'), get(offset))} ${value})`)
    }
  })
  const name = operands === 1 ? 'copy' : 'triad'
  return streamOf(name, w.module(name, operands), units)
}

/** One launch of a kernel over buffers of `length` elements each, the result last. */
const launchOf = (kernel: SimdKernel, inputs: number, length: number): readonly [Source, SimdLaunch] => {
  const operand = (buffer: number) => ({ kind: 'buffer' as const, buffer })
  const operands = Array.from({ length: inputs }, (_, i) => operand(i))
  const buffers = [...operands, 0].map(() => ({ length, role: 'temporary' as const, offset: 0 }))
  return [
    // Work enough that every thread is woken.
    { kernels: [kernel], buffers, constants: new Map(), flops: 1e9, bytes: 1e9 },
    {
      kind: 'launch',
      name: kernel.name,
      calls: [{ kernel: 0, output: operand(inputs), inputs: operands, ratio: 1 }],
      units: kernel.units,
      grain: Math.ceil(kernel.units / UNITS),
      scratchOffset: 0,
      scratchBytes: 0,
    },
  ]
}

const peak = (device: SimdDevice, clock: Clock): TE.TaskEither<TensorError, number> => {
  const flops = 2 * LANES * SUMS * TURNS * UNITS
  return pipe(
    timeOfStep(
      device,
      ...launchOf(peakKernel(device.features), 0, UNITS * LANES),
      { flops, bytes: 0 },
      clock,
    ),
    TE.map((ms) => flops / ms / 1e6),
  )
}

/** 10⁹ bytes a second of a stream whose operands have `total` bytes together. */
const stream = (
  device: SimdDevice,
  operands: 1 | 2,
  total: number,
  clock: Clock,
): TE.TaskEither<TensorError, number> => {
  const units = Math.floor(total / (operands + 1) / LINE)
  const bytes = (operands + 1) * units * LINE
  const [source, launch] = launchOf(
    streamKernel(device.features, operands, units),
    operands,
    (units * LINE) / 4,
  )
  return pipe(
    timeOfStep(device, source, launch, { flops: 0, bytes }, clock),
    TE.map((ms) => bytes / ms / 1e6),
  )
}

const bandwidth = (device: SimdDevice, total: number, clock: Clock): TE.TaskEither<TensorError, Bandwidth> =>
  pipe(
    TE.Do,
    TE.bind('copy', () => stream(device, 1, total, clock)),
    TE.bind('triad', () => stream(device, 2, total, clock)),
  )

/** Measures what the threads of a device can do at most. Errors: those of the device. */
export const measureLimits = (device: SimdDevice, clock: Clock): TE.TaskEither<TensorError, Limits> =>
  pipe(
    TE.Do,
    TE.bind('gflops', () => peak(device, clock)),
    TE.bind('memory', () => bandwidth(device, MEMORY_BYTES, clock)),
    TE.bind('cache', () => bandwidth(device, CACHE_BYTES * device.threads, clock)),
  )
