/** Spectra and convolutions at the type level; the run-time twins are the `type` rules of the ops in src/op/signal/. */
import type { Add, Divide, Mod, Subtract } from 'ts-arithmetic'
import type { BroadcastCheck } from './broadcast.js'
import type { Dim, Shape } from './dim.js'
import type { AxesCheck } from './permute.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  DimsAgree,
  FrontAxis,
  IsLoose,
  IsOpen,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

/** Bins of the half spectrum of a real signal: floor(length / 2) + 1. */
export type HalfLength<N> = N extends number
  ? number extends N
    ? number
    : Add<Divide<Subtract<N, Mod<N, 2>>, 2>, 1>
  : number

/** Sizes of the half spectrum along the axes: the last one is halved. */
export type SpectrumLengths<Lengths extends readonly number[]> = Lengths extends readonly [
  ...infer Others extends readonly number[],
  infer Last,
]
  ? readonly [...Others, HalfLength<Last>]
  : Lengths

type Resize<
  S extends Shape,
  Axes extends readonly number[],
  Sizes extends readonly Dim[],
> = Axes extends readonly [infer Axis extends number, ...infer RestAxes extends readonly number[]]
  ? Sizes extends readonly [infer Size extends Dim, ...infer RestSizes extends readonly Dim[]]
    ? Resize<AsShape<ReplaceAxis<S, FrontAxis<Axis, S>, readonly [Size]>>, RestAxes, RestSizes>
    : S
  : S

/** Axes, or their number, that are only known at run time. */
type AreLoose<S extends Shape, Axes extends readonly number[]> =
  IsOpen<S> extends true ? true : number extends Axes[number] | Axes['length'] ? true : false

/** The shape with the sizes along `Axes` replaced; of unknown sizes where the axes are not literals. */
export type Resized<S extends Shape, Axes extends readonly number[], Sizes extends readonly Dim[]> =
  AreLoose<S, Axes> extends true ? Shape : number extends Sizes['length'] ? Shape : Resize<S, Axes, Sizes>

/** Shape of the half spectrum of a real tensor. */
export type RfftShape<
  S extends Shape,
  Axes extends readonly number[],
  Lengths extends readonly number[],
> = Resized<S, Axes, SpectrumLengths<Lengths>>

type CountCheck<
  Where extends string,
  Axes extends readonly number[],
  Lengths extends readonly number[],
> = true extends IsOpen<Axes> | IsOpen<Lengths>
  ? unknown
  : Axes['length'] extends Lengths['length']
    ? Axes extends readonly []
      ? ShapeError<`${Where}: no axis to transform`>
      : unknown
    : ShapeError<`${Where}: ${Axes['length']} axes and ${Lengths['length']} lengths`>

/** `unknown` where the axes are distinct axes of the shape, each with a length. */
export type FourierCheck<
  Where extends string,
  S extends Shape,
  Axes extends readonly number[],
  Lengths extends readonly number[],
> = AxesCheck<Where, S, Axes> & CountCheck<Where, Axes, Lengths>

/** `FourierCheck` for the transform of a real tensor. */
export type RfftCheck<
  S extends Shape,
  Axes extends readonly number[],
  Lengths extends readonly number[],
> = FourierCheck<'rfft', S, Axes, Lengths>

type BinsCheck<
  S extends Shape,
  Axes extends readonly number[],
  Sizes extends readonly Dim[],
> = Axes extends readonly [infer Axis extends number, ...infer RestAxes extends readonly number[]]
  ? Sizes extends readonly [infer Size extends Dim, ...infer RestSizes extends readonly Dim[]]
    ? S[FrontAxis<Axis, S>] extends infer Own extends Dim
      ? DimsAgree<Own, Size> extends true
        ? BinsCheck<S, RestAxes, RestSizes>
        : ShapeError<`irfft: axis ${Axis} has ${Own} bins where its length needs ${Size}`>
      : unknown
    : unknown
  : unknown

/** `unknown` where the spectrum has the bins that the lengths need. */
export type IrfftCheck<S extends Shape, Axes extends readonly number[], Lengths extends readonly number[]> =
  AreLoose<S, Axes> extends true
    ? unknown
    : AxesCheck<'irfft', S, Axes> &
        CountCheck<'irfft', Axes, Lengths> &
        BinsCheck<S, Axes, SpectrumLengths<Lengths>>

/** What two aligned axes broadcast to, an unknown size where one is not known. */
type JoinDims<A, B> = A extends 1 ? B : B extends 1 ? A : true extends IsLoose<A> ? B : A

type JoinShapes<A extends Shape, B extends Shape> = A extends readonly [
  infer Left,
  ...infer RestA extends Shape,
]
  ? B extends readonly [infer Right, ...infer RestB extends Shape]
    ? readonly [JoinDims<Left, Right>, ...JoinShapes<RestA, RestB>]
    : readonly []
  : readonly []

type Ones<Axes extends readonly number[]> = { readonly [K in keyof Axes]: 1 }

/** Shape of a convolution: the operands broadcast, then the axes summed over are 1. */
export type ConvolvedShape<
  X extends Shape,
  K extends Shape,
  SumOver extends readonly number[],
> = true extends IsOpen<X> | IsOpen<K> ? Shape : Resized<AsShape<JoinShapes<X, K>>, SumOver, Ones<SumOver>>

/** Along a convolved axis sizes agree exactly; elsewhere 1 agrees with everything. */
type OperandsCheck<
  X extends Shape,
  K extends Shape,
  WholeX extends Shape,
  Axes extends readonly number[],
  Seen extends readonly unknown[] = [],
> = X extends readonly [infer Left extends Dim, ...infer RestX extends Shape]
  ? K extends readonly [infer Right extends Dim, ...infer RestK extends Shape]
    ? DimsAgree<Left, Right> extends true
      ? OperandsCheck<RestX, RestK, WholeX, Axes, [...Seen, Left]>
      : Seen['length'] extends FrontAxes<Axes, WholeX>[number]
        ? ShapeError<`fftConv: axis ${Seen['length']} has ${Left} points and ${Right} taps`>
        : 1 extends Left | Right
          ? OperandsCheck<RestX, RestK, WholeX, Axes, [...Seen, Left]>
          : ShapeError<`fftConv: sizes ${Left} and ${Right} of axis ${Seen['length']} differ`>
    : unknown
  : unknown

type FrontAxes<Axes extends readonly number[], S extends Shape> = {
  readonly [I in keyof Axes]: FrontAxis<Axes[I], S>
}

/** `unknown` where input and kernel fit or it can only be judged at run time. */
export type ConvolutionOperandsCheck<
  X extends Shape,
  K extends Shape,
  Axes extends readonly number[],
  SumOver extends readonly number[],
> = true extends AreLoose<X, Axes> | IsOpen<K>
  ? unknown
  : X['length'] extends K['length']
    ? AxesCheck<'fftConv', X, readonly [...Axes, ...SumOver]> & OperandsCheck<X, K, X, Axes>
    : ShapeError<`fftConv: input [${PrintDims<X>}] and kernel [${PrintDims<K>}] differ in rank`>

/** `unknown` where two spectra have one rank, broadcast, and have the axes to sum over. */
export type SpectrumProductCheck<
  X extends Shape,
  K extends Shape,
  SumOver extends readonly number[],
> = true extends IsOpen<X> | IsOpen<K>
  ? unknown
  : X['length'] extends K['length']
    ? AxesCheck<'spectrumMultiply', X, SumOver> & BroadcastCheck<'spectrumMultiply', X, K>
    : ShapeError<`spectrumMultiply: spectra [${PrintDims<X>}] and [${PrintDims<K>}] differ in rank`>

type NamedAxisCheck<
  Where extends string,
  S extends Shape,
  Axes extends readonly number[],
> = Axes extends readonly [infer Axis extends number, ...infer Rest extends readonly number[]]
  ? S[FrontAxis<Axis, S>] extends infer Size extends string
    ? string extends Size
      ? NamedAxisCheck<Where, S, Rest>
      : ShapeError<`${Where}: axis ${Axis} is ${Size}, a name without a size`>
    : NamedAxisCheck<Where, S, Rest>
  : unknown

/** `unknown` where the axes are distinct axes of the shape, none with a name in place of a size. */
export type SizedAxesCheck<Where extends string, S extends Shape, Axes extends readonly number[]> =
  AreLoose<S, Axes> extends true ? unknown : AxesCheck<Where, S, Axes> & NamedAxisCheck<Where, S, Axes>
