/**
 * The network that the proof of Lemma A.3 prints, in every reading that its text admits. None computes the
 * identity tensor; docs/theorems.md says why, and constructions.ts has networks that do.
 */
import type { IdentityOptions } from './constructions.js'
import type { ThresholdNetwork } from './threshold-network.js'

/** What the printed formulas leave open, or have with the wrong sign. */
export interface Reading {
  /** sign as ±1, or as 0 and 1, which 'active' suggests. */
  readonly activation: 'sign' | 'step'
  /** Whether units are counted from 1, as printed, or from 0. */
  readonly firstIndex: 0 | 1
  /** Whether coordinates begin at 1, as printed, or at 0. */
  readonly firstPlace: 0 | 1
  /** +1 is the printed bias of the first layer, −1 its opposite. */
  readonly biasSign: 1 | -1
  /** floor(i/N), as printed, or floor(i/r), which gives each axis r units. */
  readonly unitsPerAxis: 'N' | 'r'
  /** +1 is the printed bias of the second layer, 2N − 1/2. */
  readonly secondBiasSign: 1 | -1
}

/** As printed. */
export const literal: Reading = {
  activation: 'sign',
  firstIndex: 1,
  firstPlace: 1,
  biasSign: 1,
  unitsPerAxis: 'N',
  secondBiasSign: 1,
}

const both = <K extends keyof Reading>(
  field: K,
  values: readonly [Reading[K], Reading[K]],
  readings: readonly Reading[],
): readonly Reading[] =>
  readings.flatMap((reading) => values.map((value) => ({ ...reading, [field]: value })))

/** All 64 readings, the literal one first. */
export const readings: readonly Reading[] = both(
  'secondBiasSign',
  [1, -1],
  both(
    'unitsPerAxis',
    ['N', 'r'],
    both(
      'biasSign',
      [1, -1],
      both('firstPlace', [1, 0], both('firstIndex', [1, 0], both('activation', ['sign', 'step'], [literal]))),
    ),
  ),
)

/** The printed network in one reading. */
export const printedConstruction = (
  { axes, length, rank }: IdentityOptions,
  reading: Reading = literal,
): ThresholdNetwork => {
  const { activation, firstIndex: first, firstPlace, biasSign, unitsPerAxis, secondBiasSign } = reading
  const half = axes * length
  const indices = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => first + i)
  /** i ≤ count, counted from 1. */
  const within = (i: number, count: number): boolean => i - first < count
  const axisOf = (i: number): number => Math.floor(i / (unitsPerAxis === 'N' ? axes : length))
  const weightOf = (i: number, j: number): number => {
    if (within(i, half)) return axisOf(i) === j ? 1 : 0
    return axisOf(i) === j + half ? -1 : 0
  }
  return {
    activation,
    hidden: [
      {
        weight: indices(axes).map((j) => indices(2 * half).map((i) => weightOf(i, j))),
        bias: indices(2 * half).map((i) => biasSign * (within(i, half) ? i - 0.5 : i + 0.5)),
      },
      {
        weight: indices(2 * half).map((j) => indices(length).map((i) => (j % length === i ? 1 : 0))),
        bias: indices(length).map(() => secondBiasSign * (2 * axes - 0.5)),
      },
    ],
    output: { weight: indices(length).map((i) => [within(i, rank) ? 1 : 0]), bias: [-0.5] },
    outputActivation: activation,
    firstPlace,
  }
}
