/**
 * The family of views: ops that move elements and compute nothing. A member gives its shape rule, its
 * float64 meaning, where each element comes from, and its adjoint; the record follows here. All but a pad
 * with another value than 0 are linear, so the tangent is the view of the tangent.
 */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import type { Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim, Shape } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { BatchRule, Law, LoopScope, NdArray, Primitive, Sample } from '../def.js'
import { apply, definePrimitive } from '../def.js'
import { oneOperand } from '../operands.js'

/** How a view is mapped over a new first axis: as one view with other attributes, or by a rule of its own. */
type Mapping<A> =
  | {
      /** The attributes of the same view of many examples, stacked on a new first axis of the given size. */
      readonly mapped: (attrs: A, from: Shape, size: Dim) => A
    }
  | { readonly batch: BatchRule<A> }

export type View<A extends Attributes> = Mapping<A> & {
  readonly name: string
  readonly doc: string
  readonly attrs: t.Decoder<unknown, A>
  readonly shape: (attrs: A, from: Shape) => E.Either<TensorError, Shape>
  /** The meaning in float64. */
  readonly values: (attrs: A, x: NdArray, output: readonly number[]) => Float64Array
  /** The element of the output at `scope.at`. */
  readonly body: (attrs: A, from: readonly number[], to: readonly number[], scope: LoopScope) => Scalar
  /** The adjoint: the cotangent of x from that of the result. */
  readonly pull: (b: Builder, attrs: A, x: Tensor, cotangent: Tensor) => Tensor
  /** The tangent of the result from that of x. */
  readonly push: (b: Builder, attrs: A, tangent: Tensor, output: Shape) => Tensor
  readonly samples: readonly Sample[]
  readonly laws?: readonly Law[]
}

/** The op record of a member of the family. */
export const view = <A extends Attributes>(op: View<A>): Primitive<A> => {
  const record: Primitive<A> = definePrimitive<A>({
    name: op.name,
    category: 'view',
    doc: op.doc,
    attrs: op.attrs,
    type: (attrs, inputs) =>
      E.chain((x: Tensor | { readonly shape: Shape; readonly dtype: Tensor['dtype'] }) =>
        E.map((shape: Shape) => [{ shape, dtype: x.dtype }])(op.shape(attrs, x.shape)),
      )(oneOperand(op.name, 'any', inputs)),
    evaluate: (attrs, [x], [output = []]) =>
      x === undefined ? [] : [{ shape: output, data: op.values(attrs, x, output) }],
    vjp: (b, { attrs, inputs: [x], cotangents: [cotangent] }) =>
      x === undefined || cotangent === undefined ? [] : [op.pull(b, attrs, x, cotangent)],
    jvp: (b, { attrs, outputs: [output], tangents: [tangent] }) =>
      output === undefined || tangent === undefined || tangent === null
        ? [null]
        : [op.push(b, attrs, tangent, output.shape)],
    batch: (b, site) =>
      'batch' in op
        ? op.batch(b, site)
        : apply(record, op.mapped(site.attrs, site.inputs[0]?.shape.slice(1) ?? [], site.size), site.inputs),
    lower: {
      skeleton: 'view',
      nest: (attrs, [from = []], [to = []]) => ({
        loops: () => [],
        combine: null,
        body: (scope) => op.body(attrs, from, to, scope),
      }),
    },
    cost: () => ({ flops: 0 }),
    samples: op.samples,
    tolerance: { relative: 0 },
    laws: op.laws ?? ['linear'],
  })
  return record
}

/** An f32 operand of a sample. */
export const floatInput = (...shape: Shape): Sample['inputs'][number] => ({
  shape,
  dtype: 'f32',
  domain: 'any',
})
