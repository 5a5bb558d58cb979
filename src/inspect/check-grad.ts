/** Gradients against finite differences in float64: for new ops, custom losses, and whatever is in doubt. */
import type * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { attempt, fail, valueError } from '../error/error.js'
import { jvp } from '../grad/jvp.js'
import { vjp } from '../grad/vjp.js'
import { toGraph } from '../ir/graph.js'
import type { Tensor } from '../ir/tensor.js'
import { inputTensor } from '../ir/tensor.js'
import { tensorPaths, tensorsOf, withTensors } from '../ir/tensor-tree.js'
import type { NdArray } from '../op/def.js'
import { evaluate, interpret } from '../run/reference.js'
import type { ArrayFunction } from './finite-differences.js'
import { directionalDerivative, dot, dotScale, joined, unitVector } from './finite-differences.js'

export interface GradientCheckOptions {
  /** Distance between points of the differences, whose error is of its fourth order. Default 1e-3. */
  readonly step?: number
  /** Largest accepted difference, relative to the terms of the derivative. Default 1e-6. */
  readonly tolerance?: number
  /** Random directions tried for each tensor, each touching all of its elements. Default 4. */
  readonly directions?: number
}

/** What was found where everything agrees. */
export interface GradientCheck {
  /** Largest relative difference between the gradient and finite differences. */
  readonly differences: number
  /** Largest relative difference between reverse and forward mode. */
  readonly modes: number
}

/** Numbers in (−1, 1), spread evenly and never near 0; the same for the same stream. */
const spread = (stream: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => {
    const turn = (((i + 1) * 0.6180339887498949 + stream * 0.4142135623730951) % 1) * 2 - 1
    return turn + Math.sign(turn || 1) * 0.1
  })

/** Largest tensor whose elements are tried one by one to name the one that is wrong. */
const MOST_NAMED = 1000

interface Functions {
  readonly value: ArrayFunction
  /** (x, cotangents) ↦ cotangent of x */
  readonly pulled: ArrayFunction
  /** (x, direction) ↦ tangents of the value */
  readonly pushed: ArrayFunction
}

type TensorFunction = (xs: readonly Tensor[]) => readonly Tensor[]

const interpreted = (shapes: readonly (readonly number[])[], f: TensorFunction): ArrayFunction => {
  const results = f(shapes.map((shape, i) => inputTensor(`${i}`, shape, 'f32')))
  const graph = toGraph(results.map((tensor, i) => ({ name: `${i}`, tensor })))
  return (arrays) => [
    ...interpret(graph, Object.fromEntries(arrays.map((array, i) => [`${i}`, array]))).values(),
  ]
}

/** The function, its vjp and its jvp as functions of arrays, each traced once. Results that are not f32 are left out. */
const functionsOf = <X, Y>(f: (x: X) => Y, x: X, at: readonly NdArray[]): Functions => {
  const shapes = at.map(({ shape }) => shape)
  const floats: TensorFunction = (xs) =>
    tensorsOf(f(withTensors(x, xs))).filter(({ dtype }) => dtype === 'f32')
  const value = interpreted(shapes, floats)
  const results = value(at).map(({ shape }) => shape)
  const count = at.length
  return {
    value,
    pulled: interpreted([...shapes, ...results], (all) =>
      vjp(floats)(all.slice(0, count)).pullback(all.slice(count)),
    ),
    pushed: interpreted(
      [...shapes, ...shapes],
      (all) => jvp(floats)(all.slice(0, count), all.slice(count)).tangent,
    ),
  }
}

const refuse = (path: string, expected: number, found: number, by: string): never =>
  fail(
    valueError({
      where: 'checkGrad',
      expected: `${expected} by ${by} at ${path || 'the argument'}`,
      found: `${found} by the gradient`,
      hint: 'a derivative rule is wrong, or the function has a kink or a jump near this point: try another point',
    }),
  )

const relative = (a: number, b: number, scale: number): number =>
  a === b ? 0 : Math.abs(a - b) / Math.max(scale, 1e-12)

/**
 * Whether the gradient of f at x, a tree of tensors with known values, is what finite differences in float64 say,
 * and what forward mode says. A value of several numbers is weighted by random cotangents. Left names the tensor,
 * and its element, where the gradient is farthest off.
 */
export const checkGrad =
  <X, Y>(f: (x: X) => Y, { step = 1e-3, tolerance = 1e-6, directions = 4 }: GradientCheckOptions = {}) =>
  (x: X): E.Either<TensorError, GradientCheck> =>
    attempt(() => {
      const paths = tensorPaths(x).map(({ path }) => path)
      const at = evaluate(tensorsOf(x))
      const { value, pulled, pushed } = functionsOf(f, x, at)
      const cotangents = value(at).map(({ shape, data }, i) => ({ shape, data: spread(i, data.length) }))
      const u = joined(cotangents)
      const gradients = pulled([...at, ...cotangents])
      const along = (leaf: number, direction: Float64Array): Float64Array =>
        directionalDerivative(
          (moved) => value(at.map((held, i) => (i === leaf ? (moved[0] ?? held) : held))),
          at.slice(leaf, leaf + 1),
          direction,
          step,
        )
      const compare = (leaf: number, direction: Float64Array) => {
        const gradient = gradients[leaf]?.data ?? new Float64Array()
        const found = dot(gradient, direction)
        const column = along(leaf, direction)
        const expected = dot(column, u)
        const scale = Math.max(dotScale(gradient, direction), dotScale(column, u))
        return { found, expected, error: relative(found, expected, scale) }
      }
      const errors = at.flatMap(({ data }, leaf) =>
        Array.from({ length: data.length === 0 ? 0 : directions }, (_, k) => {
          const direction = spread(leaf + 97 * k, data.length)
          const { error, expected, found } = compare(leaf, direction)
          if (error > tolerance && data.length > MOST_NAMED)
            refuse(`${paths[leaf] ?? ''} along a direction`, expected, found, 'finite differences')
          if (error > tolerance) {
            const worst = Array.from(data, (__, i) => ({
              i,
              ...compare(leaf, unitVector(data.length, i)),
            })).reduce((a, b) => (b.error > a.error ? b : a))
            refuse(`${paths[leaf] ?? ''}[${worst.i}]`, worst.expected, worst.found, 'finite differences')
          }
          return error
        }),
      )
      const v = at.map(({ shape, data }, i) => ({ shape, data: spread(31 + i, data.length) }))
      const forward = joined(pushed([...at, ...v]))
      const [reverse, all] = [joined(gradients), joined(v)]
      const [left, right] = [dot(forward, u), dot(reverse, all)]
      const modes = relative(left, right, dotScale(forward, u) + dotScale(reverse, all))
      if (modes > tolerance) refuse('', left, right, 'forward mode')
      return { differences: Math.max(0, ...errors), modes }
    })
