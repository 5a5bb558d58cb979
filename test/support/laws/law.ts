import * as E from 'fp-ts/lib/Either.js'
import { renderError } from '../../../src/error/error.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Attributes } from '../../../src/ir/tensor.js'
import type { NdArray, Op } from '../../../src/op/def.js'
import { apply } from '../../../src/op/def.js'
import { expandComposites } from '../../../src/op/expand.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { interpret } from '../../../src/run/reference.js'
import type { TensorType } from '../../../src/shape/dim.js'
import type { Case } from '../arbitrary.js'
import { substituteAttributes } from '../arbitrary.js'
import type { ArrayFunction } from '../../../src/inspect/finite-differences.js'

/** What every op is held to, or every op that says so of itself. */
export interface OpLaw {
  readonly name: string
  readonly appliesTo: (op: Op) => boolean
  /** Whether it is also tried with empty axes. */
  readonly empty: boolean
  /** How many other draws of the inputs it looks at; none unless stated. */
  readonly others?: number
  /** Throws where the law does not hold. */
  readonly check: (op: Op, c: Case) => void
}

export type TensorFunction = (xs: readonly Tensor[]) => readonly Tensor[]

/** A function of tensors as a function of arrays: traced once, interpreted at each call. */
export const arrayFunction = (types: readonly TensorType[], f: TensorFunction): ArrayFunction => {
  const results = f(types.map(({ shape, dtype }, i) => inputTensor(`${i}`, shape, dtype)))
  const whole = toGraph(results.map((tensor, i) => ({ name: `${i}`, tensor })))
  const graph = expandComposites(ops, build, (op) => op.evaluate !== 'expand', whole)
  return (arrays) => [
    ...interpret(graph, Object.fromEntries(arrays.map((array, i) => [`${i}`, array]))).values(),
  ]
}

/** The results' types by the op's rule. */
export const resultTypes = (
  op: Op,
  attrs: Attributes,
  types: readonly TensorType[],
): readonly TensorType[] => {
  const found = op.type(attrs, types)
  if (E.isLeft(found)) throw new Error(`the type rule refuses a sample: ${renderError(found.left)}`)
  return found.right
}

const sizesOf = (type: TensorType): readonly number[] => type.shape.map(Number)

/** What the op computes, by its own meaning or by its expansion. */
export const meaning = (
  op: Op,
  attrs: Attributes,
  types: readonly TensorType[],
  inputs: readonly NdArray[],
): readonly NdArray[] =>
  op.evaluate === 'expand'
    ? arrayFunction(types, (xs) => apply(op, attrs, xs))(inputs)
    : op.evaluate(attrs, inputs, resultTypes(op, attrs, types).map(sizesOf))

export const isFloat = (type: TensorType): boolean => type.dtype === 'f32'

/** The op as a function of its f32 operands alone, the others held; and of its results only those of f32. */
export interface FloatPart {
  readonly inputTypes: readonly TensorType[]
  readonly outputTypes: readonly TensorType[]
  readonly at: readonly NdArray[]
  readonly tensors: TensorFunction
  readonly arrays: ArrayFunction
  /** Another function of all operands, restricted in the same way. */
  readonly restrict: (f: TensorFunction) => TensorFunction
}

export const floatPart = (op: Op, { attrs, types, inputs }: Case): FloatPart => {
  const place = (floats: readonly NdArray[]): readonly NdArray[] => {
    const next = floats.values()
    return inputs.map((held, i) => (types[i]?.dtype === 'f32' ? (next.next().value ?? held) : held))
  }
  const outputs = resultTypes(op, attrs, types)
  const keep = <A>(results: readonly A[]): readonly A[] =>
    results.filter((_, i) => outputs[i]?.dtype === 'f32')
  const operands: TensorFunction = (xs) => {
    const next = xs.values()
    return inputs.map((held, i): Tensor => {
      const type = types[i]
      const float = type?.dtype === 'f32' ? next.next().value : undefined
      return float ?? fromArray(held.data, held.shape, type?.dtype ?? 'f32')
    })
  }
  return {
    inputTypes: types.filter(isFloat),
    outputTypes: outputs.filter(isFloat),
    at: inputs.filter((_, i) => types[i]?.dtype === 'f32'),
    tensors: (xs) => keep(apply(op, attrs, operands(xs))),
    restrict: (f) => (xs) => keep(f(operands(xs))),
    arrays: (floats) => keep(meaning(op, attrs, types, place(floats))),
  }
}

/** Whether any sample has both an operand and a result to differentiate. */
export const hasDerivative = (op: Op): boolean =>
  op.samples.some((sample) => {
    const types = sample.inputs.map(({ shape, dtype }) => ({
      shape: shape.map((dim) => (typeof dim === 'number' ? dim : 2)),
      dtype,
    }))
    const attrs = substituteAttributes(sample.attrs, (names) => 2 ** names.length)
    return types.some(isFloat) && resultTypes(op, attrs, types).some(isFloat)
  })
