import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import { build } from '../../../src/op/index.js'
import { iota } from '../../../src/op/leaf/iota.js'
import { evaluate } from '../../../src/run/reference.js'

const values = (x: Parameters<typeof evaluate>[0][number]): readonly number[] => [
  ...(evaluate([x])[0]?.data ?? []),
]

describe('iota', () => {
  it('counts along its axis, from either end', () => {
    expect(values(iota([2, 3], 0))).toEqual([0, 0, 0, 1, 1, 1])
    expect(values(iota([2, 3], 1))).toEqual([0, 1, 2, 0, 1, 2])
    expect(values(iota([2, 3], -1))).toEqual(values(iota([2, 3], 1)))
    expect(values(iota([2, 2, 2], 1))).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
    expect(values(iota([0], 0))).toEqual([])
  })
  it('is f32, or i24 where asked', () =>
    expect([iota([2], 0).dtype, iota([2], 0, 'i24').dtype]).toEqual(['f32', 'i24']))

  const refused: readonly (readonly [shape: readonly number[], axis: number, expected: string])[] = [
    [[2, 3], 2, 'an axis of [2, 3]'],
    [[2, 3], -3, 'an axis of [2, 3]'],
    [[], 0, 'an axis of []'],
    [[2.5], 0, 'sizes that are whole and not negative'],
    [[2 ** 24 + 1], 0, 'at most 2^24 positions'],
  ]
  it.each(refused)('refuses %j along %i', (shape, axis, expected) =>
    expect(attempt(() => build.iota(shape, axis))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ShapeError', where: 'iota', expected },
    }),
  )
  it('holds the largest i24', () => expect(build.iota([2 ** 24], 0, 'i24').shape).toEqual([2 ** 24]))
})
