import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { hvp } from '../../src/grad/hvp.js'
import { jvp } from '../../src/grad/jvp.js'
import { grad, valueAndGrad, valueAndGradWith, vjp } from '../../src/grad/vjp.js'
import { checkGraph } from '../../src/ir/check.js'
import { toGraph } from '../../src/ir/graph.js'
import { hashGraph } from '../../src/ir/hash.js'
import { parseGraph } from '../../src/ir/parse.js'
import { printGraph } from '../../src/ir/print.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { add } from '../../src/op/elementwise/add.js'
import { exp } from '../../src/op/elementwise/exp.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { sin } from '../../src/op/elementwise/sin.js'
import { stopGradient } from '../../src/op/elementwise/stop-gradient.js'
import { build, ops } from '../../src/op/index.js'
import { filled, fromArray } from '../../src/op/leaf/constant.js'
import { sum } from '../../src/op/reduce/sum.js'
import { evaluate, interpret } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'

type Scalar = Tensor<readonly [], 'f32'>
type Vector = Tensor<readonly [3], 'f32'>

const valueOf = (x: Tensor): number => evaluate([x])[0]?.data[0] ?? Number.NaN
const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const times = (x: Scalar, y: Scalar): Scalar => pipe(x, mul(y))
const number = (value: number): Scalar => filled(value, [])
const vector = (...values: readonly [number, number, number]): Vector =>
  fromArray(Float64Array.from(values), [3])
const coordinates = fc.integer({ min: -300, max: 300 }).map((n) => n / 100)

describe('grad of grad', () => {
  it('gives the derivatives of sin of every order', () => {
    const orders = [1, 2, 3, 4, 5].map((order) => ({
      order,
      derivative: Array.from({ length: order }).reduce<(x: Scalar) => Scalar>((f) => grad(f), sin),
    }))
    fc.assert(
      fc.property(coordinates, (x) => {
        for (const { order, derivative } of orders)
          expect(valueOf(derivative(number(x)))).toBeCloseTo(Math.sin(x + (order * Math.PI) / 2), 12)
      }),
    )
  })

  it('takes forward over reverse, reverse over forward and reverse over reverse to the same number', () => {
    const f = (x: Vector): Scalar => pipe(x, mul(x), sin, mul(exp(x)), sum())
    const x = vector(0.3, -0.7, 1.1)
    const [u, v] = [vector(1, -2, 0.5), vector(0.25, 3, -1)]
    const along = (g: Vector, w: Vector): Scalar => pipe(g, mul(w), sum())
    const forwardReverse = along(jvp(grad(f))(x, v).tangent, u)
    const reverseForward = along(grad((at: Vector) => jvp(f)(at, v).tangent)(x), u)
    const reverseReverse = along(grad((at: Vector) => along(grad(f)(at), v))(x), u)
    expect(valueOf(reverseForward)).toBeCloseTo(valueOf(forwardReverse), 12)
    expect(valueOf(reverseReverse)).toBeCloseTo(valueOf(forwardReverse), 12)
    expect(valueOf(along(jvp(grad(f))(x, u).tangent, v))).toBeCloseTo(valueOf(forwardReverse), 12)
  })
})

describe('nested gradients with captured variables', () => {
  it('do not confuse the inner variable with the outer one', () => {
    // d/dx (x · d/dy (x + y)) = d/dx x = 1; confused variables give 2.
    expect(
      valueOf(grad((x: Scalar) => times(x, grad((y: Scalar) => pipe(x, add(y)))(number(1))))(number(1))),
    ).toBe(1)
  })

  it('tell uses of the argument from captured uses of the very same tensor', () => {
    fc.assert(
      fc.property(coordinates, (value) => {
        const x = number(value)
        // d/dy (y·x) = x, although y is x.
        expect(valueOf(grad((y: Scalar) => times(y, x))(x))).toBe(value)
        // d/dx of d/dy (y²·x) at y = x is d/dx 2x² = 4x.
        const outer = grad((z: Scalar) => grad((y: Scalar) => times(times(y, y), z))(z))
        expect(valueOf(outer(x))).toBeCloseTo(4 * value, 12)
      }),
    )
  })

  it('work in forward mode inside reverse mode', () => {
    // d/dx (x · d/dy (x·y²) along 3) at y = x: 3·2x² · x = 6x³, of which the derivative is 18x².
    const f = (x: Scalar): Scalar => times(x, jvp((y: Scalar) => times(x, times(y, y)))(x, number(3)).tangent)
    expect(valueOf(grad(f)(number(0.5)))).toBeCloseTo(18 * 0.25, 12)
  })
})

describe('stopGradient', () => {
  it('keeps the value and ends the derivative, of every order', () => {
    const f = (x: Scalar): Scalar => times(stopGradient(x), x)
    expect(valueOf(f(number(3)))).toBe(9)
    expect(valueOf(grad(f)(number(3)))).toBe(3)
    expect(valueOf(grad(grad(f))(number(3)))).toBe(0)
    expect(valueOf(jvp(f)(number(3), number(1)).tangent)).toBe(3)
  })
})

describe('nodes of several outputs', () => {
  const spectrum = (x: Tensor): readonly Tensor[] => build.rfft(x, [0], [3])
  const x = vector(1, -2, 0.5)

  it.each([
    ['the first', [1, 0]],
    ['the second', [0, 1]],
    ['both', [2, -3]],
  ])('pull back through %s', (_, weights) => {
    const f = (at: Vector): Scalar => {
      const used = spectrum(at).flatMap((plane, i) =>
        weights[i] === 0
          ? []
          : [build.mul(build.sum(build.mul(plane, plane), [0]), build.constant(weights[i] ?? 0))],
      )
      return used.reduce((total, term) => build.add(total, term)) as Scalar
    }
    const gradient = grad(f)(x)
    const tangents = [vector(1, 0, 0), vector(0, 1, 0), vector(0, 0, 1)].map((direction) =>
      valueOf(jvp(f)(x, direction).tangent),
    )
    expectNear(
      'gradient',
      { shape: [3], data: Float64Array.from(valuesOf(gradient)) },
      { shape: [3], data: Float64Array.from(tangents) },
      1e-12,
    )
  })
})

describe('gradients of trees', () => {
  it('have the structure of the argument, zeros where nothing depends on a leaf', () => {
    const params = {
      layer: { weight: vector(1, 2, 3), bias: number(4) },
      list: [number(5), vector(6, 7, 8)] as const,
    }
    const gradient = grad((p: typeof params) =>
      pipe(p.layer.weight, mul(p.layer.weight), mul(p.list[0]), sum()),
    )(params)
    expect(valuesOf(gradient.layer.weight)).toEqual([10, 20, 30])
    expect(valueOf(gradient.layer.bias)).toBe(0)
    expect(valueOf(gradient.list[0])).toBe(14)
    expect(gradient.list[1].shape).toEqual([3])
    expect(valuesOf(gradient.list[1])).toEqual([0, 0, 0])
  })

  it('give each place of a tensor that stands twice its own part', () => {
    const x = number(3)
    const gradient = grad(({ a, b }: { readonly a: Scalar; readonly b: Scalar }) => times(times(a, a), b))({
      a: x,
      b: x,
    })
    expect([valueOf(gradient.a), valueOf(gradient.b)]).toEqual([18, 9])
  })

  it('have the shape of a leaf that was broadcast', () => {
    const gradient = grad(({ x, scale }: { readonly x: Vector; readonly scale: Scalar }) =>
      pipe(x, mul(scale), sum()),
    )({ x: vector(1, 2, 3), scale: number(2) })
    expect(gradient.scale.shape).toEqual([])
    expect(valueOf(gradient.scale)).toBe(6)
  })

  it('come with the value, with what was computed along the way, and do not touch further arguments', () => {
    const f = (x: Scalar, y: Scalar): Scalar => times(x, times(y, y))
    const { value, gradient } = valueAndGrad(f)(number(2), number(5))
    expect([valueOf(value), valueOf(gradient)]).toEqual([50, 25])
    const kept = valueAndGradWith((x: Scalar) => ({
      loss: times(x, x),
      auxiliary: { twice: pipe(x, add(x)) },
    }))(number(4))
    expect([valueOf(kept.loss), valueOf(kept.auxiliary.twice), valueOf(kept.gradient)]).toEqual([16, 8, 8])
  })

  it('come from a pullback that may be called with several cotangents', () => {
    const { value, pullback } = vjp((x: Vector) => ({ square: pipe(x, mul(x)), total: pipe(x, sum()) }))(
      vector(1, 2, 3),
    )
    expect(valuesOf(value.square)).toEqual([1, 4, 9])
    expect(valuesOf(pullback({ square: vector(1, 1, 1), total: number(10) }))).toEqual([12, 14, 16])
    expect(valuesOf(pullback({ square: vector(0, 0, 0), total: number(1) }))).toEqual([1, 1, 1])
  })
})

describe('what cannot be differentiated', () => {
  const refusal = (compute: () => unknown): string => {
    const result = attempt(compute)
    return E.isLeft(result) ? renderError(result.left) : 'accepted'
  }
  const labels = inputTensor('labels', ['batch'], 'i24')

  it('a value that is not one number', () => {
    const notScalar = (x: Vector): Scalar => pipe(x, mul(2)) as Tensor as Scalar
    expect(refusal(() => grad(notScalar)(vector(1, 2, 3)))).toBe(
      'ShapeError in grad: expected a function with an f32[] value, found f32[3].\n' +
        '  hint: reduce the value to one number, with sum or mean, or use vjp',
    )
  })

  it('an argument that is not f32, by its path', () => {
    expect(
      refusal(() =>
        grad(({ x }: { readonly x: Scalar; readonly data: { readonly labels: Tensor } }) => x)({
          x: number(1),
          data: { labels },
        }),
      ),
    ).toBe(
      'ShapeError in grad: expected f32 tensors to differentiate by, found i24[batch] at data.labels.\n' +
        '  hint: close over integers and bools instead of passing them as the differentiated argument',
    )
    expect(refusal(() => vjp((x: Tensor) => x)(labels))).toBe(
      'ShapeError in vjp: expected f32 tensors to differentiate by, found i24[batch] at the argument.\n' +
        '  hint: close over integers and bools instead of passing them as the differentiated argument',
    )
  })
})

describe('a chain of 20,000 nodes', () => {
  const LENGTH = 10_000
  const chain = (x: Scalar): Scalar =>
    Array.from({ length: LENGTH }).reduce<Scalar>((y) => pipe(y, mul(0.9999), add(0.5)), x)

  it('is traced, differentiated, checked, printed, read back and evaluated without exhausting the stack', () => {
    const x = inputTensor('x', [], 'f32')
    const { value, gradient } = valueAndGrad(chain)(x)
    const { tangent } = jvp(chain)(x, number(1))
    const graph = toGraph([value, gradient, tangent].map((tensor, i) => ({ name: `y${i}`, tensor })))
    expect(graph.nodes.length).toBeGreaterThan(2 * LENGTH)
    const back = parseGraph(printGraph(graph))
    expect(E.isRight(back)).toBe(true)
    if (E.isRight(back)) {
      expect(E.isRight(checkGraph(ops)(back.right))).toBe(true)
      expect(hashGraph(back.right)).toBe(hashGraph(graph))
    }
    const results = interpret(graph, { x: { shape: [], data: Float64Array.of(2) } })
    expect(results.get('y1')?.data[0]).toBeCloseTo(0.9999 ** LENGTH, 12)
    expect(results.get('y2')?.data[0]).toBeCloseTo(0.9999 ** LENGTH, 12)
  })
})

describe('what types cannot see of directions and cotangents', () => {
  const f = (x: Tensor): Tensor => build.sin(x)
  const refusal = (attempted: () => unknown): string => {
    const result = attempt(attempted)
    return E.isLeft(result) ? renderError(result.left) : 'accepted'
  }
  const x: Tensor = vector(1, 2, 3)
  const short: Tensor = fromArray([1, 2], [2])
  const labels: Tensor = fromArray([1, 2, 3], [3], 'i24')

  it('is refused when it is traced', () => {
    expect(refusal(() => jvp(f)(x, short))).toContain(
      'a direction with f32[3] at the direction, found f32[2]',
    )
    expect(refusal(() => jvp(f)(labels, labels))).toContain('f32 tensors to differentiate by')
    expect(refusal(() => vjp(f)(x).pullback(short))).toContain('a cotangent with f32[3]')
    expect(refusal(() => vjp((at: Tensor) => [f(at), at])(x).pullback([x]))).toContain('found nothing')
    expect(refusal(() => hvp((_: Tensor) => number(1))(x, short))).toContain('in hvp')
  })
})
