/** The sizes that a linear convolution leaves: the whole of it, as many as the input, or those of all taps. */
import type { BroadcastCheck } from './broadcast.js'
import type { Dim, Shape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { ConvolvedShape, Resized, SizedAxesCheck } from './signal.js'
import type { AddSizes, FrontAxis, IsOpen, PrintDims, SubtractSizes } from './size-arithmetic.js'

/** 'full' keeps n + k − 1 outputs of n points and k taps, 'same' the middle n of them, 'valid' n − k + 1. */
export type LinearMode = 'full' | 'same' | 'valid'

/** Where the outputs kept begin, and how many there are. */
export const linearRange = (
  mode: LinearMode,
  points: number,
  taps: number,
): { readonly start: number; readonly size: number } =>
  mode === 'full'
    ? { start: 0, size: points + taps - 1 }
    : mode === 'same'
      ? { start: Math.floor((taps - 1) / 2), size: points }
      : { start: taps - 1, size: points - taps + 1 }

type LinearSize<N, K, Mode extends LinearMode> = LinearMode extends Mode
  ? number
  : Mode extends 'same'
    ? N
    : Mode extends 'full'
      ? SubtractSizes<AddSizes<N, K>, 1>
      : AddSizes<SubtractSizes<N, K>, 1>

type LinearSizes<
  X extends Shape,
  K extends Shape,
  Axes extends readonly number[],
  Mode extends LinearMode,
> = Axes extends readonly [infer Axis extends number, ...infer Rest extends readonly number[]]
  ? LinearSize<X[FrontAxis<Axis, X>], K[FrontAxis<Axis, K>], Mode> extends infer Size extends Dim
    ? readonly [Size, ...LinearSizes<X, K, Rest, Mode>]
    : readonly []
  : readonly []

/** The type of the result: operands broadcast but for the convolved axes. */
export type LinearShape<
  X extends Shape,
  K extends Shape,
  Axes extends readonly number[],
  Mode extends LinearMode,
> = Resized<ConvolvedShape<X, K, readonly []>, Axes, LinearSizes<X, K, Axes, Mode>>

type Ones<Axes extends readonly number[]> = { readonly [I in keyof Axes]: 1 }

/** `unknown` where ranks agree, convolved axes have sizes and the others broadcast, or where run time must judge. */
export type LinearConvolutionCheck<
  X extends Shape,
  K extends Shape,
  Axes extends readonly number[],
> = true extends IsOpen<X> | IsOpen<K>
  ? unknown
  : X['length'] extends K['length']
    ? SizedAxesCheck<'convolve', X, Axes> &
        SizedAxesCheck<'convolve', K, Axes> &
        BroadcastCheck<'convolve', X, Resized<K, Axes, Ones<Axes>>>
    : ShapeError<`convolve: input [${PrintDims<X>}] and kernel [${PrintDims<K>}] differ in rank`>
