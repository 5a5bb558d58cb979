import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputTensor } from '../../src/ir/tensor.js'
import { tensorsOf } from '../../src/ir/tensor-tree.js'
import { countParameters } from '../../src/nn/count.js'
import { ssm2d, ssm2dKernels } from '../../src/nn/ssm-2d.js'
import type { Ssm2dOptions } from '../../src/nn/ssm-2d.js'
import type { Number2d } from '../../src/nn/ssm-2d-kernel.js'
import { ssm2dKernel } from '../../src/nn/ssm-2d-kernel.js'
import type { NdArray } from '../../src/op/def.js'
import { evaluate } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'
import { coordinatesOf, elementAt, tabulate } from '../support/nd-arrays.js'
import { applied, asTensor, evaluation, numbers, someParams } from '../support/nn-values.js'
import type { Complex } from '../support/state-spaces.js'
import { ZERO, plus, times } from '../support/state-spaces.js'

const isZero = ([a, b]: Complex): boolean => a === 0 && b === 0

/** A weighted sum of two states: halved where both are other than 0. */
const mixed = (a: Complex, x: Complex, b: Complex, y: Complex): Complex => {
  const m = isZero(x) || isZero(y) ? 1 : 0.5
  return times([m, 0], plus(times(a, x), times(b, y)))
}

interface State {
  readonly a: readonly Complex[]
  readonly b: readonly Complex[]
  readonly c: readonly Complex[]
}

/** What one state adds to the kernel, by the two-dimensional recurrence, place after place. */
const answer = ({ a, b, c }: State, rows: number, columns: number): readonly (readonly number[])[] => {
  const [a1 = ZERO, a2 = ZERO, a3 = ZERO, a4 = ZERO] = a
  const h: Complex[][] = []
  const v: Complex[][] = []
  for (let i = 0; i < rows; i++) {
    h.push([])
    v.push([])
    for (let j = 0; j < columns; j++) {
      const [left, above] = [
        [h[i]?.[j - 1] ?? ZERO, v[i]?.[j - 1] ?? ZERO],
        [h[i - 1]?.[j] ?? ZERO, v[i - 1]?.[j] ?? ZERO],
      ] as const
      const isCorner = i === 0 && j === 0
      h[i]?.push(isCorner ? (b[0] ?? ZERO) : mixed(a1, left[0], a2, left[1]))
      v[i]?.push(isCorner ? (b[1] ?? ZERO) : mixed(a3, above[0], a4, above[1]))
    }
  }
  return h.map((row, i) =>
    row.map((x, j) => {
      const sum = plus(times(c[0] ?? ZERO, x), times(c[1] ?? ZERO, v[i]?.[j] ?? ZERO))[0]
      return (i === 0) !== (j === 0) ? 2 * sum : sum
    }),
  )
}

describe('the kernel of the 2-D SSM', () => {
  it('is its two-dimensional recurrence', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom([1, 2], [2, 2], [2, 6]),
        fc.integer({ min: 1, max: 3 }),
        fc.integer(),
        (isComplex, rows, columns, [systems = 1, kernels = 1], states, seed) => {
          const plane = (shape: readonly number[], at: number): NdArray => numbers(shape, seed + at)
          const pair = (shape: readonly number[], at: number) => ({
            re: plane(shape, at),
            im: isComplex ? plane(shape, at + 100) : null,
          })
          const matrix = [1, 2, 3, 4].map((at) => pair([systems, states], at))
          const input = [5, 6].map((at) => pair([systems, states], at))
          const output = [7, 8].map((at) => pair([kernels, states], at))
          const number = ({ re, im }: ReturnType<typeof pair>): Number2d => ({
            re: asTensor(re),
            im: im === null ? null : asTensor(im),
          })
          const at = ({ re, im }: ReturnType<typeof pair>, i: number): Complex => [
            re.data[i] ?? 0,
            im?.data[i] ?? 0,
          ]
          const system = { matrix: matrix.map(number), input: input.map(number), output: output.map(number) }
          const [found] = evaluate([ssm2dKernel(system, rows, columns)])
          expect(found?.shape).toEqual([rows, columns, kernels])
          for (let k = 0; k < kernels; k++) {
            const answers = Array.from({ length: states }, (_, n) => {
              const own = (k % systems) * states + n
              const [a, b] = [matrix, input].map((all) => all.map((x) => at(x, own)))
              return answer(
                { a: a ?? [], b: b ?? [], c: output.map((x) => at(x, k * states + n)) },
                rows,
                columns,
              )
            })
            for (let i = 0; i < rows; i++)
              for (let j = 0; j < columns; j++) {
                const sum = answers.reduce((total, one) => total + (one[i]?.[j] ?? Number.NaN), 0)
                expect(found?.data[(i * columns + j) * kernels + k]).toBeCloseTo(sum / Math.sqrt(states), 9)
              }
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** Whether a direction is flipped along rows and along columns. */
const FLIPS = {
  1: [[false, false]],
  2: [
    [false, false],
    [true, true],
  ],
  4: [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ],
} as const

/** Σ over directions and over the places behind in each of K x, without what may follow. */
const direct = (kernels: NdArray, flips: readonly (readonly boolean[])[], x: NdArray): NdArray => {
  const channels = x.shape.at(-1) ?? 1
  const taps = coordinatesOf(kernels.shape.slice(0, -1))
  return tabulate(x.shape, ([batch = 0, row = 0, column = 0, channel = 0]) => {
    const behind = ([up = false, back = false]: readonly boolean[], [i = 0, j = 0]: readonly number[]) => {
      const from = [up ? row + i : row - i, back ? column + j : column - j]
      const inside = from.every((at, axis) => at >= 0 && at < (x.shape[axis + 1] ?? 0))
      return inside ? elementAt(x, [batch, ...from, channel]) : 0
    }
    return flips.reduce(
      (all, flip, d) =>
        taps.reduce(
          (sum, tap) => sum + elementAt(kernels, [...tap, d * channels + channel]) * behind(flip, tap),
          all,
        ),
      0,
    )
  })
}

/** Over the channels, without scale and shift. */
const normal = (x: NdArray): NdArray => {
  const channels = x.shape.at(-1) ?? 1
  const mean = (at: readonly number[], f: (value: number) => number): number =>
    Array.from({ length: channels }, (_, c) => f(elementAt(x, [...at.slice(0, -1), c]))).reduce(
      (a, b) => a + b,
    ) / channels
  return tabulate(x.shape, (at) => {
    const middle = mean(at, (value) => value)
    return (elementAt(x, at) - middle) / Math.sqrt(mean(at, (value) => (value - middle) ** 2) + 1e-5)
  })
}

describe("the 2-D SSM's result", () => {
  const arbitraryGrid = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))

  it('is the sum over flips of causal convolutions, and ω x, normed over the channels', () => {
    fc.assert(
      fc.property(
        arbitraryGrid,
        fc.boolean(),
        fc.constantFrom<1 | 2 | 4>(1, 2, 4),
        fc.constantFrom([1, 2], [2, 4]),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        ([rows, columns], isShort, directions, [systems = 1, channels = 1], complex, skip, normalised) => {
          const reach = [isShort ? Math.ceil(rows / 2) : rows, columns] as const
          const options = { states: 2, systems, directions, complex, skip, normalised, reach }
          const model = ssm2d(options)(inputTensor('x', ['batch', rows, columns, channels], 'f32'))
          const params = someParams(model)
          const x = numbers([2, rows, columns, channels], 7)
          const sizes = {
            rows: reach[0],
            columns,
            kernels: directions * channels,
            systems: directions * systems,
          }
          const made = ssm2dKernels({ ...sizes, states: 2, complex }).apply(
            { params: params.kernels, state: {} },
            {},
            evaluation,
          )
          const [kernels = x, omega = x, scale = x, shift = x] = evaluate([
            made.y,
            ...(skip
              ? tensorsOf(params.skip)
              : [asTensor({ shape: [channels], data: new Float64Array(channels) })]),
            ...tensorsOf(params.norm),
          ])
          const sum = direct(kernels, FLIPS[directions], x)
          const mixed = tabulate(x.shape, (at) => {
            const [channel = 0] = at.slice(-1)
            return elementAt(sum, at) + elementAt(omega, [channel]) * elementAt(x, at)
          })
          const normed = normal(mixed)
          const expected = normalised
            ? tabulate(x.shape, (at) => {
                const [channel = 0] = at.slice(-1)
                return elementAt(normed, at) * elementAt(scale, [channel]) + elementAt(shift, [channel])
              })
            : mixed
          expectNear('ssm2d', applied(model, params, x), expected, 1e-11)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('2-D SSM', () => {
  const x = inputTensor('x', ['batch', 4, 5, 6], 'f32')

  it('gives what it takes, and has the parameters of the reference', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<1 | 2 | 4>(1, 2, 4),
        fc.constantFrom(1, 2, 3),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (directions, systems, states, complex, skip, normalised) => {
          const layer = ssm2d({ directions, systems, states, complex, skip, normalised })(x)
          const [d, n, N, C] = [directions, systems, states, 6]
          const rest = (skip ? C : 0) + (normalised ? 2 * C : 0)
          expect(layer.output.shape).toEqual(x.shape)
          expect(countParameters(layer)).toBe((complex ? 2 : 1) * (6 * d * n * N + 2 * C * d * N) + rest)
        },
      ),
    )
  })

  it.each<[Ssm2dOptions, string]>([
    [{ states: 0 }, 'ssm2d: states'],
    [{ systems: 4 }, 'ssm2d: systems'],
    [{ reach: [5, 5] }, 'ssm2d: reach'],
  ])('%j is refused by name', (options, where) => {
    expect(() => ssm2d(options)(x)).toThrow(where)
  })

  it('refuses a grid of one axis', () => {
    expect(() => ssm2d()(inputTensor('x', ['batch', 4, 6], 'f32'))).toThrow('a grid of two axes')
  })
})
