/** Erratum: the network that the proof of Lemma A.3 prints does not compute the identity tensor, however it is read. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ThresholdNetwork } from '../../models/theorems/index.js'
import {
  constructionB,
  literal,
  printedConstruction,
  readings,
  thresholdFilter,
} from '../../models/theorems/index.js'
import { exactRankBound } from '../../src/inspect/kernel-rank.js'
import type { NdArray } from '../../src/op/def.js'
import { expectRight } from '../support/gpu-environment.js'
import { kernelOf, placeOf, single } from './filter-kernel.js'

const tensorOf = (network: ThresholdNetwork, axes: number, length: number): NdArray =>
  single(kernelOf(thresholdFilter(network), new Array<number>(axes).fill(length)))

const isDiagonal = (i: number, { shape }: NdArray): boolean => {
  const [first, ...others] = placeOf(i, shape)
  return others.every((at) => at === first)
}

/** The same value on the whole diagonal, another everywhere else: the identity in any coding. */
const isIdentity = (tensor: NdArray): boolean => {
  const [on = 0, off = 0] = [tensor.data[0], tensor.data[1]]
  return on !== off && tensor.data.every((value, i) => value === (isDiagonal(i, tensor) ? on : off))
}

const sizes = [2, 3].flatMap((axes) => [2, 3, 4, 5, 6].map((length) => ({ axes, length })))

describe('the printed network', () => {
  it('has 64 readings, all different', () => {
    expect(new Set(readings.map((reading) => JSON.stringify(reading))).size).toBe(64)
    expect(readings[0]).toEqual(literal)
  })

  it.each(sizes)('read literally is 1 everywhere: N = $axes, r = $length', ({ axes, length }) => {
    for (const activation of ['sign', 'step'] as const) {
      const given = { axes, length, rank: length }
      const { data } = tensorOf(printedConstruction(given, { ...literal, activation }), axes, length)
      expect([...new Set(data)]).toEqual([1])
    }
  })

  it.each(sizes)('is the identity tensor in no reading: N = $axes, r = $length', ({ axes, length }) => {
    const tensors = readings.map((reading) =>
      tensorOf(printedConstruction({ axes, length, rank: length }, reading), axes, length),
    )
    expect(tensors.filter(isIdentity)).toEqual([])
    // Nearly all do not depend on the place at all.
    const constant = tensors.filter(({ data }) => data.every((value) => value === data[0]))
    expect(constant.length).toBeGreaterThanOrEqual(58)
  })
})

describe('with its other faults repaired, a sign at the output', () => {
  it('still gives another rank: one more, or 1 for r = 2', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 3 }),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        (axes, length, any) => {
          const rank = 1 + (any % length)
          const repaired = constructionB({ axes, length, rank })
          // The OR of r' signs needs the bias r' − 1, where −1/2 is printed.
          const output = {
            weight: repaired.output.weight.map(([w = 0]) => [Math.sign(w)]),
            bias: [rank - 0.5],
          }
          const tensor = tensorOf({ ...repaired, output, outputActivation: 'sign' }, axes, length)
          expect(tensor.data.every((value) => Math.abs(value) === 1)).toBe(true)
          const full = axes === 2 && length === 2 ? 1 : length
          expect(expectRight(exactRankBound(tensor))).toBe(rank < length ? rank + 1 : full)
        },
      ),
    )
  })
})
