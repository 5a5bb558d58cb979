import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { valueAndGrad } from '../../src/grad/vjp.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { batchNorm } from '../../src/nn/batch-norm.js'
import type { BatchNormOptions } from '../../src/nn/batch-norm.js'
import { distinctParameters } from '../../src/nn/parameter.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { asTensor, numbers } from '../support/nn-values.js'

interface Running {
  readonly mean: readonly number[]
  readonly variance: readonly number[]
  readonly batches: number
}

const input = (shape: readonly (number | 'batch')[]) =>
  inputTensor('x', shape, 'f32') as Tensor<readonly [...number[], number], 'f32'>

const sizes = fc.record({
  batch: fc.integer({ min: 2, max: 4 }),
  grid: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
  epsilon: fc.constantFrom(1e-5, 0.1),
  momentum: fc.constantFrom(0.1, 0.5, 1, null),
})

const columns = ({ shape, data }: NdArray): readonly (readonly number[])[] => {
  const channels = shape.at(-1) ?? 1
  return Array.from({ length: channels }, (_, c) => [...data].filter((__, i) => i % channels === c))
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** What training does, written out: the values, and the running statistics after the batch. */
const trained = (x: NdArray, scale: NdArray, shift: NdArray, before: Running, options: BatchNormOptions) => {
  const { epsilon = 1e-5, momentum = 0.1 } = options
  const by = columns(x)
  const means = by.map(meanOf)
  const squares = by.map((values, c) =>
    values.reduce((sum, value) => sum + (value - (means[c] ?? 0)) ** 2, 0),
  )
  const count = by[0]?.length ?? 1
  const weight = momentum ?? 1 / (before.batches + 1)
  const moved = (old: readonly number[], now: readonly number[]) =>
    old.map((value, c) => (1 - weight) * value + weight * (now[c] ?? Number.NaN))
  return {
    y: [...x.data].map((value, i) => {
      const c = i % means.length
      const rate = 1 / Math.sqrt((squares[c] ?? 0) / count + epsilon)
      return (value - (means[c] ?? 0)) * rate * (scale.data[c] ?? 0) + (shift.data[c] ?? 0)
    }),
    running: {
      mean: moved(before.mean, means),
      variance: moved(
        before.variance,
        squares.map((square) => square / (count - 1)),
      ),
      batches: before.batches + 1,
    },
  }
}

const close = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9): void => {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(expected[i] ?? 0)),
    )
}

const train = { mode: 'train', key: keyFromSeed(0) } as const

const parametersOf = (channels: number) => ({
  scale: asTensor(numbers([channels], 5)) as Tensor<readonly [number], 'f32'>,
  shift: asTensor(numbers([channels], 6)) as Tensor<readonly [number], 'f32'>,
})

describe('batch normalisation', () => {
  it('trains by the statistics of the batch, and keeps running ones over several batches', () => {
    fc.assert(
      fc.property(sizes, ({ batch, grid, channels, ...options }) => {
        const made = batchNorm(options)(input(['batch', ...grid, channels]))
        const params = parametersOf(channels)
        let running: Running = {
          mean: Array.from({ length: channels }, () => 0),
          variance: Array.from({ length: channels }, () => 1),
          batches: 0,
        }
        let { state } = made.init(keyFromSeed(0))
        for (const seed of [1, 2, 3]) {
          const x = numbers([batch, ...grid, channels], seed)
          const applied = made.apply({ params, state }, asTensor(x) as typeof made.input, train)
          const expected = trained(x, numbers([channels], 5), numbers([channels], 6), running, options)
          const [y, mean, variance, batches] = evaluate([
            applied.y,
            applied.state.mean,
            applied.state.variance,
            applied.state.batches,
          ])
          close(y?.data ?? [], expected.y)
          close(mean?.data ?? [], expected.running.mean)
          close(variance?.data ?? [], expected.running.variance)
          expect([...(batches?.data ?? [])]).toEqual([expected.running.batches])
          running = expected.running
          state = {
            mean: asTensor(mean ?? x) as typeof state.mean,
            variance: asTensor(variance ?? x) as typeof state.variance,
            batches: build.constant(running.batches) as typeof state.batches,
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('evaluates by the running statistics, and leaves them', () => {
    fc.assert(
      fc.property(sizes, ({ batch, grid, channels, ...options }) => {
        const made = batchNorm(options)(input(['batch', ...grid, channels]))
        const x = numbers([batch, ...grid, channels], 1)
        const mean = numbers([channels], 2)
        const variance = { shape: [channels], data: numbers([channels], 3).data.map((v) => v + 1.5) }
        const state = {
          mean: asTensor(mean) as Tensor<readonly [number], 'f32'>,
          variance: asTensor(variance) as Tensor<readonly [number], 'f32'>,
          batches: build.constant(4) as Tensor<readonly [], 'f32'>,
        }
        const applied = made.apply(
          { params: parametersOf(channels), state },
          asTensor(x) as typeof made.input,
          {
            mode: 'evaluate',
          },
        )
        expect(applied.state).toBe(state)
        const [scale, shift] = [numbers([channels], 5).data, numbers([channels], 6).data]
        const expected = [...x.data].map((value, i) => {
          const c = i % channels
          const rate = 1 / Math.sqrt((variance.data[c] ?? 0) + options.epsilon)
          return (value - (mean.data[c] ?? 0)) * rate * (scale[c] ?? 0) + (shift[c] ?? 0)
        })
        close(evaluate([applied.y])[0]?.data ?? [], expected)
      }),
      { numRuns: 30 },
    )
  })

  it.each(['train', 'evaluate'] as const)('%s: gradients agree with finite differences', (mode) => {
    const made = batchNorm({ epsilon: 0.1 })(input(['batch', 2, 2]))
    const x = numbers([3, 2, 2], 1)
    const g = numbers([3, 2, 2], 7)
    const { state } = made.init(keyFromSeed(0))
    const loss = (at: { readonly x: Tensor; readonly scale: Tensor; readonly shift: Tensor }) => {
      const params = { scale: at.scale, shift: at.shift } as ReturnType<typeof parametersOf>
      const run = mode === 'train' ? train : { mode }
      const { y } = made.apply({ params, state }, at.x as typeof made.input, run)
      return build.sum(build.mul(y, asTensor(g)), [0, 1, 2]) as Tensor<readonly [], 'f32'>
    }
    const values = { x, scale: numbers([2], 5), shift: numbers([2], 6) }
    const names = ['x', 'scale', 'shift'] as const
    const { gradient } = valueAndGrad(loss)({
      x: asTensor(values.x),
      scale: asTensor(values.scale),
      shift: asTensor(values.shift),
    })
    const numberAt = (name: string, i: number, change: number): number => {
      const of = (which: (typeof names)[number]): Tensor => {
        const { shape, data } = values[which]
        return asTensor({ shape, data: data.map((v, j) => (which === name && j === i ? v + change : v)) })
      }
      return (
        evaluate([loss({ x: of('x'), scale: of('scale'), shift: of('shift') })])[0]?.data[0] ?? Number.NaN
      )
    }
    for (const name of names) {
      const found = evaluate([gradient[name]])[0]?.data ?? new Float64Array()
      const expected = Array.from(
        found,
        (_, i) => (numberAt(name, i, 1e-5) - numberAt(name, i, -1e-5)) / 2e-5,
      )
      close(found, expected, 1e-7)
    }
  })

  it('declares parameters that are not decayed', () => {
    const specs = distinctParameters(batchNorm()(input(['batch', 4, 3])).parameters)
    expect(specs.map(({ path, leaf }) => [path, leaf.shape, leaf.decay])).toEqual([
      ['scale', [3], false],
      ['shift', [3], false],
    ])
  })

  it('refuses options out of range, and training on a single element', () => {
    const refused = (options: BatchNormOptions) => attempt(() => batchNorm(options)(input(['batch', 2])))
    expect(refused({ epsilon: 0 })).toMatchObject({ left: { where: 'batchNorm: epsilon' } })
    expect(refused({ epsilon: Number.NaN })).toMatchObject({ left: { where: 'batchNorm: epsilon' } })
    expect(refused({ momentum: 1.5 })).toMatchObject({ left: { where: 'batchNorm: momentum' } })
    const made = batchNorm()(input(['batch', 2]))
    const variables = made.init(keyFromSeed(0))
    expect(
      attempt(() => made.apply(variables, asTensor(numbers([1, 2], 1)) as typeof made.input, train)),
    ).toMatchObject({ left: { _tag: 'ShapeError', where: 'batchNorm' } })
  })
})
