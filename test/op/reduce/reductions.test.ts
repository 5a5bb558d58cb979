import { pipe } from 'fp-ts/lib/function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Graph } from '../../../src/ir/graph.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { exp } from '../../../src/op/elementwise/exp.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { expandComposites } from '../../../src/op/expand.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { max } from '../../../src/op/reduce/max.js'
import { mean } from '../../../src/op/reduce/mean.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'

const values = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const vector = (...of: readonly number[]) => fromArray(Float64Array.from(of), [of.length])
const CUBE = fromArray(
  Float64Array.from({ length: 24 }, (_, i) => (i * 7) % 24),
  [2, 3, 4],
)

/** Rows of CUBE along its middle axis, by indices written out. */
const alongMiddle = (reduce: (row: readonly number[]) => number): readonly number[] =>
  [0, 1].flatMap((i) =>
    [0, 1, 2, 3].map((k) => reduce([0, 1, 2].map((j) => ((12 * i + 4 * j + k) * 7) % 24))),
  )

describe('values', () => {
  it('along one axis', () => {
    expect(values(pipe(CUBE, sum([1])))).toEqual(alongMiddle((row) => row.reduce((a, b) => a + b)))
    expect(values(pipe(CUBE, max([-2])))).toEqual(alongMiddle((row) => Math.max(...row)))
    const means = values(pipe(CUBE, mean([1], { keepDims: true })))
    alongMiddle((row) => row.reduce((a, b) => a + b) / 3).forEach((value, i) =>
      expect(means[i]).toBeCloseTo(value, 12),
    )
  })
  it('over all axes, and over none', () => {
    expect(values(pipe(CUBE, sum()))).toEqual([(23 * 24) / 2])
    expect(values(pipe(CUBE, mean()))).toEqual([11.5])
    expect(values(pipe(CUBE, max()))).toEqual([23])
    expect(values(pipe(CUBE, max([])))).toEqual(values(CUBE))
  })
  it('axis after axis is all axes at once, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2]), (axes) => {
        for (const name of ['sum', 'max'] as const) {
          const stepwise = axes.reduce<Tensor>((x, axis) => build[name](x, [axis], true), CUBE)
          expect(values(stepwise)).toEqual(values(build[name](CUBE, axes, true)))
        }
      }),
    )
  })
  it('over no element: 0, NaN, −∞', () => {
    const empty = fromArray(new Float64Array(0), [2, 0])
    expect(values(pipe(empty, sum([1])))).toEqual([0, 0])
    expect(values(pipe(empty, mean([1])))).toEqual([NaN, NaN])
    expect(values(pipe(empty, max([1])))).toEqual([-Infinity, -Infinity])
  })
  it('NaN is the largest', () => expect(values(pipe(vector(1, NaN, 2), max()))).toEqual([NaN]))
})

describe('gradients', () => {
  const slopes = (
    f: (x: Tensor<readonly number[], 'f32'>) => Tensor<readonly [], 'f32'>,
    x: Tensor<readonly number[], 'f32'>,
  ) => values(grad(f)(x))
  it('mean gives each element its share', () =>
    expect(slopes(mean(), vector(1, 2, 3, 4))).toEqual([0.25, 0.25, 0.25, 0.25]))
  it('the largest element has the whole gradient of max', () =>
    expect(slopes(max(), vector(1, 5, 2))).toEqual([0, 1, 0]))
  it('equal largest elements share it equally', () => {
    expect(slopes(max(), vector(3, 1, 3, 3))).toEqual([1 / 3, 0, 1 / 3, 1 / 3])
    expect(slopes((x) => pipe(x, max([]), sum()), vector(3, 1, 3))).toEqual([1, 1, 1])
  })
  it('ties are counted along the reduced axis alone', () => {
    const table = fromArray(Float64Array.of(1, 1, 0, 0, 2, 1), [2, 3])
    expect(values(grad((x: Tensor<readonly [2, 3], 'f32'>) => pipe(x, max([1]), sum()))(table))).toEqual([
      0.5, 0.5, 0, 0, 1, 0,
    ])
  })
  it('second derivatives of exp(max x) · max x are those of exp(y) y at the peak', () => {
    const x = vector(0.5, 2, -1)
    const f = (at: Tensor<readonly number[], 'f32'>): Tensor<readonly [], 'f32'> =>
      pipe(exp(pipe(at, max())), mul(pipe(at, max())))
    const second = slopes((at) => pipe(grad(f)(at), sum()), x)
    expect(
      second.map((value) => value / Math.exp(2)).map((value) => Math.round(value * 1e12) / 1e12),
    ).toEqual([0, 4, 0])
  })
})

describe('names', () => {
  const x = inputTensor('x', ['batch', 3], 'f32')
  it('an axis with a name can be reduced', () => {
    expect(pipe(x, mean([0])).shape).toEqual([3])
    expect(pipe(x, max([1], { keepDims: true })).shape).toEqual(['batch', 1])
  })
  it('the mean over a named axis counts its elements once it has a size', () => {
    const expanded: Graph = expandComposites(
      ops,
      build,
      () => false,
      toGraph([{ name: 'y', tensor: pipe(x, mean([0])) }]),
    )
    const constants = expanded.nodes
      .filter((node) => node.op === 'constant')
      .map((node) => node.attrs['values'])
    expect(constants.every((value) => value === 1)).toBe(true)
    expect(expanded.nodes.map((node) => node.op)).toContain('div')
  })
  it('an axis it does not have is refused', () => {
    expect(attempt(() => build.max(x, [2]))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ShapeError', where: 'max' },
    })
    expect(attempt(() => build.mean(x, [0, -2]))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ShapeError', where: 'mean' },
    })
  })
})
