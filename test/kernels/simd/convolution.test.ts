import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convolutionChoice } from '../../../kernels/simd/convolution-cost.js'
import { convolutionWith, explainConvolution } from '../../../kernels/simd/convolution.js'
import { vectorOf } from '../../../kernels/simd/expression.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import { indexMapper } from '../../../src/ir/map-scalar.js'
import type { Index, ScalarKernel } from '../../../src/ir/scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'
import {
  binary,
  constant,
  contraction,
  distance,
  read,
  sizeOf,
  values,
} from '../../support/scalar-kernels.js'
import type { Problem } from './convolution-kernels.js'
import { convolutionsIn, kernelsOf, problems } from './convolution-kernels.js'

const ALGORITHMS = ['direct', 'fft'] as const
/** Of the largest sum of absolute products: products may cancel, their rounding errors do not. */
const NEAR = 1e-6
/** Between two ways to sum more than a thousand products. */
const ALIKE = 4e-6

const emitted = (kernel: ScalarKernel, features: Features, algorithm?: 'direct' | 'fft') => {
  const made = convolutionWith(vectorOf, algorithm)(kernel, features)
  if (made === null) throw new Error(`${kernel.name} was not recognised`)
  return made
}

const operands = (kernel: ScalarKernel): readonly Float32Array[] =>
  kernel.inputs.map((length, i) => values(length, i + 1))

const largest = (of: ArrayLike<number>): number =>
  Array.from(of).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

const expectMeaning = (kernel: ScalarKernel, inputs: readonly Float32Array[], found: Float32Array): void => {
  const wanted = evaluateKernel(kernel, inputs)
  const scale = evaluateKernel(
    kernel,
    inputs.map((of) => of.map(Math.abs)),
  )
  const error = largest(wanted.map((x, i) => x - (found[i] ?? Number.NaN)))
  expect(error).toBeLessThanOrEqual(NEAR * largest(scale))
}

/** Problems that have a grid to slide over: a circular one of one point is no convolution. */
const proper = problems.filter(
  ({ shape, attrs: { axes, mode } }) => mode === 'causal' || axes.every((axis) => (shape[axis] ?? 1) > 1),
)

const plain = (shape: readonly number[], filter: readonly number[], axes: readonly number[]): Problem => ({
  shape,
  filter,
  signal: shape,
  attrs: { axes, mode: 'causal', sumOver: [] },
  around: 'nothing',
})

/** Units of several pairs: an odd number of entries, parts of six, and grids with and without padding. */
const MANY = [
  plain([19, 8, 36], [1, 8, 36], [1]),
  plain([6, 5, 20], [1, 5, 20], [1]),
  plain([5, 5, 7, 33], [1, 5, 7, 33], [1, 2]),
]

describe('long convolutions', () => {
  it.each(ALGORITHMS.flatMap((algorithm) => FEATURES.map((features) => ({ algorithm, features }))))(
    'are the direct sum, forward and both gradients, $algorithm $features',
    ({ algorithm, features }) => {
      fc.assert(
        fc.property(proper, (problem) => {
          for (const kernel of kernelsOf(problem)) {
            const made = emitted(kernel, features, algorithm)
            const inputs = operands(kernel)
            const { output, isTidy } = runSimdKernel(made, features, sizeOf(kernel.shape), inputs)
            expectMeaning(kernel, inputs, output)
            expect(isTidy).toBe(true)
          }
        }),
        { numRuns: 40, examples: MANY.map((problem) => [problem]) },
      )
    },
  )

  it('have the same bits however their units are divided', () => {
    const features = { relaxed: true, shared: true }
    fc.assert(
      fc.property(
        proper,
        fc.constantFrom(...ALGORITHMS),
        fc.integer({ min: 1, max: 5 }),
        (problem, how, step) => {
          for (const kernel of kernelsOf(problem)) {
            const made = emitted(kernel, features, how)
            const run = (options: { readonly step?: number; readonly backwards?: boolean }) =>
              runSimdKernel(made, features, sizeOf(kernel.shape), operands(kernel), options)
            const [whole, parts] = [run({}), run({ step, backwards: true })]
            expect([...parts.output]).toEqual([...whole.output])
            expect(whole.isTidy && parts.isTidy).toBe(true)
          }
        },
      ),
      { numRuns: 40, examples: MANY.map((problem) => [problem, 'fft', 1]) },
    )
  })

  it.each([
    plain([2, 6, 16, 16], [1, 6, 16, 16], [2, 3]),
    plain([3, 32, 32, 4], [1, 32, 32, 4], [1, 2]),
    plain([1, 300, 3], [1, 300, 3], [1]),
    plain([2, 1000, 1], [1, 1000, 1], [1]),
    { ...plain([2, 64, 5], [1, 64, 5], [1]), attrs: { axes: [1], mode: 'circular' as const, sumOver: [] } },
    { ...plain([2, 48, 5], [1, 48, 5], [1]), attrs: { axes: [1], mode: 'circular' as const, sumOver: [] } },
  ])('are alike by both algorithms on larger grids, %j', (problem) => {
    for (const kernel of kernelsOf(problem))
      for (const features of FEATURES) {
        const [direct, spectra] = ALGORITHMS.map((algorithm) =>
          runSimdKernel(
            emitted(kernel, features, algorithm),
            features,
            sizeOf(kernel.shape),
            operands(kernel),
          ),
        )
        expect(distance(spectra?.output ?? [], direct?.output ?? [])).toBeLessThan(ALIKE)
      }
  })

  it('keep the accuracy of factors of very different size', () => {
    const features = { relaxed: false, shared: false }
    for (const kernel of kernelsOf(plain([1, 40, 4], [1, 40, 4], [1]))) {
      const inputs = operands(kernel).map((of, i) => of.map((x) => x * 1e-9 ** i))
      const { output } = runSimdKernel(
        emitted(kernel, features, 'fft'),
        features,
        sizeOf(kernel.shape),
        inputs,
      )
      expectMeaning(kernel, inputs, output)
    }
  })
})

describe('what is recognised', () => {
  const [causal] = kernelsOf(plain([2, 6, 4], [1, 6, 4], [1]))
  const changed = (kernel: ScalarKernel, change: (index: Index) => Index): ScalarKernel => ({
    ...kernel,
    body: indexMapper(change)(kernel.body),
  })
  const refused = (kernel: ScalarKernel): void =>
    expect(convolutionWith(vectorOf)(kernel, { relaxed: true, shared: true })).toBeNull()

  it('is nothing but sums of products', () => {
    if (causal === undefined) throw new Error('no kernel')
    refused(contraction(3, 4, 5))
    refused({ ...causal, combine: 'max' })
    refused({ ...causal, body: binary('add', causal.body, causal.body) })
  })

  it('is only i − p, and only below i + 1', () => {
    if (causal === undefined) throw new Error('no kernel')
    const [loop] = causal.loops
    refused({ ...causal, loops: [{ size: loop?.size ?? 1 }] })
    const axis: Index = { kind: 'axis', axis: 1, size: 6 }
    refused({ ...causal, loops: [{ size: 6, extent: axis }] })
    const extents = [1, 2].map((c): Index => ({ kind: 'sum', constant: 3 - c, terms: [[c, axis]] }))
    for (const extent of extents) refused({ ...causal, loops: [{ size: 6, extent }] })
    const turned = changed(causal, (index) =>
      index.kind === 'sum'
        ? { ...index, terms: index.terms.map(([c, term]) => [term.kind === 'loop' ? Math.abs(c) : c, term]) }
        : index,
    )
    refused(turned)
  })

  it('is only i − p modulo the size of a circular axis', () => {
    const [circular] = kernelsOf({
      ...plain([6], [6], [0]),
      attrs: { axes: [0], mode: 'circular', sumOver: [] },
    })
    if (circular === undefined) throw new Error('no kernel')
    const difference: Index = {
      kind: 'sum',
      constant: 0,
      terms: [
        [1, { kind: 'axis', axis: 0, size: 6 }],
        [-1, { kind: 'loop', loop: 0, size: 6 }],
      ],
    }
    const at = (index: Index): ScalarKernel => ({
      ...circular,
      body: binary('mul', circular.body, read(1, index)),
    })
    expect(explainConvolution(at({ kind: 'remainder', index: difference, divisor: 6 }))).not.toBeNull()
    refused(at({ kind: 'remainder', index: difference, divisor: 4 }))
    refused(at({ kind: 'axis', axis: 0, size: 6 }))
    const isPast = { kind: 'guard', condition: [{ index: difference, low: 0, high: 6 }] } as const
    refused({ ...circular, body: { ...isPast, x: circular.body, y: constant(0) } })
    const past = { ...isPast, x: read(1, difference), y: constant(0) }
    refused({ ...circular, body: binary('mul', circular.body, past) })
  })

  it('is the convolution in any network of gates', () => {
    fc.assert(
      fc.property(proper, (problem) => {
        for (const kernel of kernelsOf(problem)) expect(explainConvolution(kernel)).not.toBeNull()
      }),
    )
    expect(convolutionsIn([])).toEqual([])
  })
})

describe('the choice', () => {
  const square = (size: number) => [1, 2].map(() => ({ size, circular: false }))

  it('is the smaller of two times that it tells', () => {
    const axis = fc.record({ size: fc.integer({ min: 1, max: 500 }), circular: fc.boolean() })
    const count = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(
        fc.array(axis, { minLength: 1, maxLength: 3 }),
        count,
        count,
        fc.nat({ max: 100 }),
        (grid, results, summed, filters) => {
          const { algorithm, nanoseconds, reason } = convolutionChoice({ grid, results, summed, filters })
          const other = algorithm === 'direct' ? 'fft' : 'direct'
          expect(nanoseconds[algorithm]).toBeLessThanOrEqual(nanoseconds[other])
          expect(reason).toContain(algorithm === 'direct' ? 'the direct sum' : 'the spectra')
        },
      ),
    )
  })

  it('is the direct sum on small grids and the spectra on large ones', () => {
    const chosen = (size: number) =>
      convolutionChoice({ grid: square(size), results: 64, summed: 1, filters: 8 }).algorithm
    expect([4, 8, 32, 64].map(chosen)).toEqual(['direct', 'direct', 'fft', 'fft'])
  })
})
