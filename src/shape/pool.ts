/**
 * Pools: windows slid over the spatial axes of x [...lead, ...spatial, channels], as many as the window has sizes.
 * Along each there are floor((size + before + after − window) / stride) + 1 places.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { Width } from './pad.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, IsOpen } from './size-arithmetic.js'
import type { Padding, SlidAxes, Slide, SplitLast, Steps } from './slide.js'
import { paddingOf, slidSize, stepsOf } from './slide.js'

/** How windows slide; lists have one item for each spatial axis. */
export type PoolAttributes = {
  readonly window: readonly number[]
  readonly strides: readonly number[]
  /** Places before and after each spatial axis, fewer than the window. */
  readonly padding: readonly Width[]
}

/** What a user says of a pool. */
export interface PoolOptions<Window extends readonly number[], Stride extends Steps, P extends Padding> {
  /** Elements that a window covers along each spatial axis. */
  readonly window: Window
  /** From one window to the next, for all spatial axes or for each; the window's own size unless stated. */
  readonly stride?: Stride
  /** What is put around the spatial axes: pairs, or a rule as for a convolution. `valid`, nothing, unless stated. */
  readonly padding?: P
}

/** The attributes that a user's options mean. */
export const poolAttributes = ({
  window,
  stride = window,
  padding = 'valid',
}: PoolOptions<readonly number[], Steps, Padding>): PoolAttributes => ({
  window,
  strides: stepsOf(stride, window.length),
  padding: paddingOf(padding, window),
})

/** How the window slides along each spatial axis. */
export const poolSlides = ({ window, strides, padding }: PoolAttributes): readonly Slide[] =>
  window.map((_, i) => ({
    padding: padding[i] ?? [0, 0],
    stride: strides[i] ?? 1,
    dilation: 1,
    inputDilation: 1,
  }))

const isWindow = (size: number, [before = 0, after = 0]: readonly number[]): boolean =>
  Number.isInteger(size) && size >= 1 && before >= 0 && after >= 0 && before < size && after < size

/** The shape of what is pooled. */
export const poolShape = (where: string, x: Shape, attrs: PoolAttributes): E.Either<TensorError, Shape> => {
  const { window, strides, padding } = attrs
  const rank = window.length
  const first = x.length - 1 - rank
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(
      shapeError({
        where,
        expected,
        found: `x ${printShape(x)}, window [${window.join(', ')}], strides [${strides.join(', ')}], padding [${padding.map((pair) => `[${pair.join(', ')}]`).join(', ')}]`,
        hint,
      }),
    )
  if (rank < 1 || first < 0)
    return refuse('x [...lead, ...spatial, channels]', 'one size of the window for each spatial axis')
  if (strides.length !== rank || padding.length !== rank)
    return refuse(`strides and padding for ${rank} axes`, 'one for each spatial axis')
  if (!window.every((size, i) => isWindow(size, padding[i] ?? [])))
    return refuse('windows of at least 1, and a padding below the window', 'every window meets x')
  const places = poolSlides(attrs).flatMap(
    (slide, i) => slidSize(x[first + i] ?? 0, window[i] ?? 0, slide) ?? [],
  )
  return places.length === rank
    ? E.right([...x.slice(0, first), ...places, ...x.slice(-1)])
    : refuse(
        'windows that fit into the padded spatial axes, and strides of at least 1',
        'a named axis needs stride 1 and before + after = window − 1',
      )
}

type IsOpenPool<X extends Shape, Window extends readonly number[]> = true extends IsOpen<X> | IsOpen<Window>
  ? true
  : false

/** The type of the shape of what is pooled. */
export type Pooled<
  X extends Shape,
  Window extends readonly number[],
  Stride extends Steps,
  P extends Padding,
> =
  IsOpenPool<X, Window> extends true
    ? Shape
    : X extends readonly [...infer Front extends Shape, infer Channels]
      ? SplitLast<Front, Window> extends {
          readonly lead: infer Lead extends Shape
          readonly spatial: infer Spatial extends Shape
        }
        ? AsShape<readonly [...Lead, ...AsShape<SlidAxes<Spatial, Window, P, Stride, 1>>, Channels]>
        : Shape
      : Shape

type FitCheck<Where extends string, Sizes extends Shape, Window extends Shape> = Sizes extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? Window extends readonly [infer Head extends Dim, ...infer Others extends Shape]
    ? `${Size}` extends `-${string}`
      ? ShapeError<`${Where}: a window of ${Head} does not fit into the padded axis`>
      : FitCheck<Where, Rest, Others>
    : unknown
  : unknown

type ListCheck<
  Where extends string,
  Name extends string,
  Window extends readonly number[],
  List,
> = List extends readonly unknown[]
  ? number extends List['length']
    ? unknown
    : List['length'] extends Window['length']
      ? unknown
      : ShapeError<`${Where}: ${List['length'] & number} ${Name} for a window over ${Window['length']} axes`>
  : unknown

/** `unknown` where the windows fit x or it can only be judged at run time. */
export type PoolCheck<
  Where extends string,
  X extends Shape,
  Window extends readonly number[],
  Stride extends Steps,
  P extends Padding,
> =
  IsOpenPool<X, Window> extends true
    ? unknown
    : X extends readonly [...infer Front extends Shape, infer _Channels]
      ? SplitLast<Front, Window> extends { readonly spatial: infer Spatial extends Shape }
        ? FitCheck<Where, AsShape<SlidAxes<Spatial, Window, P, Stride, 1>>, Window> &
            ListCheck<Where, 'strides', Window, Stride> &
            ListCheck<Where, 'pairs of padding', Window, P>
        : ShapeError<`${Where}: a window over ${Window['length']} axes, x has ${Front['length']} before its channels`>
      : ShapeError<`${Where}: x is [...lead, ...spatial, channels]`>
