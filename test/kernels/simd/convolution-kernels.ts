/** Kernels of long convolutions, as the passes make them of graphs. */
import fc from 'fast-check'
import { toScalarKernel } from '../../../src/compile/emit.js'
import { planFor } from '../../../src/compile/passes.js'
import { vjp } from '../../../src/grad/vjp.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { ScalarKernel } from '../../../src/ir/scalar.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { FftConvAttributes } from '../../../src/op/builder.js'
import { build } from '../../../src/op/index.js'

export interface Problem {
  readonly shape: readonly number[]
  /** The filter's shape, with 1 where it is shared. */
  readonly filter: readonly number[]
  readonly signal: readonly number[]
  readonly attrs: FftConvAttributes
  /** What is around the convolution: nothing, gates before and after with a skip, or the reversal of the grid. */
  readonly around: 'nothing' | 'gates' | 'flips'
}

const input = (name: string, shape: readonly number[]): Tensor => inputTensor(name, shape, 'f32')

/** All kernels of long convolutions in a program. */
export const convolutionsIn = (results: readonly Tensor[]): readonly ScalarKernel[] => {
  const { plan } = planFor(toGraph(results.map((tensor, i) => ({ name: `${i}`, tensor }))), 'simd')
  return plan.steps.flatMap((step) =>
    step.kind === 'kernel' && step.name.includes('fftConv') && step.combine !== null
      ? [toScalarKernel(plan, step)]
      : [],
  )
}

/** Forward, and the gradients of signal and filter. */
export const kernelsOf = ({ shape, filter, signal, attrs, around }: Problem): readonly ScalarKernel[] => {
  const axes = attrs.axes
  const convolved = ([x, h, v]: readonly Tensor[]): readonly Tensor[] => {
    if (x === undefined || h === undefined || v === undefined) return []
    if (around === 'nothing') return [build.fftConv(attrs, x, h)]
    if (around === 'flips') return [build.flip(build.fftConv(attrs, build.flip(x, axes), h), axes)]
    const skip = build.mul(build.constant(0.5), v)
    return [build.mul(v, build.add(build.fftConv(attrs, build.mul(x, build.constant(1.5)), h), skip))]
  }
  const out = shape.map((size, axis) => (attrs.sumOver.includes(axis) ? 1 : size))
  const { value, pullback } = vjp(convolved)([input('x', signal), input('h', filter), input('v', out)])
  const gradients = pullback(value.map((result, i) => input(`g${i}`, result.shape.map(Number)))).slice(0, 2)
  return [value, ...gradients.map((gradient) => [gradient])].flatMap(convolutionsIn)
}

const side = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.constantFrom(...[1, 2, 4, 8, 16].filter((n) => n <= most)))

/** Grids of one to three axes among others, in any order of the axes. */
export const problems: fc.Arbitrary<Problem> = fc
  .record({
    grid: fc.oneof(fc.tuple(side(40)), fc.tuple(side(12), side(12)), fc.tuple(side(5), side(5), side(5))),
    others: fc.array(
      fc.record({ size: side(7), shared: fc.constantFrom('none', 'filter', 'filter', 'signal') }),
      { maxLength: 3 },
    ),
    order: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    mode: fc.constantFrom('causal' as const, 'circular' as const),
    sums: fc.boolean(),
    around: fc.constantFrom('nothing' as const, 'gates' as const, 'flips' as const),
  })
  .map(({ grid, others, order, mode, sums, around }) => {
    const axes = [
      ...grid.map((size) => ({ size, shared: 'none', isGrid: true })),
      ...others.map((other) => ({ ...other, isGrid: false })),
    ]
      .map((axis, i) => ({ ...axis, rank: order[i] ?? 0 }))
      .toSorted((a, b) => a.rank - b.rank)
    const shape = axes.map(({ size }) => size)
    const numbers = axes.map((_, axis) => axis)
    return {
      shape,
      filter: axes.map(({ size, shared }) => (shared === 'filter' ? 1 : size)),
      signal: axes.map(({ size, shared }) => (shared === 'signal' ? 1 : size)),
      attrs: {
        axes: numbers.filter((axis) => axes[axis]?.isGrid === true),
        mode,
        sumOver: sums ? numbers.filter((axis) => axes[axis]?.isGrid === false).slice(0, 1) : [],
      },
      around,
    }
  })
