/**
 * What an op is: one record with everything the system knows of it. Tests, docs and tables are derived from it.
 *
 * A primitive carries its float64 meaning, its derivative rules and its loop nest. A composite is defined
 * by its expansion into other ops; whatever rule it leaves as 'expand' is taken from that expansion.
 */
import type * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { TensorError } from '../error/error.js'
import type { Graph } from '../ir/graph.js'
import type { Combine, Index, Loop, Scalar } from '../ir/scalar.js'
import type { Attributes, Node, Tensor } from '../ir/tensor.js'
import { outputsOf } from '../ir/tensor.js'
import { orFail } from '../error/error.js'
import type { DType, Dim, TensorType } from '../shape/dim.js'
import type { Builder } from './builder.js'

/** An n-dimensional array of float64, row-major: the values of the reference interpreter. */
export interface NdArray {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Where a rule stands: the op's attributes, operands and results. */
export interface Site<A> {
  readonly attrs: A
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

/** Cotangents of the inputs from cotangents of the outputs; null says that none flows. */
export type VjpRule<A> = (
  b: Builder,
  site: Site<A> & { readonly cotangents: readonly Tensor[] },
) => readonly (Tensor | null)[]

/** Tangents of the outputs from tangents of the inputs; null stands for zero, on both sides. */
export type JvpRule<A> = (
  b: Builder,
  site: Site<A> & { readonly tangents: readonly (Tensor | null)[] },
) => readonly (Tensor | null)[]

/** An op applied once for each place along a new axis, which leads in the operands that have it. */
export interface BatchSite<A> {
  readonly attrs: A
  readonly inputs: readonly Tensor[]
  /** Which operands have the new axis; at least one. The others are the same for every place. */
  readonly isMapped: readonly boolean[]
  /** Size of the new axis. */
  readonly size: Dim
}

/** The results for all places at once, each with the new axis first: the rule by which `vmap` maps an op. */
export type BatchRule<A> = (b: Builder, site: BatchSite<A>) => readonly Tensor[]

/** Coordinates into a tensor, one index an axis. */
export type Coordinates = readonly Index[]

/** What a loop nest is given to write its body with. */
export interface LoopScope {
  /** Where in the output this element lies. */
  readonly at: Coordinates
  /** The counters of the loops, outermost first. */
  readonly counters: readonly Index[]
  /** The element of input number `input` at `at`. */
  readonly read: (input: number, at: Coordinates) => Scalar
}

/**
 * An op as a loop nest in pull style: what one element of the output is. A pass fuses two ops by
 * evaluating the producer's body at the consumer's coordinates.
 */
export interface LoopNest {
  /** Reduction loops, outermost first; none for a map or a view. */
  readonly loops: (at: Coordinates) => readonly Loop[]
  readonly combine: Combine | null
  readonly body: (scope: LoopScope) => Scalar
}

/**
 * The loop skeletons that a primitive may choose (see kernels/). A search reads its operands at many places that
 * depend on what it has read, so operands and result are always stored.
 */
export type SkeletonName = 'map' | 'view' | 'reduce' | 'contract' | 'slide' | 'gather' | 'search'

export type Lowering<A> =
  | { readonly skeleton: 'leaf' }
  /** The graph in its attribute `body` is run again and again (src/compile/loop-plan.ts); only `scan`. */
  | { readonly skeleton: 'loop' }
  | {
      readonly skeleton: SkeletonName
      /** The operands that output number `output` reads; all unless stated. The others are only waited for. */
      reads?(output: number): readonly number[]
      /** The nest of output number `output`. All shapes are concrete. */
      nest(
        attrs: A,
        inputs: readonly (readonly number[])[],
        outputs: readonly (readonly number[])[],
        output: number,
      ): LoopNest
    }

/** Arithmetic of one application; bytes follow from the types. */
export interface Cost {
  /** Additions, multiplications, comparisons, divisions and calls of elementary functions. */
  readonly flops: number
}

/** Where the values of a sample's input are drawn from. Kinks of relu, max, … lie outside 'apart' by a distance. */
export type Domain =
  | 'any'
  | 'positive'
  | 'nonzero'
  | 'unit'
  /** All values distinct by at least 1e-2, and none that near 0. */
  | 'apart'
  /** At least 1/8 from every whole and half number: what floor and round jump at. */
  | 'fractional'
  /** ±1/2, ±1 or ±2. */
  | 'power of two'
  | 'bool'
  | 'key'
  /** Integers in [0, below). */
  | { readonly below: number | string }

/** One input of a sample. Axes given by name take random sizes, the same name the same size. */
export interface SampleInput {
  readonly shape: readonly (number | string)[]
  readonly dtype: DType
  readonly domain: Domain
}

/** A way to apply the op, as plain data: a string '$n' in the attributes is replaced by the size of axis 'n'. */
export interface Sample {
  readonly attrs: Attributes
  readonly inputs: readonly SampleInput[]
}

/** Bound on ‖a − b‖∞ / ‖b‖∞ of a float32 target against the float64 meaning, per tensor. */
export interface Tolerance {
  readonly relative: number
}

/** The numbers from `low` to `high`. */
export type Interval = readonly [low: number, high: number]

/** Algebra the tests hold an op to. */
export type Law =
  | 'linear'
  | 'bilinear'
  | 'commutative'
  | 'associative'
  | 'idempotent'
  | 'involution'
  | 'odd'
  | 'even'
  | 'monotone'

export type Category =
  | 'leaf'
  | 'elementwise'
  | 'reduce'
  | 'linear'
  | 'view'
  | 'index'
  | 'signal'
  | 'random'
  | 'control'
  | 'composite'

/** Runs a closed graph (src/ir/nested.ts) on values for its inputs, as often as wanted. */
export type GraphRunner = (graph: Graph) => (inputs: readonly NdArray[]) => readonly NdArray[]

interface Common<A extends Attributes> {
  readonly name: string
  readonly category: Category
  /** One paragraph: formula, shapes, conventions, source. */
  readonly doc: string
  readonly attrs: t.Decoder<unknown, A>
  /** The run-time twin of the typed combinator's rule. Axes may be names. */
  type(attrs: A, inputs: readonly TensorType[]): E.Either<TensorError, readonly TensorType[]>
  cost(attrs: A, inputs: readonly TensorType[], outputs: readonly TensorType[]): Cost
  readonly samples: readonly Sample[]
  readonly tolerance: Tolerance
  /** Where its accuracy in float32 is promised, by operand; for all numbers unless stated. */
  readonly range?: readonly Interval[]
  readonly laws: readonly Law[]
}

export interface Primitive<A extends Attributes = Attributes> extends Common<A> {
  readonly kind: 'primitive'
  /** The float64 meaning, which every target is held to. */
  evaluate(attrs: A, inputs: readonly NdArray[], outputs: readonly (readonly number[])[]): readonly NdArray[]
  vjp(b: Builder, site: Site<A> & { readonly cotangents: readonly Tensor[] }): readonly (Tensor | null)[]
  jvp(
    b: Builder,
    site: Site<A> & { readonly tangents: readonly (Tensor | null)[] },
  ): readonly (Tensor | null)[]
  batch(b: Builder, site: BatchSite<A>): readonly Tensor[]
  readonly lower: Lowering<A>
}

export interface Composite<A extends Attributes = Attributes> extends Common<A> {
  readonly kind: 'composite'
  /** The definition: what it is made of. */
  expand(b: Builder, attrs: A, inputs: readonly Tensor[]): readonly Tensor[]
  /**
   * Another definition, for targets that run kernels over the same rows together and store nothing between them; null
   * where the first is the better one at these (concrete) types.
   */
  expandByRows?(b: Builder, attrs: A, inputs: readonly Tensor[]): readonly Tensor[] | null
  /** A float64 meaning of its own, against which the expansion is tested; or the expansion's. */
  readonly evaluate: 'expand' | Primitive<A>['evaluate']
  /** How the interpreter runs it where the expansion would be long: a loop over the graph that the op holds. */
  interpret?(
    attrs: A,
    run: GraphRunner,
  ): (inputs: readonly NdArray[], outputs: readonly (readonly number[])[]) => readonly NdArray[]
  readonly vjp: 'expand' | Primitive<A>['vjp']
  readonly jvp: 'expand' | Primitive<A>['jvp']
  /** 'expand' maps the expansion; a rule of its own keeps the composite whole. */
  readonly batch: 'expand' | Primitive<A>['batch']
  /** A loop nest it may be kept whole for; absent, or on targets without the skeleton, it is expanded. */
  readonly lower?: Lowering<A>
  /** Whether the nest is the better algorithm at these (concrete) types; absent says always. */
  keepWhole?(attrs: A, inputs: readonly TensorType[]): boolean
}

export type Op<A extends Attributes = Attributes> = Primitive<A> | Composite<A>

/** Makes the record; the identity, but it names what is missing. */
export const definePrimitive = <A extends Attributes>(op: Omit<Primitive<A>, 'kind'>): Primitive<A> => ({
  kind: 'primitive',
  ...op,
})
export const defineComposite = <A extends Attributes>(op: Omit<Composite<A>, 'kind'>): Composite<A> => ({
  kind: 'composite',
  ...op,
})

/** Applies an op: checks the types, makes the node. Leaves the trace with a typed error if the rule refuses. */
export const apply = <A extends Attributes>(
  op: Op<A>,
  attrs: A,
  inputs: readonly Tensor[],
): readonly Tensor[] => outputsOf(applyNode(op, attrs, inputs))

const applyNode = <A extends Attributes>(op: Op<A>, attrs: A, inputs: readonly Tensor[]): Node => ({
  op: op.name,
  attrs,
  inputs,
  outputs: orFail(op.type(attrs, inputs)),
})

/** Applies an op of one result. */
export const apply1 = <A extends Attributes>(op: Op<A>, attrs: A, inputs: readonly Tensor[]): Tensor => {
  const node = applyNode(op, attrs, inputs)
  const type = node.outputs[0]
  if (type === undefined) throw new TypeError(`${op.name} has no result`)
  return { shape: type.shape, dtype: type.dtype, node, output: 0 }
}
