/** On simd the bits of a result depend neither on the number of threads nor on the run; and they are right at sizes of many chunks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'

const THREADS = [1, 2, 4] as const
/** Of the largest element of a result, against the interpreter. */
const RELATIVE = 1e-5

interface Program {
  readonly shapes: readonly (readonly number[])[]
  readonly of: (...x: Tensor[]) => Tensor
}

/** Sizes large enough that launches have several chunks, and none that divides evenly. */
const programs: Readonly<Record<string, Program>> = {
  'a chain of arithmetic': {
    shapes: [[70_003]],
    of: (x) => b.mul(b.sin(x), b.add(x, b.exp(b.neg(b.square(x))))),
  },
  'a sum of all': { shapes: [[517, 403]], of: (x) => b.sum(b.mul(x, x), [0, 1]) },
  'sums of columns': { shapes: [[1033, 67]], of: (x) => b.sum(x, [0]) },
  'a matrix product': {
    shapes: [
      [301, 171],
      [171, 193],
    ],
    of: (x, y) => b.matmul(x, y),
  },
  'a batch of products': {
    shapes: [
      [12, 65, 33],
      [12, 33, 47],
    ],
    of: (x, y) => b.gelu(b.matmul(x, y)),
  },
  'a layer norm': {
    shapes: [[701, 129], [129], [129]],
    of: (x, scale, shift) => b.layerNorm(x, scale, shift, 1e-5),
  },
  'a softmax of columns': { shapes: [[333, 257]], of: (x) => b.softmax(x, 0) },
  attention: {
    shapes: [
      [6, 77, 20],
      [6, 91, 20],
      [6, 91, 20],
    ],
    of: (q, k, v) => b.attention(q, k, v, 0.2),
  },
  'a long convolution, directly': {
    shapes: [
      [5, 13, 11, 22],
      [1, 13, 11, 22],
    ],
    of: (x, k) => b.fftConv({ axes: [1, 2], mode: 'causal', sumOver: [] }, x, k),
  },
  'a long convolution by spectra': {
    shapes: [
      [3, 300, 21],
      [1, 300, 21],
    ],
    of: (x, k) => b.fftConv({ axes: [1], mode: 'causal', sumOver: [] }, x, k),
  },
  'a loop': {
    shapes: [[24, 90, 40]],
    of: (x) => b.cumsum(b.mul(x, x), 0),
  },
}

const inputsOf = (shapes: readonly (readonly number[])[]): readonly Tensor[] =>
  shapes.map((shape, i) => inputTensor(`x${i}`, shape, 'f32'))

/** Numbers between −1 and 1 that do not cancel each other as those of a wave do. */
const noise = (size: number, seed: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => (((i + 17 * seed) * 7919 + i * i) % 2003) / 1001.5 - 1)

/** The value and the gradients of all operands. */
const graphOf = ({ shapes, of }: Program) => {
  const inputs = inputsOf(shapes).map((input) => b.identity(input))
  const y = of(...inputs)
  const cotangent = b.table(noise(sizeOf(y.shape), 5), y.shape.map(Number))
  const gradients = pullBack([y], [cotangent], inputs)
  return toGraph([y, ...gradients].map((tensor, i) => ({ name: `${i}`, tensor })))
}

const bindingsOf = (shapes: Program['shapes']) =>
  Object.fromEntries(shapes.map((shape, i) => [`x${i}`, { shape, data: noise(sizeOf(shape), i) }]))

const bytesOf = (values: Float32Array = new Float32Array()): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength)

describe('simd', () => {
  const devices: Device[] = []
  beforeAll(async () => {
    for (const threads of THREADS) devices.push(expectRight(await openDevice('simd', { threads })()))
  })
  afterAll(() => Promise.all(devices.map((device) => device.destroy())))

  test.each(Object.entries(programs))(
    '%s has the same bits with 1, 2 and 4 threads, and again, and they are right',
    async (_, program) => {
      const [graph, bindings] = [graphOf(program), bindingsOf(program.shapes)]
      const found: ReadonlyMap<string, Float32Array>[] = []
      for (const device of [...devices, ...devices]) found.push(await runOn(device, { graph, bindings }))
      for (const [name, { data }] of interpret(graph, bindings)) {
        const [values = new Float32Array(), ...others] = found.map((results) => results.get(name))
        for (const other of others) expect(bytesOf(other).equals(bytesOf(values))).toBe(true)
        const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - (values[i] ?? Number.NaN))), 0)
        const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        expect(largest).toBeGreaterThan(0)
        expect(worst).toBeLessThanOrEqual(RELATIVE * largest)
      }
    },
  )
})
