import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { countParameters } from '../../src/nn/count.js'
import { s4Kernel } from '../../src/nn/s4-kernel.js'
import { completeOptions } from '../../src/nn/s4-options.js'
import type { S4KernelOptions } from '../../src/nn/s4-options.js'
import { s4nd } from '../../src/nn/s4nd.js'
import type { NdArray } from '../../src/op/def.js'
import { evaluate } from '../../src/run/reference.js'
import type { Shape } from '../../src/shape/dim.js'
import { asTensor, numbers } from '../support/nn-values.js'

const f32 = (values: NdArray): Tensor<Shape, 'f32'> => asTensor(values) as Tensor<Shape, 'f32'>

type Complex = readonly [re: number, im: number]
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c]
const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d]
const over = (x: Complex, [c, d]: Complex): Complex => times(x, [c / (c * c + d * d), -d / (c * c + d * d)])

/** x ← Ā x + B̄ u and y = 2 Re(C x) for one state of a diagonal system, u an impulse: y of each step. */
const recurrence = (
  disc: 'zoh' | 'bilinear',
  step: number,
  lambda: Complex,
  b: Complex,
  c: Complex,
  length: number,
): readonly number[] => {
  const [x, y] = [step * lambda[0], step * lambda[1]]
  const exponential: Complex = [Math.exp(x) * Math.cos(y), Math.exp(x) * Math.sin(y)]
  const below: Complex = [1 - x / 2, -y / 2]
  const matrix = disc === 'zoh' ? exponential : over([1 + x / 2, y / 2], below)
  const input =
    disc === 'zoh'
      ? over(times(b, plus(exponential, [-1, 0])), lambda)
      : over([step * b[0], step * b[1]], below)
  const outputs: number[] = []
  let state: Complex = [0, 0]
  for (let l = 0; l < length; l++) {
    state = plus(times(matrix, state), l === 0 ? input : [0, 0])
    outputs.push(2 * times(c, state)[0])
  }
  return outputs
}

describe("S4's kernel", () => {
  it('is its recurrence, for diagonal matrices', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<'zoh' | 'bilinear'>('zoh', 'bilinear'),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom([1, 3], [3, 3], [2, 4]),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (discretisation, half, [systems = 1, channels = 1], length, seed) => {
          const options = completeOptions(
            { states: 2 * half, systems, matrix: 'diagonal', discretisation, start: 'lin' },
            channels,
          )
          const random = (shape: readonly number[], at: number) => numbers(shape, seed + at)
          const [step, decay, frequency] = [
            random([channels], 1),
            random([systems, half], 2),
            random([systems, half], 3),
          ]
          const [input, output] = [random([systems, half, 2], 4), random([1, channels, half, 2], 5)]
          const made = s4Kernel(options, length, 1, channels).apply(
            {
              params: {
                step: f32(step),
                decay: f32(decay),
                frequency: f32(frequency),
                input: f32(input),
                output: f32(output),
              },
              state: {},
            },
            {},
            { mode: 'evaluate' },
          )
          const [found] = evaluate([made.y])
          const value = (data: Float64Array, i: number): number => data[i] ?? Number.NaN
          for (let h = 0; h < channels; h++) {
            const s = h % systems
            const states = Array.from({ length: half }, (_, n) => {
              const at = s * half + n
              const pair = (data: Float64Array, i: number): Complex => [
                value(data, 2 * i),
                value(data, 2 * i + 1),
              ]
              const lambda: Complex = [-Math.exp(value(decay.data, at)), -value(frequency.data, at)]
              const step0 = Math.exp(value(step.data, h))
              return recurrence(
                discretisation,
                step0,
                lambda,
                pair(input.data, at),
                pair(output.data, h * half + n),
                length,
              )
            })
            for (let l = 0; l < length; l++)
              expect(found?.data[l * channels + h]).toBeCloseTo(
                states.reduce((sum, outputs) => sum + (outputs[l] ?? Number.NaN), 0),
                9,
              )
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('S4ND', () => {
  it('has C + axes · (C + 2·C·(N/2)·2 + 2·3·(N/2)·systems) parameters', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 2, 6),
        (axes, half, systems) => {
          const grid = Array.from({ length: axes }, () => 3)
          const layer = s4nd({ states: 2 * half, systems })(inputTensor('x', ['batch', ...grid, 6], 'f32'))
          expect(countParameters(layer)).toBe(6 + axes * (6 + 2 * 6 * half * 2 + 2 * 3 * half * systems))
        },
      ),
    )
  })

  it('gives as many channels as it takes, or more results of each', () => {
    const x = inputTensor('x', ['batch', 4, 5, 6], 'f32')
    expect(s4nd({ states: 2 })(x).output.shape).toEqual(['batch', 4, 5, 6])
    expect(s4nd({ states: 2, channels: 2 })(x).output.shape).toEqual(['batch', 4, 5, 12])
  })

  it.each<[S4KernelOptions, string]>([
    [{ states: 3 }, 's4nd: states'],
    [{ systems: 4 }, 's4nd: systems'],
    [{ steps: [0.1, 0.01] }, 's4nd: steps'],
    [{ discretisation: 'zoh' }, 's4nd: discretisation'],
    [{ start: 'lin' }, 's4nd: start'],
    [{ matrix: 'diagonal', rank: 2 }, 's4nd: rank'],
    [{ rate: 0 }, 's4nd: rate'],
  ])('%j is refused by name', (options, where) => {
    expect(() => s4nd(options)(inputTensor('x', ['batch', 4, 6], 'f32'))).toThrow(where)
  })
})
