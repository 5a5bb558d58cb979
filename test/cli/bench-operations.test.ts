import { describe, it } from 'vitest'
import {
  attentionGradients,
  attentionScores,
  elementwiseChain,
  geluOf,
  layerNormGradients,
  layerNormOf,
  longConvolution,
  longConvolutionGradients,
  matrixProduct,
  softmaxOf,
} from '../../src/cli/bench/operations.js'
import { gaussian } from '../../src/cli/bench/values.js'
import type { Work } from '../../src/cli/bench/work.js'
import { constantValues } from '../../src/op/leaf/constant.js'
import { openDevice } from '../../src/run/open-device.js'
import { expectNear } from '../support/close.js'
import { expectRight } from '../support/gpu-environment.js'
import { erf } from '../support/scalar-meaning.js'

/** Every operation against its formula, in float64, at small sizes. */

type Numbers = readonly number[]

const drawn = (seed: number, size: number, deviation = 1): Numbers => [
  ...(constantValues(gaussian(seed, [size], deviation)) ?? []),
]
const at = (x: Numbers, i: number): number => x[i] ?? Number.NaN
const range = (size: number): Numbers => Array.from({ length: size }, (_, i) => i)
const total = (size: number, term: (i: number) => number): number =>
  range(size).reduce((sum, i) => sum + term(i), 0)

/** Central differences of a function of several arrays, of each array by each of its elements. */
const differences = (
  args: readonly Numbers[],
  f: (...args: readonly Numbers[]) => number,
): readonly Numbers[] =>
  args.map((array, which) =>
    array.map((_, i) => {
      const h = 1e-4
      const moved = (by: number): number =>
        f(...args.map((x, k) => (k === which ? x.map((value, j) => (j === i ? value + by : value)) : x)))
      return (moved(h) - moved(-h)) / (2 * h)
    }),
  )
const dot = (x: Numbers, y: Numbers): number => total(x.length, (i) => at(x, i) * at(y, i))

/** The results of the work on the processor, one after another, are the expected ones. */
const expectResults = async (work: Work, expected: readonly Numbers[]): Promise<void> => {
  const device = expectRight(await openDevice('cpu')())
  const { run, results, destroy } = expectRight(await work(device)())
  expectRight(await run())
  const found = expectRight(await results())
  if (found.length !== expected.length) throw new Error(`${found.length} results, not ${expected.length}`)
  found.forEach((tensor, i) => {
    const data = Float64Array.from(expected[i] ?? [])
    const values = constantValues(tensor) ?? []
    expectNear(
      `result ${i}`,
      { shape: [values.length], data: Float64Array.from(values) },
      { shape: [data.length], data },
      1e-5,
    )
  })
  destroy()
  await device.destroy()
}

const convolve =
  (batch: number, channels: number, side: number) =>
  (x: Numbers, h: Numbers): Numbers =>
    range(batch * channels * side * side).map((out) => {
      const [row, column] = [Math.floor(out / side) % side, out % side]
      const plane = Math.floor(out / side ** 2)
      return total(row + 1, (r) =>
        total(
          column + 1,
          (c) =>
            at(h, ((plane % channels) * side + r) * side + c) *
            at(x, (plane * side + row - r) * side + column - c),
        ),
      )
    })

const softmax = (scores: Numbers): Numbers => {
  const exponentials = scores.map(Math.exp)
  const sum = total(scores.length, (i) => at(exponentials, i))
  return exponentials.map((e) => e / sum)
}

const attention =
  (heads: number, tokens: number, width: number) =>
  (q: Numbers, k: Numbers, v: Numbers): Numbers =>
    range(heads * tokens).flatMap((query) => {
      const first = query - (query % tokens)
      const scores = range(tokens).map(
        (key) =>
          total(width, (d) => at(q, query * width + d) * at(k, (first + key) * width + d)) / Math.sqrt(width),
      )
      const weights = softmax(scores)
      return range(width).map((d) =>
        total(tokens, (key) => at(weights, key) * at(v, (first + key) * width + d)),
      )
    })

const rowsOf = (x: Numbers, columns: number): readonly Numbers[] =>
  range(x.length / columns).map((row) => x.slice(row * columns, (row + 1) * columns))

const layerNorm =
  (columns: number) =>
  (x: Numbers, scale: Numbers, shift: Numbers): Numbers =>
    rowsOf(x, columns).flatMap((row) => {
      const mean = total(columns, (i) => at(row, i)) / columns
      const variance = total(columns, (i) => (at(row, i) - mean) ** 2) / columns
      return row.map(
        (value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(scale, i) + at(shift, i),
      )
    })

describe('the operations of the benchmarks', () => {
  it('multiply matrices', async () => {
    const [x, w] = [drawn(1, 15), drawn(2, 35)]
    const product = range(21).map((i) =>
      total(5, (k) => at(x, Math.floor(i / 7) * 5 + k) * at(w, k * 7 + (i % 7))),
    )
    await expectResults(matrixProduct(3, 5, 7), [product])
  })

  it('score queries and keys', async () => {
    const [q, k] = [drawn(1, 24), drawn(2, 24)]
    const scores = range(18).map((i) => {
      const [b, row, column] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3]
      return total(4, (d) => at(q, (b * 3 + row) * 4 + d) * at(k, (b * 3 + column) * 4 + d))
    })
    await expectResults(attentionScores(2, 3, 4), [scores])
  })

  it('convolve, and have the gradients of signal and filter', async () => {
    const [x, h, g] = [drawn(1, 96), drawn(2, 48, 0.1), drawn(3, 96)]
    const convolved = convolve(2, 3, 4)
    await expectResults(longConvolution(2, 3, 4), [convolved(x, h)])
    await expectResults(
      longConvolutionGradients(2, 3, 4),
      differences([x, h], (a, b) => dot(convolved(a, b), g)),
    )
  })

  it('have the gradients of attention', async () => {
    const [q, k, v, g] = [drawn(1, 48), drawn(2, 48), drawn(3, 48), drawn(4, 48)]
    const attended = attention(4, 3, 4)
    await expectResults(
      attentionGradients(2, 2, 3, 4),
      differences([q, k, v], (a, b, c) => dot(attended(a, b, c), g)),
    )
  })

  it('chain ten elementwise operations', async () => {
    const chain = (x: number): number =>
      Math.abs(Math.max((x * 1.01 + 0.1) * x - 0.5, 0) * 0.7 + x) * 0.3 + 0.2
    await expectResults(elementwiseChain(50), [drawn(1, 50).map(chain)])
  })

  it('compute gelu with the exact normal distribution', async () => {
    await expectResults(geluOf(50), [drawn(1, 50).map((x) => (x * (1 + erf(x / Math.SQRT2))) / 2)])
  })

  it('compute softmax of rows', async () => {
    await expectResults(softmaxOf(4, 6), [rowsOf(drawn(1, 24), 6).flatMap(softmax)])
  })

  it('normalise rows, and have the gradients of rows, scale and shift', async () => {
    const [x, scale, shift, g] = [
      drawn(1, 24),
      Array<number>(6).fill(1),
      Array<number>(6).fill(0),
      drawn(3, 24),
    ]
    const normalised = layerNorm(6)
    await expectResults(layerNormOf(4, 6), [normalised(x, scale, shift)])
    await expectResults(
      layerNormGradients(4, 6),
      differences([x, scale, shift], (a, b, c) => dot(normalised(a, b, c), g)),
    )
  })
})
