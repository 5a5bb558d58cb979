/**
 * Blocks of spatial axes as channels and back. The last axis is channels, the spatial axes come before it, one for
 * each block size; axes in front stay. In the channels the place in the block comes first, row-major, then the
 * channel, as in TensorFlow's space_to_depth.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Divide } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  Divides,
  IsLoose,
  IsOpen,
  MultiplySizes,
  PrintDims,
  ProductOf,
} from './size-arithmetic.js'

/** The axes of a tensor by what they are for. */
export interface BlockAxes {
  readonly lead: Shape
  readonly spatial: readonly number[]
  readonly channels: number
}

const partedAxes = (from: Shape, blocks: readonly number[]): BlockAxes | null => {
  const spatial = from.slice(-1 - blocks.length, -1).filter((dim): dim is number => typeof dim === 'number')
  const channels = from.at(-1)
  const fits =
    spatial.length === blocks.length && blocks.every((block) => Number.isInteger(block) && block > 0)
  return fits && typeof channels === 'number'
    ? { lead: from.slice(0, -1 - blocks.length), spatial, channels }
    : null
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

const refuse = (
  where: string,
  expected: string,
  from: Shape,
  blocks: readonly number[],
): E.Either<TensorError, never> =>
  E.left(
    shapeError({
      where,
      expected,
      found: `${printShape(from)} and blocks [${blocks.join(', ')}]`,
      hint: 'channels are last, the spatial axes before them, one for each block size; they have sizes, not names',
    }),
  )

/** The axes, if each block size divides its axis. */
export const spaceAxes = (
  where: string,
  from: Shape,
  blocks: readonly number[],
): E.Either<TensorError, BlockAxes> => {
  const axes = partedAxes(from, blocks)
  return axes !== null && axes.spatial.every((size, i) => size % (blocks[i] ?? 1) === 0)
    ? E.right(axes)
    : refuse(where, 'a whole number of blocks along each spatial axis', from, blocks)
}

/** The axes, if the channels hold whole blocks. */
export const depthAxes = (
  where: string,
  from: Shape,
  blocks: readonly number[],
): E.Either<TensorError, BlockAxes> => {
  const axes = partedAxes(from, blocks)
  return axes !== null && axes.channels % product(blocks) === 0
    ? E.right(axes)
    : refuse(where, `channels that ${product(blocks)} divides`, from, blocks)
}

type Quotient<Size, By> = true extends IsLoose<Size> | IsLoose<By>
  ? number
  : Size extends number
    ? By extends number
      ? Divides<By, Size> extends true
        ? Divide<Size, By>
        : number
      : number
    : number

/** The spatial axes (from the last on) divided, then the channels multiplied. */
type ToDepth<
  S extends Shape,
  Blocks extends readonly number[],
  Channels,
  Done extends Shape = readonly [],
> = Blocks extends readonly [...infer Others extends readonly number[], infer Block extends number]
  ? S extends readonly [...infer Rest extends Shape, infer Size]
    ? ToDepth<Rest, Others, MultiplySizes<Channels, Block>, readonly [Quotient<Size, Block>, ...Done]>
    : Shape
  : readonly [...S, ...Done, Channels]

type ToSpace<
  S extends Shape,
  Blocks extends readonly number[],
  Channels,
  Done extends Shape = readonly [],
> = Blocks extends readonly [...infer Others extends readonly number[], infer Block extends number]
  ? S extends readonly [...infer Rest extends Shape, infer Size]
    ? ToSpace<
        Rest,
        Others,
        Quotient<Channels, Block>,
        AsShape<readonly [MultiplySizes<Size, Block>, ...Done]>
      >
    : Shape
  : readonly [...S, ...Done, Channels]

/** The type of the shape with blocks as channels. */
export type SpaceToDepth<S extends Shape, Blocks extends readonly number[]> = true extends
  IsOpen<S> | IsOpen<Blocks>
  ? Shape
  : S extends readonly [...infer Rest extends Shape, infer Channels]
    ? AsShape<ToDepth<Rest, Blocks, Channels>>
    : Shape

/** The type of the shape with channels as blocks. */
export type DepthToSpace<S extends Shape, Blocks extends readonly number[]> = true extends
  IsOpen<S> | IsOpen<Blocks>
  ? Shape
  : S extends readonly [...infer Rest extends Shape, infer Channels]
    ? AsShape<ToSpace<Rest, Blocks, Channels>>
    : Shape

/** The spatial axes that do not divide by their block, or have a name. */
type DivideCheck<S extends Shape, Blocks extends readonly number[]> = Blocks extends readonly [
  ...infer Others extends readonly number[],
  infer Block extends number,
]
  ? S extends readonly [...infer Rest extends Shape, infer Size extends Dim]
    ? true extends IsLoose<Size> | IsLoose<Block>
      ? DivideCheck<Rest, Others>
      : Size extends number
        ? Divides<Block, Size> extends true
          ? DivideCheck<Rest, Others>
          : ShapeError<`spaceToDepth: blocks of ${Block} do not divide axis ${Size}`>
        : ShapeError<`spaceToDepth: axis ${Size} has a name and cannot be divided`>
    : ShapeError<`spaceToDepth: more blocks than axes before the channels`>
  : unknown

/** `unknown` where each block size divides its axis. */
export type SpaceCheck<S extends Shape, Blocks extends readonly number[]> = true extends
  IsOpen<S> | IsOpen<Blocks>
  ? unknown
  : S extends readonly [...infer Rest extends Shape, Dim]
    ? DivideCheck<Rest, Blocks>
    : ShapeError<'spaceToDepth: a scalar has no channels'>

/** `unknown` where the channels hold whole blocks. */
export type DepthCheck<S extends Shape, Blocks extends readonly number[]> = true extends
  IsOpen<S> | IsOpen<Blocks>
  ? unknown
  : S extends readonly [...Shape, infer Channels extends Dim]
    ? true extends IsLoose<Channels> | IsLoose<ProductOf<Blocks>>
      ? unknown
      : Channels extends number
        ? Divides<ProductOf<Blocks>, Channels> extends true
          ? unknown
          : ShapeError<`depthToSpace: blocks [${PrintDims<Blocks>}] do not divide ${Channels} channels`>
        : ShapeError<`depthToSpace: channels ${Channels} have a name and cannot be divided`>
    : ShapeError<'depthToSpace: a scalar has no channels'>
