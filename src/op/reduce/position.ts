/** Where the largest or smallest element lies along an axis. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { ReduceCheck, ReduceShape } from '../../shape/reduce.js'
import { reduceShape } from '../../shape/reduce.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Composite, NdArray, Op } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { mapAxis } from '../index/line-values.js'
import { atMost } from '../operands.js'
import { typedResult } from '../typed-result.js'
import type { ReduceOptions } from './combinator.js'

export type PositionAttributes = {
  /** May count from the end. */
  readonly axis: number
  readonly keepDims: boolean
}

const positionType = (
  name: string,
  { axis, keepDims }: PositionAttributes,
  x: TensorType | undefined,
): E.Either<TensorError, readonly TensorType[]> =>
  E.chain((shape: Shape): E.Either<TensorError, readonly TensorType[]> =>
    x?.shape.at(axis) === 0
      ? E.left(
          shapeError({
            where: name,
            expected: `an element along axis ${axis}`,
            found: printType(x),
            hint: 'no position can be named on an empty axis',
          }),
        )
      : E.right([{ shape, dtype: 'i24' }]),
  )(reduceShape(name, x, [axis], keepDims, ['f32', 'i24']))

/** The smallest position that holds the extreme or, where there is one, NaN: two reductions over x, nothing stored. */
const expandPosition = (b: Builder, from: 'max' | 'min', attrs: PositionAttributes, x: Tensor): Tensor => {
  const axis = fromFront(attrs.axis, x.shape.length)
  const size = Number(x.shape[axis])
  const positions = b.broadcast(
    b.reshape(
      b.iota([size], 0, 'i24'),
      x.shape.map((_, i) => (i === axis ? size : 1)),
    ),
    x.shape,
  )
  const none = b.constant(size - 1, x.shape, 'i24')
  const isExtreme = b.equal(x, b.broadcast(b[from](x, [axis], true), x.shape))
  const orNan = x.dtype === 'f32' ? b.select(b.notEqual(x, x), positions, none) : none
  return b.min(b.select(isExtreme, positions, orNan), [axis], attrs.keepDims)
}

const firstOf = (line: Float64Array, from: 'max' | 'min'): number => {
  const nan = line.findIndex(Number.isNaN)
  return nan >= 0
    ? nan
    : line.reduce((best, value, i) => {
        const held = line[best] ?? Number.NaN
        return (from === 'max' ? value > held : value < held) ? i : best
      }, 0)
}

const evaluatePosition = (
  from: 'max' | 'min',
  axis: number,
  x: NdArray,
  output: readonly number[],
): NdArray => {
  const kept = x.shape.with(fromFront(axis, x.shape.length), 1)
  return {
    shape: output,
    data: mapAxis(x, axis, kept, (line) => [firstOf(Float64Array.from(line), from)]).data,
  }
}

/** The record of argmax or argmin. */
export const position = <const Name extends 'argmax' | 'argmin'>(
  name: Name,
  from: 'max' | 'min',
  doc: string,
): Composite<PositionAttributes> & { readonly name: Name } => ({
  ...defineComposite<PositionAttributes>({
    name,
    category: 'reduce',
    doc,
    attrs: t.readonly(t.strict({ axis: t.number, keepDims: t.boolean })),
    type: atMost(name, 1, (attrs, [x]) => positionType(name, attrs, x)),
    expand: (b, attrs, [x]) => (x === undefined ? [] : [expandPosition(b, from, attrs, x)]),
    evaluate: ({ axis }, [x], [output = []]) =>
      x === undefined ? [] : [evaluatePosition(from, axis, x, output)],
    vjp: () => [null],
    jvp: () => [null],
    batch: (b, { attrs: { axis, keepDims }, inputs: [x] }) =>
      x === undefined ? [] : [b[name](x, behindNewAxis(axis), keepDims)],
    cost: (_, [x]) => ({ flops: 4 * sizeOf(x?.shape ?? []) }),
    samples: [
      { attrs: { axis: 0, keepDims: false }, inputs: [{ shape: ['n'], dtype: 'f32', domain: 'apart' }] },
      { attrs: { axis: -1, keepDims: true }, inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'apart' }] },
      {
        attrs: { axis: 1, keepDims: false },
        inputs: [{ shape: ['n', 'm', 'k'], dtype: 'i24', domain: { below: 3 } }],
      },
    ],
    tolerance: { relative: 0 },
    laws: [],
  }),
  name,
})

/** The typed combinator. */
export const positionCombinator =
  <Name extends string>(op: Op<PositionAttributes> & { readonly name: Name }) =>
  <const Axis extends number, Keep extends boolean = false>(axis: Axis, options: ReduceOptions<Keep> = {}) =>
  <S extends Shape, D extends 'f32' | 'i24'>(
    x: Tensor<S, D> & ReduceCheck<Name, S, readonly [Axis]>,
  ): Tensor<ReduceShape<S, readonly [Axis], Keep>, 'i24'> =>
    typedResult(apply1(op, { axis, keepDims: options.keepDims ?? false }, [x]))
