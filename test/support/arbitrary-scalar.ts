import fc from 'fast-check'
import { rangeOf } from '../../src/ir/index-map.js'
import type { BinaryFn, Combine, Index, Loop, Scalar, ScalarKernel, UnaryFn } from '../../src/ir/scalar.js'
import {
  asNumber,
  axis,
  binary,
  constant,
  loop,
  quotient,
  read,
  remainder,
  sizeOf,
  sum,
  unary,
} from './scalar-kernels.js'

/** Random scalar kernels whose reads are in range, for comparing an emitter with the oracle. */

interface Surroundings {
  readonly shape: readonly number[]
  readonly loops: readonly number[]
  readonly inputs: readonly number[]
  readonly unaries: readonly UnaryFn[]
  readonly binaries: readonly BinaryFn[]
}

/** Functions that no rounding error can make jump. */
const SMOOTH_UNARY: readonly UnaryFn[] = ['neg', 'abs', 'tanh', 'sin', 'cos', 'sigmoid', 'exp', 'erf']
const SMOOTH_BINARY: readonly BinaryFn[] = ['add', 'sub', 'mul', 'max', 'min']
const JUMPING_UNARY: readonly UnaryFn[] = ['floor', 'ceil', 'round', 'trunc', 'sign', 'not', 'sqrt', 'log']
const JUMPING_BINARY: readonly BinaryFn[] = ['div', 'mod', 'lt', 'le', 'gt', 'ge', 'eq', 'ne', 'and', 'or']

const variables = ({ shape, loops }: Surroundings): fc.Arbitrary<Index> =>
  fc.constantFrom<Index>(
    { kind: 'const', value: 1 },
    ...shape.map((size, i) => axis(i, size)),
    ...loops.map((size, i) => loop(i, size)),
  )

const indices = (around: Surroundings, depth: number): fc.Arbitrary<Index> => {
  if (depth === 0) return variables(around)
  const inner = indices(around, depth - 1)
  const term = fc.tuple(fc.integer({ min: -3, max: 5 }), inner)
  return fc.oneof(
    variables(around),
    fc
      .tuple(fc.integer({ min: -9, max: 9 }), fc.array(term, { minLength: 1, maxLength: 3 }))
      .map(([c, terms]) => sum(c, ...terms)),
    fc.tuple(inner, fc.integer({ min: 1, max: 9 })).map(([index, divisor]) => quotient(index, divisor)),
    fc.tuple(inner, fc.integer({ min: 1, max: 9 })).map(([index, divisor]) => remainder(index, divisor)),
  )
}

const inRange = (index: Index, length: number): Index => {
  const { low, high } = rangeOf(index)
  return low >= 0 && high < length ? index : remainder(index, length)
}

/** All coordinates at their natural strides: what lets adjacent axes become one. */
const rowMajor = (shape: readonly number[]): Index =>
  sum(0, ...shape.map((size, i) => [sizeOf(shape.slice(i + 1)), axis(i, size)] as const))

const leaves = (around: Surroundings): fc.Arbitrary<Scalar> => {
  const input = fc.nat({ max: around.inputs.length - 1 })
  const lengthOf = (number: number): number => around.inputs[number] ?? 1
  const index = indices(around, 2)
  return fc.oneof(
    fc.constantFrom(0, -0, 1, -1, 0.1, 3, -2.5, 1e-30, 16_777_217).map(constant),
    fc.tuple(input, index).map(([number, at]) => read(number, inRange(at, lengthOf(number)))),
    fc
      .tuple(input, fc.constant(rowMajor(around.shape)))
      .map(([number, at]) => read(number, inRange(at, lengthOf(number)))),
    // The read is out of range where the condition fails.
    fc.tuple(input, index).map(([number, at]): Scalar => ({
      kind: 'guard',
      condition: [{ index: at, low: 0, high: lengthOf(number) }],
      x: read(number, at),
      y: constant(0.5),
    })),
    index.map((at) => binary('mul', asNumber(at), constant(0.01))),
    fc.tuple(input, input).map(([data, table]): Scalar =>
      read(table, {
        kind: 'dynamic',
        value: binary('mul', read(data, { kind: 'const', value: 0 }), constant(0)),
        size: lengthOf(table),
      }),
    ),
  )
}

const scalars = (around: Surroundings, depth: number): fc.Arbitrary<Scalar> => {
  if (depth === 0) return leaves(around)
  const inner = scalars(around, depth - 1)
  const guarded = fc.tuple(
    indices(around, 2),
    fc.integer({ min: -2, max: 2 }),
    fc.integer({ min: -1, max: 6 }),
    inner,
    inner,
  )
  return fc.oneof(
    leaves(around),
    fc.tuple(fc.constantFrom(...around.unaries), inner).map(([fn, x]) => unary(fn, x)),
    fc.tuple(fc.constantFrom(...around.binaries), inner, inner).map(([fn, x, y]) => binary(fn, x, y)),
    // The same node twice: a shared subexpression.
    fc
      .tuple(fc.constantFrom(...around.binaries), fc.constantFrom(...around.unaries), inner)
      .map(([fn, f, x]) => binary(fn, x, unary(f, x))),
    guarded.map(([index, low, width, x, y]): Scalar => ({
      kind: 'guard',
      condition: [{ index, low, high: low + width }],
      x,
      y,
    })),
    fc.tuple(guarded, inner).map(([[index, low, width, x], y]): Scalar => ({
      kind: 'select',
      condition: {
        kind: 'guard',
        condition: [{ index, low, high: low + width }],
        x: constant(1),
        y: constant(0),
      },
      x,
      y,
    })),
  )
}

const extents = (around: Surroundings, size: number): fc.Arbitrary<Loop> =>
  fc.oneof(
    fc.constant({ size }),
    indices({ ...around, loops: [] }, 1).map((index) => ({ size, extent: remainder(index, size + 1) })),
  )

/**
 * Kernels of rank 0 to 5 with up to two loops. `jumping` adds functions with steps, which only float64
 * arithmetic can be compared on.
 */
export const scalarKernels = (jumping: boolean): fc.Arbitrary<ScalarKernel> =>
  fc
    .record({
      shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
      loops: fc.array(fc.integer({ min: 1, max: 11 }), { maxLength: 2 }),
      inputs: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
      combine: fc.constantFrom<Combine>('sum', 'max', 'min'),
    })
    .chain(({ shape, loops, inputs, combine }) => {
      const around: Surroundings = {
        shape,
        loops,
        inputs,
        unaries: jumping ? [...SMOOTH_UNARY, ...JUMPING_UNARY] : SMOOTH_UNARY,
        binaries: jumping ? [...SMOOTH_BINARY, ...JUMPING_BINARY] : SMOOTH_BINARY,
      }
      const outside = { ...around, loops: [] }
      const epilogue = fc.option(scalars(outside, 1).map((x) => binary('add', { kind: 'accumulator' }, x)))
      return fc
        .tuple(scalars(around, 3), fc.tuple(...loops.map((size) => extents(around, size))), epilogue)
        .map(([body, bounded, last]): ScalarKernel => ({
          name: 'random',
          shape,
          loops: bounded,
          combine: loops.length === 0 ? null : combine,
          body,
          epilogue: loops.length === 0 ? null : last,
          inputs,
        }))
    })
