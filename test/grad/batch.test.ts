import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { batchResults, vmap } from '../../src/grad/batch.js'
import { jvp } from '../../src/grad/jvp.js'
import { grad, vjp } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { add } from '../../src/op/elementwise/add.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { sin } from '../../src/op/elementwise/sin.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { matmul } from '../../src/op/linear/contract.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { normal } from '../../src/op/random/normal.js'
import { split } from '../../src/op/random/split.js'
import { sum } from '../../src/op/reduce/sum.js'
import { slice } from '../../src/op/view/slice.js'
import { evaluate } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise, noiseLike } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { arrayFunction } from '../support/laws/law.js'
import type { NdArray } from '../../src/op/def.js'
import type { ProgramKind, RandomProgram } from '../support/random-graph.js'
import { callGraph, randomPrograms } from '../support/random-graph.js'

type TensorFunction = (xs: readonly Tensor[]) => readonly Tensor[]

const ROWS = 3

/** The program's inputs as they are, and with other values; which of them are mapped. */
const rowsOf = ({ bindings }: RandomProgram, kind: ProgramKind, seed: number) => {
  const at = Object.values(bindings)
  const isMapped = at.map((_, i) => i === seed % at.length || ((seed >> (4 + i)) & 1) === 1)
  const rows = Array.from({ length: ROWS }, (_, row) =>
    at.map((array, i): NdArray => {
      if (row === 0 || isMapped[i] !== true) return array
      const other = noise(seed, 32 * row + i, array.data.length)
      return { shape: array.shape, data: kind === 'exact' ? other.map((x) => Math.round(4 * x)) : other }
    }),
  )
  return { at, isMapped, rows }
}

/** f as it is mapped, as a function of stacked arguments, against f row by row. */
const expectMapped = (
  f: TensorFunction,
  types: readonly { readonly shape: readonly number[]; readonly dtype: 'f32' }[],
  isMapped: readonly boolean[],
  rows: readonly (readonly NdArray[])[],
): void => {
  const mapped = <T>(items: readonly T[]): readonly T[] => items.filter((_, i) => isMapped[i] === true)
  const wide = types.map(({ shape, dtype }, i) => ({
    shape: isMapped[i] === true ? [rows.length, ...shape] : shape,
    dtype,
  }))
  const stacked = types.map(({ shape }, i) =>
    isMapped[i] === true
      ? {
          shape: [rows.length, ...shape],
          data: Float64Array.from(rows.flatMap((row) => [...(row[i]?.data ?? [])])),
        }
      : (rows[0]?.[i] ?? { shape, data: new Float64Array() }),
  )
  const all = arrayFunction(wide, (xs) => {
    const variables = types.map(({ shape, dtype }, i) => inputTensor(`row ${i}`, shape, dtype))
    const results = f(variables.map((variable, i) => (isMapped[i] === true ? variable : (xs[i] ?? variable))))
    return batchResults(results, mapped(variables), mapped(xs), rows.length)
  })(stacked)
  const one = arrayFunction(types, f)
  rows.forEach((row, place) => {
    one(row).forEach((expected, i) => {
      const own = all[i]?.data.subarray(place * sizeOf(expected.shape), (place + 1) * sizeOf(expected.shape))
      expectNear(
        `row ${place} of result ${i}`,
        { shape: expected.shape, data: own ?? new Float64Array() },
        expected,
        1e-11,
      )
    })
  })
}

const asFunction = ({ graph, bindings }: RandomProgram) => {
  const names = Object.keys(bindings)
  const types = Object.values(bindings).map(({ shape }) => ({ shape, dtype: 'f32' as const }))
  const f: TensorFunction = (xs) =>
    callGraph(graph, Object.fromEntries(xs.map((x, i) => [names[i] ?? '', x])))
  const outputTypes = graph.outputs.flatMap(({ ref }) => {
    const type = graph.nodes[ref.node]?.outputs[ref.output]
    return type === undefined ? [] : [{ shape: type.shape.map(Number), dtype: 'f32' as const }]
  })
  return { f, types, outputTypes }
}

describe('a random program', () => {
  it.each(['exact', 'smooth'] as const)('mapped over its inputs is the program row by row (%s)', (kind) => {
    fc.assert(
      fc.property(randomPrograms(kind), fc.nat(), (program, seed) => {
        const { f, types } = asFunction(program)
        const { isMapped, rows } = rowsOf(program, kind, seed)
        expectMapped(f, types, isMapped, rows)
      }),
    )
  })

  it('has a gradient that is mapped, and a mapped form that has a gradient, the same', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), fc.nat(), (program, seed) => {
        const { f, types, outputTypes } = asFunction(program)
        const { isMapped, rows } = rowsOf(program, 'smooth', seed)
        const count = types.length
        const pulled: TensorFunction = (all) => vjp(f)(all.slice(0, count)).pullback(all.slice(count))
        const cotangents = rows.map((_, row) => noiseLike(seed, 8 + row, outputTypes))
        expectMapped(
          pulled,
          [...types, ...outputTypes],
          [...isMapped, ...outputTypes.map(() => true)],
          rows.map((row, i) => [...row, ...(cotangents[i] ?? [])]),
        )
      }),
      { numRuns: 50 },
    )
  })
})

type Vector = Tensor<readonly [3]>
type Scalar = Tensor<readonly []>

const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const close = (found: Tensor, expected: Tensor): void => {
  expect(found.shape).toEqual(expected.shape)
  valuesOf(found).forEach((value, i) => expect(value).toBeCloseTo(valuesOf(expected)[i] ?? Number.NaN, 12))
}
const matrix = fromArray(
  Float64Array.from({ length: 12 }, (_, i) => Math.sin(i + 1)),
  [4, 3],
)
const square = fromArray(
  Float64Array.from({ length: 9 }, (_, i) => Math.cos(i)),
  [3, 3],
)
const vector = fromArray(Float64Array.of(0.5, -1, 2), [3])

describe('vmap', () => {
  const f = (x: Vector, y: Vector): Scalar => pipe(x, sin, mul(y), sum())

  it('gives gradients of single examples, which sum to the gradient of the sum', () => {
    const each = vmap(grad(f), { in: [null, 0] })(vector, matrix)
    const whole = grad((x: Vector): Scalar => pipe(vmap(f, { in: [null, 0] })(x, matrix), sum()))(vector)
    expect(each.shape).toEqual([4, 3])
    close(pipe(each, sum([0])), whole)
  })

  it('commutes with jvp', () => {
    const mapped = vmap((x: Vector, v: Vector) => jvp((at: Vector) => f(at, vector))(x, v).tangent)(
      matrix,
      matrix,
    )
    close(
      mapped,
      jvp((xs: Tensor<readonly [4, 3]>) => vmap((x: Vector) => f(x, vector))(xs))(matrix, matrix).tangent,
    )
  })

  it('of vmap maps over two axes', () => {
    const outer = vmap((x: Vector) => vmap((y: Vector) => pipe(x, mul(y), sum()), { in: [0] })(square))(
      matrix,
    )
    const transposed = fromArray(
      Float64Array.from({ length: 9 }, (_, i) => Math.cos(3 * (i % 3) + Math.floor(i / 3))),
      [3, 3],
    )
    close(outer, pipe(matrix, matmul(transposed)))
  })

  it('takes and gives the axis where it is asked to', () => {
    const columns = vmap((x: Tensor<readonly [4]>) => pipe(x, sum()), { in: [1] })(matrix)
    close(columns, pipe(matrix, sum([0])))
    const turned = vmap((x: Vector) => sin(x), { out: 1 })(matrix)
    expect(turned.shape).toEqual([3, 4])
    const fromTheEnd = vmap((x: Tensor) => x, { in: [-1], out: -1 })(matrix)
    close(fromTheEnd, matrix)
    expect(valuesOf(turned)[1]).toBeCloseTo(Math.sin(Math.sin(4)), 12)
  })

  it('repeats what does not depend on the argument', () => {
    const both = vmap((x: Vector) => ({ own: x, same: vector }))(matrix)
    close(both.own, matrix)
    expect(valuesOf(both.same)).toEqual([0.5, -1, 2, 0.5, -1, 2, 0.5, -1, 2, 0.5, -1, 2])
  })

  it('draws from each key what the key alone gives', () => {
    const keys = split(3)(keyFromSeed(7))
    const drawn = vmap(normal([5]))(keys)
    const alone = [0, 1, 2].flatMap((i) => {
      const one = pipe(keys, slice([[i, i + 1]]))
      return valuesOf(vmap(normal([5]))(one))
    })
    expect(drawn.shape).toEqual([3, 5])
    expect(valuesOf(drawn)).toEqual(alone)
    expect(new Set(alone).size).toBe(15)
  })

  it('refuses sizes that differ, a missing axis, and nothing to map over', () => {
    const refusal = (attempted: () => unknown): string => {
      const result = attempt(attempted)
      return E.isLeft(result) ? renderError(result.left) : 'accepted'
    }
    const wide: Tensor = fromArray(new Float64Array(15), [5, 3])
    const narrow: Tensor = matrix
    const either = (x: Tensor, y: Tensor): readonly Tensor[] => [x, y]
    expect(refusal(() => vmap(either)(wide, narrow))).toContain('5 at argument 0 and 4 at argument 1')
    expect(refusal(() => vmap((x: Tensor) => x)(fromArray(Float64Array.of(1), [])))).toContain('an axis 0')
    expect(refusal(() => vmap((x: Vector) => pipe(x, add(1)), { in: [null] })(vector))).toContain(
      'found none',
    )
  })
})
