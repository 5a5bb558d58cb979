import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorsOf } from '../../src/ir/tensor-tree.js'
import { countParameters } from '../../src/nn/count.js'
import type { S4KernelParams } from '../../src/nn/s4-kernel.js'
import { s4Kernel } from '../../src/nn/s4-kernel.js'
import { completeOptions } from '../../src/nn/s4-options.js'
import type { S4Kernel, S4KernelOptions } from '../../src/nn/s4-options.js'
import { s4nd } from '../../src/nn/s4nd.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { evaluate } from '../../src/run/reference.js'
import type { Shape } from '../../src/shape/dim.js'
import { expectNear } from '../support/close.js'
import { coordinatesOf, elementAt, tabulate } from '../support/nd-arrays.js'
import { applied, asTensor, evaluation, numbers, someParams } from '../support/nn-values.js'
import type { Complex, StateSpace } from '../support/state-spaces.js'
import { impulseResponse } from '../support/state-spaces.js'

const f32 = (values: NdArray): Tensor<Shape, 'f32'> => asTensor(values) as Tensor<Shape, 'f32'>

const mapped = ({ shape, data }: NdArray, f: (x: number) => number): NdArray => ({ shape, data: data.map(f) })

const valueOf = (x: Tensor): NdArray => {
  const [value] = evaluate([x])
  if (value === undefined) throw new RangeError('no value')
  return value
}

/** Kernels for parameters: [length, kernels, channels]. */
const kernelOf = (
  options: S4Kernel,
  params: S4KernelParams | undefined,
  length: number,
  kernels: number,
  channels: number,
): NdArray => {
  if (params === undefined) throw new RangeError('no parameters')
  return valueOf(s4Kernel(options, length, kernels, channels).apply({ params, state: {} }, {}, evaluation).y)
}

/** Element i of complex numbers whose two parts stand next to each other. */
const complexAt = (data: Float64Array, i: number): Complex => [
  data[2 * i] ?? Number.NaN,
  data[2 * i + 1] ?? Number.NaN,
]

type KernelNumbers = Readonly<
  Record<'step' | 'decay' | 'frequency' | 'input' | 'output' | 'lowRank', NdArray>
>

/** What channel h and kernel k have, λ = −exp(decay) − i frequency. */
const systemAt = (
  { systems, rank, states, matrix }: S4Kernel,
  channels: number,
  given: KernelNumbers,
  h: number,
  k: number,
): StateSpace => {
  const [half, s] = [states / 2, h % systems]
  const each = <A>(f: (n: number) => A): readonly A[] => Array.from({ length: half }, (_, n) => f(n))
  const value = (data: Float64Array, i: number): number => data[i] ?? Number.NaN
  return {
    step: Math.exp(value(given.step.data, h)),
    lambda: each((n) => [
      -Math.exp(value(given.decay.data, s * half + n)),
      -value(given.frequency.data, s * half + n),
    ]),
    lowRank:
      matrix === 'diagonal'
        ? []
        : Array.from({ length: rank }, (_, r) =>
            each((n) => complexAt(given.lowRank.data, (r * systems + s) * half + n)),
          ),
    input: each((n) => complexAt(given.input.data, s * half + n)),
    output: each((n) => complexAt(given.output.data, (k * channels + h) * half + n)),
  }
}

const arbitraryMatrix = fc.constantFrom<S4KernelOptions>(
  { matrix: 'diagonal', discretisation: 'zoh', start: 'lin' },
  { matrix: 'diagonal', discretisation: 'bilinear', start: 'lin' },
  { matrix: 'dplr', rank: 1 },
  { matrix: 'dplr', rank: 2 },
)

describe("S4's kernel", () => {
  it('is its recurrence, for diagonal matrices and for those of low rank beside', () => {
    fc.assert(
      fc.property(
        arbitraryMatrix,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom([1, 3], [3, 3], [2, 4]),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 1e6 }),
        (matrix, half, [systems = 1, channels = 1], kernels, length, seed) => {
          const options = completeOptions({ states: 2 * half, systems, ...matrix }, channels)
          const random = (shape: readonly number[], at: number) => numbers(shape, seed + at)
          const given: KernelNumbers = {
            // Steps from e⁻³ to e: with the smallest little is forgotten over the length, with the largest all.
            step: mapped(random([channels], 1), (x) => 2 * x - 1),
            decay: random([systems, half], 2),
            frequency: mapped(random([systems, half], 3), (x) => 4 * x),
            input: random([systems, half, 2], 4),
            output: random([kernels, channels, half, 2], 5),
            lowRank: random([options.rank, systems, half, 2], 6),
          }
          const { lowRank, ...rest } = given
          const params = {
            step: f32(rest.step),
            decay: f32(rest.decay),
            frequency: f32(rest.frequency),
            input: f32(rest.input),
            output: f32(rest.output),
            ...(options.matrix === 'diagonal' ? {} : { lowRank: f32(lowRank) }),
          }
          const found = kernelOf(options, params, length, kernels, channels)
          expect(found.shape).toEqual([length, kernels, channels])
          for (let k = 0; k < kernels; k++)
            for (let h = 0; h < channels; h++)
              impulseResponse(
                systemAt(options, channels, given, h, k),
                options.discretisation,
                length,
              ).forEach((expected, l) => {
                expect(elementAt(found, [l, k, h])).toBeCloseTo(expected, 10)
              })
        },
      ),
    )
  })
})

/** The layer by its definition: y = Σ_j Π_a κ_a(i_a − j_a) x_j + D x, κ backward where its argument is negative. */
const direct = (
  kernels: readonly NdArray[],
  skip: NdArray,
  { channels: results, bidirectional }: { readonly channels: number; readonly bidirectional: boolean },
  x: NdArray,
): NdArray => {
  const [batch = 1, ...rest] = x.shape
  const [grid, channels] = [rest.slice(0, -1), rest.at(-1) ?? 1]
  const tap = (axis: number, shift: number, r: number, c: number): number => {
    const kernel = kernels[axis]
    if (kernel === undefined || (shift < 0 && !bidirectional)) return 0
    return shift >= 0 ? elementAt(kernel, [shift, r, c]) : elementAt(kernel, [-shift - 1, results + r, c])
  }
  const places = coordinatesOf(grid)
  return tabulate([batch, ...grid, results * channels], (at) => {
    const [b = 0, ...inner] = at
    const [place, channel] = [inner.slice(0, -1), inner.at(-1) ?? 0]
    const [r, c] = [Math.floor(channel / channels), channel % channels]
    return places.reduce(
      (sum, from) =>
        sum +
        from.reduce((weight, j, axis) => weight * tap(axis, (place[axis] ?? 0) - j, r, c), 1) *
          elementAt(x, [b, ...from, c]),
      elementAt(skip, [r, c]) * elementAt(x, [b, ...place, c]),
    )
  })
}

describe("S4ND's result", () => {
  it('is a convolution with the outer product of its kernels, one an axis, and D x', () => {
    fc.assert(
      fc.property(
        arbitraryMatrix,
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 2 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom([1, 2], [2, 2], [2, 4]),
        (matrix, grid, results, bidirectional, half, [systems = 1, channels = 1]) => {
          const options = { states: 2 * half, systems, ...matrix }
          const model = s4nd({ ...options, channels: results, bidirectional })(
            inputTensor('x', ['batch', ...grid, channels], 'f32'),
          )
          const params = someParams(model)
          const x = numbers([2, ...grid, channels], 7)
          const complete = completeOptions(options, channels)
          const kernels = grid.map((length, axis) =>
            kernelOf(
              complete,
              params.kernels[`axis${axis}`],
              length,
              (bidirectional ? 2 : 1) * results,
              channels,
            ),
          )
          const skip = valueOf(params.skip.weight)
          const expected = direct(kernels, skip, { channels: results, bidirectional }, x)
          expectNear('s4nd', applied(model, params, x), expected, 1e-12)
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** What follows the convolution, element by element: GELU, a linear map, and half of it as the other's gate. */
const followed = (
  y: NdArray,
  weight: NdArray,
  bias: NdArray,
  channels: number,
  isGated: boolean,
): NdArray => {
  const gelu = valueOf(build.gelu(asTensor(y)))
  const [inputs = 0] = weight.shape
  const mixed = (place: readonly number[], o: number): number =>
    Array.from(
      { length: inputs },
      (_, i) => elementAt(gelu, [...place, i]) * elementAt(weight, [i, o]),
    ).reduce((a, b) => a + b, elementAt(bias, [o]))
  return tabulate([...y.shape.slice(0, -1), channels], (at) => {
    const [place, c] = [at.slice(0, -1), at.at(-1) ?? 0]
    return isGated ? mixed(place, c) / (1 + Math.exp(-mixed(place, channels + c))) : mixed(place, c)
  })
}

describe('S4ND', () => {
  it.each(['linear', 'gated'] as const)(
    'is followed by GELU and a linear map, if asked for: %s',
    (output) => {
      const options = { states: 4, channels: 2 }
      const [input, x] = [inputTensor('x', ['batch', 3, 2, 2], 'f32'), numbers([2, 3, 2, 2], 7)]
      const [plain, model] = [s4nd(options)(input), s4nd({ ...options, output })(input)]
      const params = someParams(model)
      const [weight, bias] = tensorsOf(params.finish).map(valueOf)
      if (weight === undefined || bias === undefined) throw new RangeError('no linear map')
      const before = applied(plain, { ...params, finish: {} }, x)
      const expected = followed(before, weight, bias, 2, output === 'gated')
      expectNear(output, applied(model, params, x), expected, 1e-12)
    },
  )

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
