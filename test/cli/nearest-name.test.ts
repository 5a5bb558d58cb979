import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearestName } from '../../src/cli/nearest-name.js'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })

/** The definition, without a table: what the last letters of both words allow. */
const distanceByDefinition = (a: string, b: string): number => {
  if (a === '' || b === '') return a.length + b.length
  const same = a.at(-1) === b.at(-1) ? 0 : 1
  const swap = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
  return Math.min(
    distanceByDefinition(a.slice(0, -1), b) + 1,
    distanceByDefinition(a, b.slice(0, -1)) + 1,
    distanceByDefinition(a.slice(0, -1), b.slice(0, -1)) + same,
    swap ? distanceByDefinition(a.slice(0, -2), b.slice(0, -2)) + 1 : Infinity,
  )
}

describe('editDistance', () => {
  it('is the number of edits', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(distanceByDefinition(a, b))
      }),
    )
  })
})

describe('nearestName', () => {
  it('finds a name with one letter wrong, a beginning, and nothing far off', () => {
    const known = ['steps', 'batch', 'train-images']
    expect(
      ['stpes', 'STEPS', 'bathc', 'train', 'st', 'x', 'elephant', ''].map((name) => nearestName(name, known)),
    ).toEqual(['steps', 'steps', 'batch', 'train-images', 'steps', null, null, null])
    expect(nearestName('steps', [])).toBeNull()
  })
})
