import { pipe } from 'fp-ts/lib/function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { expandComposites } from '../../../src/op/expand.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { all } from '../../../src/op/reduce/all.js'
import { any } from '../../../src/op/reduce/any.js'
import { cumsum } from '../../../src/op/reduce/cumsum.js'
import { logSumExp } from '../../../src/op/reduce/log-sum-exp.js'
import { min } from '../../../src/op/reduce/min.js'
import { norm } from '../../../src/op/reduce/norm.js'
import { prod } from '../../../src/op/reduce/prod.js'
import { standardDeviation, variance } from '../../../src/op/reduce/variance.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { evaluateCompiled } from '../../support/compiled.js'

type Vector = Tensor<readonly number[], 'f32'>
const values = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const tensor = (of: readonly number[], shape: readonly number[] = [of.length]): Vector =>
  fromArray(Float64Array.from(of), shape)
const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found.length).toBe(wanted.length)
  found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 9))
}
const total = (line: readonly number[]): number => line.reduce((sum, x) => sum + x, 0)
const largestFirst = (line: readonly number[]): number => line.indexOf(Math.max(...line))

/** What each reduction makes of the elements that are combined. */
const FORMULAS: Readonly<
  Record<
    string,
    readonly [
      (x: Tensor, axes: readonly number[], keep: boolean) => Tensor,
      (line: readonly number[]) => number,
    ]
  >
> = {
  sum: [build.sum, total],
  min: [build.min, (line) => Math.min(...line)],
  max: [build.max, (line) => Math.max(...line)],
  prod: [build.prod, (line) => line.reduce((product, x) => product * x, 1)],
  logSumExp: [build.logSumExp, (line) => Math.log(total(line.map(Math.exp)))],
  variance: [
    (x, axes, keepDims) => build.variance(x, axes, { keepDims, correction: 0 }),
    (line) => total(line.map((x) => x * x)) / line.length - (total(line) / line.length) ** 2,
  ],
  any: [
    (x, axes, keep) => build.toFloat(build.any(build.greater(x, build.constant(1)), axes, keep)),
    (line) => (line.some((x) => x > 1) ? 1 : 0),
  ],
  all: [
    (x, axes, keep) => build.toFloat(build.all(build.greater(x, build.constant(-1)), axes, keep)),
    (line) => (line.every((x) => x > -1) ? 1 : 0),
  ],
}

/** The elements that meet in each element of the result, by their coordinates. */
const groups = (
  shape: readonly number[],
  data: readonly number[],
  axes: readonly number[],
): readonly (readonly number[])[] => {
  const found = new Map<string, number[]>()
  data.forEach((value, flat) => {
    let rest = flat
    const at = shape
      .toReversed()
      .map((size) => {
        const here = rest % size
        rest = Math.floor(rest / size)
        return here
      })
      .reverse()
    const key = at.filter((_, axis) => !axes.includes(axis)).join()
    found.set(key, [...(found.get(key) ?? []), value])
  })
  return [...found.values()]
}

const problem = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    data: fc.array(
      fc.integer({ min: -8, max: 8 }).map((x) => x / 4),
      {
        minLength: shape.reduce((size, dim) => size * dim, 1),
        maxLength: shape.reduce((size, dim) => size * dim, 1),
      },
    ),
    axes: fc.shuffledSubarray(shape.map((_, axis) => axis)),
    keepDims: fc.boolean(),
  }),
)

describe('values', () => {
  it.each(Object.entries(FORMULAS))('%s over any axes of ranks 0 to 6', (_, [reduce, formula]) => {
    fc.assert(
      fc.property(problem, ({ shape, data, axes, keepDims }) => {
        const found = reduce(tensor(data, shape), axes, keepDims)
        expect(found.shape).toEqual(
          shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [dim])),
        )
        close(values(found), groups(shape, data, axes).map(formula))
      }),
    )
  })
  it('argmax and argmin are the first of equal ones along any axis, also as compiled', () => {
    fc.assert(
      fc.property(
        problem.filter(({ shape }) => shape.length > 0),
        fc.nat(),
        ({ shape, data, keepDims }, chosen) => {
          const axis = chosen % shape.length
          const x = tensor(data, shape)
          const wanted = groups(shape, data, [axis])
          const found = [build.argmax(x, axis, keepDims), build.argmin(x, axis - shape.length, keepDims)]
          const firsts = [wanted.map(largestFirst), wanted.map((line) => largestFirst(line.map((v) => -v)))]
          expect(found.map(values)).toEqual(firsts)
          expect(evaluateCompiled(found).map(({ data: places }) => [...places])).toEqual(firsts)
        },
      ),
    )
  })
  it('cumulative sums and products across blocks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 150 }),
        fc.boolean(),
        fc.boolean(),
        (size, exclusive, reverse) => {
          const line = Array.from({ length: size }, (_, i) => 1 + Math.sin(i) / 4)
          const x = inputTensor('x', [size], 'f32')
          const upTo = (i: number): readonly number[] =>
            reverse ? line.slice(i + (exclusive ? 1 : 0)) : line.slice(0, i + (exclusive ? 0 : 1))
          const options = { exclusive, reverse }
          const bindings = { x: { shape: [size], data: Float64Array.from(line) } }
          const [sums, products] = evaluateCompiled(
            [build.cumsum(x, 0, options), build.cumprod(x, -1, options)],
            bindings,
          )
          line.forEach((_, i) => {
            expect(sums?.data[i]).toBeCloseTo(total(upTo(i)), 5)
            const product = upTo(i).reduce((all, v) => all * v, 1)
            expect((products?.data[i] ?? Number.NaN) / product).toBeCloseTo(1, 5)
          })
        },
      ),
      { numRuns: 25 },
    )
  })
  it('a cumulative sum of 100,000 is of few kernels and linear work', () => {
    const size = 100_000
    const graph = toGraph([{ name: 'y', tensor: build.cumsum(inputTensor('x', [size], 'f32'), 0) }])
    const { nodes } = expandComposites(ops, build, () => false, graph)
    const read = nodes
      .filter(({ op }) => op === 'sum')
      .flatMap(({ inputs }) =>
        inputs.map(({ node, output }) => sizeOf(nodes[node]?.outputs[output]?.shape ?? [])),
      )
    expect(read.length).toBeGreaterThan(1)
    expect(read.length).toBeLessThanOrEqual(6)
    expect(total(read)).toBeLessThan(12 * size)
  })
  it('a cumulative sum does not spread an infinity backwards', () =>
    expect(values(cumsum(0)(tensor([1, Infinity, 2])))).toEqual([1, Infinity, Infinity]))
  it('norms', () => {
    const x = tensor([3, -4, 0, 12])
    close(values(pipe(x, norm('all', { p: 1 }))), [19])
    close(values(pipe(x, norm())), [13])
    close(values(pipe(x, norm([0], { p: Infinity, keepDims: true }))), [12])
    close(values(pipe(x, norm('all', { p: 3 }))), [(27 + 64 + 1728) ** (1 / 3)])
    close(
      values(pipe(tensor([1e200, 1e200]), norm([0], { p: 4 }))).map((v) => v / 1e200),
      [2 ** 0.25],
    )
  })
  it('variance and standard deviation of a sample, where the mean is large', () => {
    const x = tensor([1e8, 1e8 + 1, 1e8 + 2])
    close(values(pipe(x, variance('all', { correction: 1 }))), [1])
    close(values(pipe(x, standardDeviation())), [Math.sqrt(2 / 3)])
    expect(values(pipe(tensor([5]), variance('all', { correction: 1 })))).toEqual([NaN])
  })
})

describe('over no element', () => {
  const empty = tensor([], [2, 0])
  it('gives the identity', () => {
    const results = [
      build.min(empty, [1]),
      build.prod(empty, [1]),
      build.logSumExp(empty, [1]),
      build.variance(empty, [1]),
      build.any(build.greater(empty, empty), [1]),
      build.all(build.greater(empty, empty), [1]),
    ]
    const wanted = [Infinity, 1, -Infinity, NaN, 0, 1].map((value) => [value, value])
    expect(results.map(values)).toEqual(wanted)
    expect(evaluateCompiled(results).map(({ data }) => [...data])).toEqual(wanted)
  })
  it.each(['argmax', 'argmin'] as const)('%s is refused', (name) =>
    expect(attempt(() => build[name](empty, 1))).toMatchObject({
      left: { _tag: 'ShapeError', where: name, hint: 'no position can be named on an empty axis' },
    }),
  )
  it('integers have no infinity', () =>
    expect(attempt(() => min([0])(inputTensor('i', [0, 2], 'i24')))).toMatchObject({
      left: { _tag: 'ShapeError', where: 'min' },
    }))
})

describe('refusals', () => {
  it('name what is wrong', () => {
    const refused = (make: () => unknown) =>
      expect(attempt(make)).toMatchObject({ left: { _tag: 'ShapeError' } })
    const x = tensor([1, 2, 3])
    refused(() => build.cumsum(x, 1))
    refused(() => build.argmax(x, -2))
    refused(() => build.any(x, [0]))
    refused(() => build.sum(inputTensor('b', [3], 'bool'), [0]))
    refused(() => norm('all', { p: 0.5 })(x))
    refused(() => norm('all', { p: NaN })(x))
  })
})

describe('special values in float64', () => {
  const x = tensor([1, NaN, -Infinity, 2])
  it('NaN wins in every reduction of numbers', () => {
    const results = [
      build.sum(x, [0]),
      build.mean(x, [0]),
      build.max(x, [0]),
      build.min(x, [0]),
      build.prod(x, [0]),
      build.logSumExp(x, [0]),
      build.variance(x, [0]),
      ...[1, 2, 3, Infinity].map((p) => norm([0], { p })(x)),
    ]
    expect(results.map(values)).toEqual(results.map(() => [NaN]))
  })
  it('argmax and argmin name the first NaN, whole and expanded', () => {
    const results = [build.argmax(x, 0), build.argmin(x, 0)]
    expect(results.map(values)).toEqual([[1], [1]])
    expect(evaluateCompiled(results).map(({ data }) => [...data])).toEqual([[1], [1]])
  })
  it('logSumExp keeps infinities and does not overflow', () => {
    expect(values(pipe(tensor([-Infinity, -Infinity]), logSumExp()))).toEqual([-Infinity])
    expect(values(pipe(tensor([Infinity, 1]), logSumExp()))).toEqual([Infinity])
    close(values(pipe(tensor([1000, 1000]), logSumExp())), [1000 + Math.log(2)])
  })
})

describe('gradients', () => {
  const slopes = (f: (x: Vector) => Tensor<readonly [], 'f32'>, x: Vector) => values(grad(f)(x))
  it('of prod are the products of the others, with zeros among them, and so are second ones', () => {
    const digits = fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 1, maxLength: 5 })
    const without = (x: readonly number[], ...left: readonly number[]) =>
      x.reduce((product, value, i) => (left.includes(i) ? product : product * value), 1)
    fc.assert(
      fc.property(digits, (x) => {
        close(
          slopes(prod(), tensor(x)),
          x.map((_, i) => without(x, i)),
        )
        close(
          slopes((at) => pipe(grad((y: Vector) => pipe(y, prod()))(at), sum()), tensor(x)),
          x.map((_, i) => total(x.map((__, j) => (i === j ? 0 : without(x, i, j))))),
        )
      }),
      { numRuns: 30 },
    )
  })
  it('of prod over several axes', () =>
    expect(
      slopes(prod([0, 1]) as (x: Vector) => Tensor<readonly [], 'f32'>, tensor([0, 2, 3, 5], [2, 2])),
    ).toEqual([30, 0, 0, 0]))
  it('of min are shared by equal smallest elements', () =>
    expect(slopes(min(), tensor([1, 3, 1]))).toEqual([0.5, 0, 0.5]))
  it('of norms at 0 are 0, and of rows beside it right', () => {
    for (const p of [1, 1.5, 2, 3, Infinity])
      expect(slopes(norm('all', { p }), tensor([0, 0])).map(Math.abs)).toEqual([0, 0])
    close(slopes(norm(), tensor([3, -4])), [0.6, -0.8])
    close(slopes(norm('all', { p: 1 }), tensor([3, -4, 0])), [1, -1, 0])
    close(slopes(norm('all', { p: Infinity }), tensor([3, -4, 4, 0])), [0, -0.5, 0.5, 0])
  })
  it('of logSumExp are 0 where all is −∞', () =>
    expect(slopes(logSumExp(), tensor([-Infinity, -Infinity]))).toEqual([0, 0]))
})

describe('bool', () => {
  it('any and all over all axes', () => {
    const x = build.greater(tensor([1, -1]), build.constant(0)) as Tensor<readonly [2], 'bool'>
    expect([values(any()(x)), values(all()(x))]).toEqual([[1], [0]])
  })
})
