/**
 * The class token (Devlin et al. 2019; Dosovitskiy et al. 2021): a learned vector in front of the places of a
 * grid, which then form a sequence in row-major order. What works on grids alone goes around it.
 */
import type { Tensor } from '../ir/tensor.js'
import { fail, shapeError } from '../error/error.js'
import { build } from '../op/index.js'
import { printType } from '../shape/dim.js'
import { channelsOf, gridOf } from './axes.js'
import { keeping } from './compose.js'
import type { Initialiser } from './initialiser.js'
import { truncatedNormal } from './initialiser.js'
import type { Layer, Model } from './model.js'
import { defineModel, pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** [batch, ...grid, C] with a grid of any number of axes; a sequence has one. */
export type Tokens = Tensor<readonly ['batch', ...number[], number], 'f32'>

const count = (grid: readonly number[]): number => grid.reduce((product, size) => product * size, 1)

/** Puts a learned vector before the places of a grid: [batch, ...grid, C] → [batch, 1 + places, C]; not decayed. */
export const classToken =
  (init: Initialiser = truncatedNormal(0.02)) =>
  (x: Tokens): Model<{ readonly token: Tensor<readonly [1, number], 'f32'> }, Empty, Tokens, Tokens> => {
    const places = count(gridOf('classToken', x))
    const channels = channelsOf('classToken', x)
    return pure(
      { token: parameter({ shape: [1, channels] as const, init, decay: false }) },
      x,
      ({ token }, given) => {
        const [batch] = given.shape
        const first: Tensor = build.broadcast(token, [batch, 1, channels])
        return build.concat([first, build.reshape(given, [batch, places, channels])], 1) as Tokens
      },
    )
  }

/** Refuses a sequence that is not a class token before the places of `grid`. */
const requireSequence = (where: string, grid: readonly number[], x: Tokens): number => {
  const length = x.shape[1]
  return x.shape.length === 3 && length === 1 + count(grid)
    ? channelsOf(where, x)
    : fail(
        shapeError({
          where,
          expected: `a class token and the places of a grid [${grid.join(', ')}]: [batch, ${1 + count(grid)}, channels]`,
          found: printType(x),
          hint: 'classToken makes such a sequence of a grid',
        }),
      )
}

const placesOf = (x: Tensor, grid: readonly number[], channels: number): Tokens => {
  const [batch = 'batch'] = x.shape
  const rest = build.slice(x, [0, 1, 0], [batch, 1 + count(grid), channels])
  return build.reshape(rest, [batch, ...grid, channels]) as Tokens
}

/** The grid without the class token before it: [batch, 1 + places, C] → [batch, ...grid, C]. */
export const withoutClassToken =
  (grid: readonly number[]) =>
  (x: Tokens): Model<Empty, Empty, Tokens, Tokens> => {
    const channels = requireSequence('withoutClassToken', grid, x)
    return pure({}, x, (_, given) => placesOf(given, grid, channels))
  }

/** A layer of a grid, on all of a sequence but its class token, which passes: [batch, 1 + places, C] → the same. */
export const exceptClassToken =
  <P, St>(grid: readonly number[], inner: Layer<P, St, Tokens, Tokens>): Layer<P, St, Tokens, Tokens> =>
  (x) => {
    const channels = requireSequence('exceptClassToken', grid, x)
    const on = keeping('exceptClassToken', inner(placesOf(x, grid, channels)))
    return defineModel<P, St, Tokens, Tokens>({
      ...on,
      input: x,
      output: x,
      apply: (variables, given, run) => {
        const [batch] = given.shape
        const { y, state } = on.apply(variables, placesOf(given, grid, channels), run)
        const token = build.slice(given, [0, 0, 0], [batch, 1, channels])
        const rest = build.reshape(y, [batch, count(grid), channels])
        return { y: build.concat([token, rest], 1) as Tokens, state }
      },
    })
  }
