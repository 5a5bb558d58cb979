/**
 * Four networks whose kernel on a grid of N axes of length r is the identity tensor cut off after r' places: 1 where all
 * coordinates are equal and at most r', else 0. Its rank is r' for N ≥ 2. They prove Theorem 5.2, Theorem A.1 and
 * Lemma A.3 of the paper, whose printed network (printed.ts) is a constant.
 *
 * Every threshold lies half-way between two integers, so that no unit is ever at 0.
 */
import { fail, optionError } from '../../src/error/error.js'
import type { AffineLayer, ThresholdNetwork } from './threshold-network.js'

export interface IdentityOptions {
  /** N */
  readonly axes: number
  /** r, the length of every axis. */
  readonly length: number
  /** r', from 0 to r. */
  readonly rank: number
}

const range = (count: number, from = 1): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i)

const checked = (where: string, options: IdentityOptions, leastLength: number): IdentityOptions => {
  const { axes, length, rank } = options
  const refuse = (field: string, expected: string, found: number): never =>
    fail(
      optionError({ where: `${where}: ${field}`, expected, found: `${found}`, hint: 'see docs/theorems.md' }),
    )
  if (!Number.isInteger(axes) || axes < 1) return refuse('axes', 'a whole number from 1', axes)
  if (!Number.isInteger(length) || length < leastLength)
    return refuse('length', `a whole number from ${leastLength}`, length)
  return Number.isInteger(rank) && rank >= 0 && rank <= length
    ? options
    : refuse('rank', `a whole number from 0 to the length ${length}`, rank)
}

/** A layer from its units: the weights of a unit, then its bias. */
const layerOf = (
  inputs: number,
  units: readonly (readonly [weights: readonly number[], bias: number])[],
): AffineLayer => ({
  weight: range(inputs, 0).map((input) => units.map(([weights]) => weights[input] ?? 0)),
  bias: units.map(([, bias]) => bias),
})

/** `value` at one place, 0 elsewhere. */
const only = (length: number, at: number, value: number): readonly number[] =>
  range(length, 0).map((i) => (i === at ? value : 0))

/** u_{nk} = [x_n ≥ k] for all n and k, then v_{nk} = [x_n ≤ k]: both hold only where x_n = k. */
const comparisons = ({ axes, length }: IdentityOptions): AffineLayer => {
  const pairs = range(axes, 0).flatMap((axis) => range(length).map((k) => [axis, k] as const))
  return layerOf(axes, [
    ...pairs.map(([axis, k]) => [only(axes, axis, 1), 0.5 - k] as const),
    ...pairs.map(([axis, k]) => [only(axes, axis, -1), k + 0.5] as const),
  ])
}

/** Units k = 1…r, each the sum of all comparisons with k, and a bias. */
const matches = ({ axes, length }: IdentityOptions, bias: number): AffineLayer =>
  layerOf(
    2 * axes * length,
    range(length, 0).map((k) => [
      range(2 * axes * length, 0).map((unit) => (unit % length === k ? 1 : 0)),
      bias,
    ]),
  )

/** The sum of the first r' units, times a factor, plus a bias. */
const firstUnits = ({ length, rank }: IdentityOptions, factor = 1, bias = 0): AffineLayer =>
  layerOf(length, [[range(length, 0).map((k) => (k < rank ? factor : 0)), bias]])

/** Construction A: steps; two hidden layers of 2Nr and r units; a linear output. */
export const constructionA = (options: IdentityOptions): ThresholdNetwork => {
  const given = checked('constructionA', options, 1)
  return {
    activation: 'step',
    hidden: [comparisons(given), matches(given, 0.5 - 2 * given.axes)],
    output: firstUnits(given),
    outputActivation: 'none',
    firstPlace: 1,
  }
}

/** Construction B: the paper's signs ±1; the same sizes; the output is linear, for signs cannot be 0. */
export const constructionB = (options: IdentityOptions): ThresholdNetwork => {
  const given = checked('constructionB', options, 1)
  return {
    activation: 'sign',
    hidden: [comparisons(given), matches(given, 1 - 2 * given.axes)],
    output: firstUnits(given, 0.5, given.rank / 2),
    outputActivation: 'none',
    firstPlace: 1,
  }
}

/** Integers above this have no half-integers between them in float32. */
const LARGEST = 2 ** 22

/**
 * Construction C: steps; ONE hidden layer of TWO units, for any N and r. q = (r + 1) s + x_1 with
 * s = Σ_{n≥2} (2r − 1)^{n−2} (x_n − x_1) lies in 1…r only where s = 0, and s = 0 only where all x_n are equal.
 * Weights grow as (2r − 1)^{N−2}: beyond float32's half-integers they are refused.
 */
export const constructionC = (options: IdentityOptions): ThresholdNetwork => {
  const { axes, length, rank } = checked('constructionC', options, 1)
  const others = range(axes - 1, 0).map((n) => (length + 1) * (2 * length - 1) ** n)
  const total = others.reduce((sum, weight) => sum + weight, 0)
  if (total * length > LARGEST)
    return fail(
      optionError({
        where: 'constructionC: axes',
        expected: `sums of at most ${LARGEST}`,
        found: `${total * length}`,
        hint: 'float32 does not hold its weights; take a shorter length or construction A',
      }),
    )
  const q = [1 - total, ...others]
  return {
    activation: 'step',
    hidden: [
      layerOf(axes, [
        [q, -0.5],
        [q.map((weight) => -weight), rank + 0.5],
      ]),
    ],
    output: layerOf(2, [[[1, 1], -1]]),
    outputActivation: 'none',
    firstPlace: 1,
  }
}

/** Construction D: steps; a thermometer code of N(r − 1) units, u_{nk} = [x_n ≥ k] for k = 2…r; then r units. */
export const constructionD = (options: IdentityOptions): ThresholdNetwork => {
  const given = checked('constructionD', options, 2)
  const { axes, length } = given
  const units = range(axes, 0).flatMap((axis) => range(length - 1, 2).map((k) => [axis, k] as const))
  // [x_n = k] = u_{nk} − u_{n,k+1}, where u_{n1} = 1 is part of the bias and u_{n,r+1} = 0.
  const weightOf = (k: number, unit: number): number => Number(unit === k) - Number(unit === k + 1)
  return {
    activation: 'step',
    hidden: [
      layerOf(
        axes,
        units.map(([axis, k]) => [only(axes, axis, 1), 0.5 - k]),
      ),
      layerOf(
        units.length,
        range(length).map((k) => [
          units.map(([, unit]) => weightOf(k, unit)),
          0.5 - axes + (k === 1 ? axes : 0),
        ]),
      ),
    ],
    output: firstUnits(given),
    outputActivation: 'none',
    firstPlace: 1,
  }
}

/** All four, by their letters. */
export const constructions = {
  A: constructionA,
  B: constructionB,
  C: constructionC,
  D: constructionD,
} as const
