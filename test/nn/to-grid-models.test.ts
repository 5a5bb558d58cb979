import { describe, expect, it } from 'vitest'
import { makeSwin } from '../../models/swin/index.js'
import { makeVit } from '../../models/vit/index.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { isParameter } from '../../src/nn/parameter.js'
import { toGrid } from '../../src/nn/to-grid.js'
import { evaluate } from '../../src/run/reference.js'
import { flatten } from '../../src/tree/tree.js'
import { expectRight } from '../support/gpu-environment.js'
import { applied, numbers, someParams } from '../support/nn-values.js'

const numbersOf = (params: unknown): Readonly<Record<string, readonly number[]>> => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(leaves.map(({ path }, i) => [path, [...(values[i]?.data ?? [])]]))
}

const small = { classes: 3, patch: 2, width: 4, depth: 2, dropPath: 0 }
const hyena = { kind: 'hyena', filterWidth: 4 }

/** Trained on 8×8 pixels, then used at another resolution and aspect. */
describe('a vision transformer on images of another size', () => {
  const vit = (height: number, columns: number, options: object) =>
    expectRight(makeVit({ ...small, height, columns, ...options }))

  it.each([
    ['Hyena N-D', { mixer: hyena }],
    ['the product filter, four directions', { mixer: { ...hyena, filter: 'product', directions: 4 } }],
    ['Hyena on the sequence', { mixer: { ...hyena, axes: 'sequence' } }],
    [
      'attention with a class token',
      { mixer: { kind: 'attention', heads: 2 }, classToken: true, readout: 'class token' },
    ],
    [
      'a hybrid',
      {
        mixer: {
          kind: 'hybrid',
          arrangement: 'halves',
          first: hyena,
          second: { kind: 'attention', heads: 2 },
        },
      },
    ],
  ])('%s', (_, options) => {
    const [from, to] = [vit(8, 8, options), vit(12, 16, options)]
    const given = someParams(from)
    const moved = toGrid(from, to, given)
    expect(tensorPaths(moved).map(({ path, leaf }) => [path, leaf.shape])).toEqual(
      flatten(isParameter, to.parameters).map(({ path, leaf }) => [path, leaf.shape]),
    )
    const [before, after] = [numbersOf(given), numbersOf(moved)]
    for (const path of Object.keys(after).filter((name) => !name.includes('positions')))
      expect(after[path]).toEqual(before[path])
    if ('classToken' in options)
      expect(after['positions.positions']?.slice(0, 4)).toEqual(before['positions.positions']?.slice(0, 4))
    const y = applied(to, moved, numbers([1, 12, 16, 3], 1))
    expect(y.shape).toEqual([1, 3])
    expect(y.data.every(Number.isFinite)).toBe(true)
  })
})

describe('a Swin transformer on images of another size', () => {
  it('keeps everything but its position vectors and tables', () => {
    const swin = (size: number) =>
      expectRight(
        makeSwin({ height: size, columns: size, classes: 3, width: 4, heads: [1, 2, 2], depths: [1, 1, 1] }),
      )
    const [from, to] = [swin(32), swin(64)]
    const given = someParams(from)
    const [before, after] = [numbersOf(given), numbersOf(toGrid(from, to, given))]
    const same = Object.keys(after).filter(
      (path) => JSON.stringify(after[path]) === JSON.stringify(before[path]),
    )
    expect(
      Object.keys(after)
        .filter((path) => !same.includes(path))
        .every((path) => path.includes('positions')),
    ).toBe(true)
  })
})
