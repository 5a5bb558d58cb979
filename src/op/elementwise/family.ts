/**
 * The family of elementwise ops: a function of numbers applied at every element, operands broadcast.
 * A member gives its float64 meaning, its scalar expression and its partial derivatives; shape rule,
 * both derivative rules, loop nest and cost follow here.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { DType, Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf, stridesOf } from '../../shape/dim.js'
import { alignedOperands } from '../batching.js'
import type { Builder } from '../builder.js'
import type {
  Coordinates,
  Domain,
  Interval,
  JvpRule,
  Law,
  NdArray,
  Primitive,
  Sample,
  SampleInput,
  VjpRule,
} from '../def.js'
import { apply, definePrimitive } from '../def.js'
import { indexConst } from '../scalar-expression.js'

export type NoAttributes = Readonly<Record<never, never>>
export const noAttributes: t.Type<NoAttributes, Attributes> = t.strict({})

/**
 * What an operand may be: one dtype; or any ('same'), f32 or i24 ('number'), i24 or bool ('exact'), then the
 * same for all such operands.
 */
type OperandKind = DType | 'same' | 'number' | 'exact'

const ACCEPTED: Readonly<Record<OperandKind, readonly DType[]>> = {
  f32: ['f32'],
  i24: ['i24'],
  bool: ['bool'],
  same: ['f32', 'i24', 'bool'],
  number: ['f32', 'i24'],
  exact: ['i24', 'bool'],
}

const isOpen = (kind: OperandKind | undefined): boolean => kind !== undefined && ACCEPTED[kind].length > 1

/** What a member of the family says of itself. */
export interface Elementwise<Name extends string = string> {
  readonly name: Name
  readonly doc: string
  /** Dtypes of the operands; their number is the arity. */
  readonly operands: readonly OperandKind[]
  /** Dtype of the result; 'same' is that of the operands that are not of one fixed dtype. */
  readonly result: DType | 'same'
  /** The meaning in float64; bools are 0 and 1. */
  readonly value: (...operands: readonly number[]) => number
  readonly scalar: (...operands: readonly Scalar[]) => Scalar
  /** ∂result/∂operand for each operand, null where none exists (bools, integers, a stopped gradient). */
  readonly partials: (b: Builder, operands: readonly Tensor[], result: Tensor) => readonly (Tensor | null)[]
  /** Flops an element; 1 unless stated. */
  readonly flops?: number
  /** Where all operands of its samples are drawn from, … */
  readonly domain?: Domain
  /** … or each its own. */
  readonly domains?: readonly Domain[]
  /** Bound on the error in float32; 0 unless stated where the result is no number that is rounded, else 1e-6. */
  readonly relative?: number
  /** Where that is promised, by operand; for all numbers unless stated. */
  readonly range?: readonly Interval[]
  readonly laws?: readonly Law[]
}

/** Reads element `at` of an output of shape `output` from an operand of shape `operand` that broadcasts to it. */
export const broadcastCoordinates = (
  operand: readonly number[],
  output: readonly number[],
  at: Coordinates,
): Coordinates =>
  operand.map((size, axis) =>
    size === 1 ? indexConst(0) : (at[axis + output.length - operand.length] ?? indexConst(0)),
  )

/** For each element of `output`, its position in an operand that broadcasts to it. */
export const broadcastPositions = (
  operand: readonly number[],
  output: readonly number[],
): ((flat: number) => number) => {
  const outputStrides = stridesOf(output)
  const operandStrides = stridesOf(operand)
  const lead = output.length - operand.length
  return (flat) =>
    operand.reduce(
      (position, size, axis) =>
        size === 1
          ? position
          : position +
            (Math.floor(flat / (outputStrides[axis + lead] ?? 1)) % size) * (operandStrides[axis] ?? 0),
      0,
    )
}

const evaluateElementwise = (
  op: Elementwise,
  inputs: readonly NdArray[],
  output: readonly number[],
): NdArray => {
  const size = sizeOf(output)
  const data = new Float64Array(size)
  const reads = inputs.map(({ shape, data: from }) => {
    const whole = from.length === size && shape.length === output.length
    const position = whole ? (flat: number): number => flat : broadcastPositions(shape, output)
    return (flat: number): number => from[position(flat)] ?? Number.NaN
  })
  const [first, second] = reads
  if (reads.length === 1 && first !== undefined) for (let i = 0; i < size; i++) data[i] = op.value(first(i))
  else if (reads.length === 2 && first !== undefined && second !== undefined)
    for (let i = 0; i < size; i++) data[i] = op.value(first(i), second(i))
  else for (let i = 0; i < size; i++) data[i] = op.value(...reads.map((read) => read(i)))
  return { shape: output, data }
}

const elementwiseType = (
  op: Elementwise,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const open = inputs.find((_, i) => isOpen(op.operands[i]))?.dtype ?? 'f32'
  const fits = op.operands.every((kind, i) => {
    const dtype = inputs[i]?.dtype
    return dtype !== undefined && ACCEPTED[kind].includes(dtype) && (!isOpen(kind) || dtype === open)
  })
  if (inputs.length !== op.operands.length || !fits)
    return E.left(
      shapeError({
        where: op.name,
        expected: `operands of dtype ${op.operands.map((kind) => ACCEPTED[kind].join(' or ')).join(', ')}${op.operands.filter(isOpen).length > 1 ? ' (one dtype for both)' : ''}`,
        found: inputs.map(printType).join(', ') || 'none',
        hint: 'compare or convert with toFloat first; only f32 takes part in arithmetic',
      }),
    )
  let shape: Shape = []
  for (const input of inputs) {
    const common = broadcastShapes(op.name, shape, input.shape)
    if (E.isLeft(common)) return common
    shape = common.right
  }
  return E.right([{ shape, dtype: op.result === 'same' ? open : op.result }])
}

const elementwiseVjp =
  (op: Elementwise): VjpRule<NoAttributes> =>
  (b, { inputs, outputs, cotangents }) => {
    const [output] = outputs
    const [cotangent] = cotangents
    if (output === undefined || cotangent === undefined) return []
    return op
      .partials(b, inputs, output)
      .map((partial, i) =>
        partial === null ? null : b.sumTo(b.mul(cotangent, partial), inputs[i]?.shape ?? []),
      )
  }

const elementwiseJvp =
  (op: Elementwise): JvpRule<NoAttributes> =>
  (b, { inputs, outputs, tangents }) => {
    const [output] = outputs
    if (output === undefined) return [null]
    const terms = op.partials(b, inputs, output).flatMap((partial, i) => {
      const tangent = tangents[i]
      return partial === null || tangent === null || tangent === undefined ? [] : [b.mul(tangent, partial)]
    })
    const total = terms.reduce<Tensor | null>((sum, term) => (sum === null ? term : b.add(sum, term)), null)
    // A tangent of one broadcast operand alone has that operand's shape until it meets the other.
    return [total === null ? null : b.broadcast(total, output.shape)]
  }

/** Shapes a member is tried on: equal, scalar against array, both broadcasting, and a zero-sized axis. */
const elementwiseSamples = (op: Elementwise): readonly Sample[] => {
  const input = (shape: SampleInput['shape'], kind: OperandKind, i: number): SampleInput => {
    const domain = op.domains?.[i] ?? op.domain ?? 'any'
    const dtype = ACCEPTED[kind][0] ?? 'f32'
    return { shape, dtype, domain: dtype === 'bool' ? 'bool' : dtype === 'i24' ? { below: 1000 } : domain }
  }
  const patterns: readonly (readonly (readonly (number | string)[])[])[] = [
    [
      ['n', 'm'],
      ['n', 'm'],
      ['n', 'm'],
    ],
    [['n', 1, 'k'], ['m', 'k'], []],
    [['m'], ['n', 'm'], ['n', 1]],
    [[], [], []],
    [[0, 'm'], ['m'], [1, 1]],
  ]
  return patterns.map((shapes) => ({
    attrs: {},
    inputs: op.operands.map((kind, i) => input(shapes[i] ?? [], kind, i)),
  }))
}

/** The op record of a member of the family; its type carries the name, for the sentences of type errors. */
export type ElementwiseOp<Name extends string = string> = Primitive<NoAttributes> & { readonly name: Name }

/** The op record of a member of the family. */
export const elementwise = <const Name extends string>(op: Elementwise<Name>): ElementwiseOp<Name> => {
  const record: Primitive<NoAttributes> = definePrimitive<NoAttributes>({
    name: op.name,
    category: 'elementwise',
    doc: op.doc,
    attrs: noAttributes,
    type: (_, inputs) => elementwiseType(op, inputs),
    evaluate: (_, inputs, outputs) => [evaluateElementwise(op, inputs, outputs[0] ?? [])],
    vjp: elementwiseVjp(op),
    jvp: elementwiseJvp(op),
    batch: (b, site) => apply(record, {}, alignedOperands(b, site)),
    lower: {
      skeleton: 'map',
      nest: (_, inputs, outputs) => ({
        loops: () => [],
        combine: null,
        body: ({ at, read }) =>
          op.scalar(...inputs.map((shape, i) => read(i, broadcastCoordinates(shape, outputs[0] ?? [], at)))),
      }),
    },
    cost: (_, __, outputs) => ({ flops: (op.flops ?? 1) * sizeOf(outputs[0]?.shape ?? []) }),
    samples: elementwiseSamples(op),
    tolerance: { relative: op.relative ?? (op.result === 'f32' ? 1e-6 : 0) },
    ...(op.range === undefined ? {} : { range: op.range }),
    laws: op.laws ?? [],
  })
  return { ...record, name: op.name }
}
