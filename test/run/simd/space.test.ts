import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Region, Space } from '../../../src/run/simd/space.js'
import { ALIGNMENT, emptySpace, give, take } from '../../../src/run/simd/space.js'

const ALL: Region = { start: 192, end: 192 + 64 * 64 }

/** Take so many bytes, or give back the region taken so long ago. */
type Action = { readonly take: number } | { readonly give: number }
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ take: fc.integer({ min: 0, max: 700 }) }),
  fc.record({ give: fc.nat(20) }),
)

interface State {
  readonly space: Space
  readonly held: readonly Region[]
}

const act = ({ space, held }: State, step: Action): State => {
  if ('take' in step) {
    const taken = take(space, step.take)
    return taken === null ? { space, held } : { space: taken.space, held: [...held, taken.region] }
  }
  const region = held[step.give]
  return region === undefined
    ? { space, held }
    : { space: give(space, region), held: held.filter((other) => other !== region) }
}

const states = fc
  .array(action, { maxLength: 60 })
  .map((actions) => actions.reduce(act, { space: emptySpace(ALL), held: [] }))

const sorted = (regions: readonly Region[]): readonly Region[] =>
  regions.toSorted((a, b) => a.start - b.start)

describe('regions of a memory', () => {
  it('what is held and what is free are all of it, each byte once', () => {
    fc.assert(
      fc.property(states, ({ space, held }) => {
        const all = sorted([...space, ...held])
        expect(all[0]?.start).toBe(ALL.start)
        expect(all.at(-1)?.end).toBe(ALL.end)
        all.slice(1).forEach(({ start }, i) => expect(start).toBe(all[i]?.end))
      }),
    )
  })

  it('what is held begins on a cache line', () => {
    fc.assert(
      fc.property(states, ({ held }) =>
        held.every(({ start, end }) => start % ALIGNMENT === 0 && end > start),
      ),
    )
  })

  it('what is free is sorted and joined', () => {
    fc.assert(
      fc.property(states, ({ space }) =>
        space.slice(1).every(({ start }, i) => start > (space[i]?.end ?? Infinity)),
      ),
    )
  })

  it('takes the lowest gap that is long enough, or none is', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 2_000 }), ({ space }, bytes) => {
        const wanted = space.find(({ start, end }) => end - start >= bytes)
        expect(take(space, bytes)?.region.start).toBe(wanted?.start)
        const region = take(space, bytes)?.region
        if (region !== undefined) expect(region.end - region.start).toBeGreaterThanOrEqual(bytes)
      }),
    )
  })

  it('giving back undoes taking', () => {
    fc.assert(
      fc.property(states, fc.nat(2_000), ({ space }, bytes) => {
        const taken = take(space, bytes)
        if (taken !== null) expect(give(taken.space, taken.region)).toEqual(space)
      }),
    )
  })

  it('all of it is free when nothing is held', () => {
    fc.assert(
      fc.property(states, ({ space, held }) => {
        expect(held.reduce(give, space)).toEqual([ALL])
      }),
    )
  })
})
