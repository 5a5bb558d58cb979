import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill, flatten, leaves, mapLeaves } from '../../src/tree/tree.js'

const isNumber = (value: unknown): value is number => typeof value === 'number'

const { tree } = fc.letrec<{ readonly tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('weight', 'bias', 'blocks', 'a', 'b'), tie('tree'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

describe('trees', () => {
  const params = {
    head: { weight: 1, bias: 2 },
    blocks: [{ scale: 3 }, { scale: 4 }],
    none: [],
    temperature: 5,
  }

  it('are flattened in the order of the structure, with a path to each leaf', () => {
    expect(flatten(isNumber, params)).toEqual([
      { path: 'head.weight', leaf: 1 },
      { path: 'head.bias', leaf: 2 },
      { path: 'blocks.0.scale', leaf: 3 },
      { path: 'blocks.1.scale', leaf: 4 },
      { path: 'temperature', leaf: 5 },
    ])
    expect(flatten(isNumber, 7)).toEqual([{ path: '', leaf: 7 }])
  })

  it('keep their structure under a map, which sees the paths of flatten', () => {
    expect(mapLeaves(isNumber, params, (leaf, path) => `${path}=${leaf}`)).toEqual({
      head: { weight: 'head.weight=1', bias: 'head.bias=2' },
      blocks: [{ scale: 'blocks.0.scale=3' }, { scale: 'blocks.1.scale=4' }],
      none: [],
      temperature: 'temperature=5',
    })
  })

  it('satisfy the laws of a functor: identity, composition, and leaves in order', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(mapLeaves(isNumber, value, (leaf) => leaf)).toEqual(value)
        const twice = mapLeaves(
          isNumber,
          mapLeaves(isNumber, value, (leaf) => leaf + 1),
          (leaf) => leaf * 2,
        )
        expect(mapLeaves(isNumber, value, (leaf) => (leaf + 1) * 2)).toEqual(twice)
        expect(leaves(isNumber, twice)).toEqual(leaves(isNumber, value).map((leaf) => (leaf + 1) * 2))
        expect(flatten(isNumber, twice).map(({ path }) => path)).toEqual(
          flatten(isNumber, value).map(({ path }) => path),
        )
      }),
    )
  })

  it('are their structure filled with their leaves', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(
          fill(
            isNumber,
            mapLeaves(isNumber, value, () => 0),
            leaves(isNumber, value),
          ),
        ).toEqual(value)
      }),
    )
  })

  it('are not filled with fewer leaves than they have', () => {
    expect(() => fill(isNumber, [1, 2, 3], ['a', 'b'])).toThrow(
      new RangeError('fewer replacements than leaves'),
    )
  })

  it('hold nothing else, and say where something else is', () => {
    expect(() => flatten(isNumber, { a: [1, null] })).toThrow(
      new TypeError('a tree holds leaves, lists and records, but a.1 is null'),
    )
    expect(() => flatten(isNumber, 'x')).toThrow(
      new TypeError('a tree holds leaves, lists and records, but its root is x'),
    )
    expect(() => mapLeaves(isNumber, { a: { b: true } }, (leaf) => leaf)).toThrow(
      new TypeError('a tree holds leaves, lists and records, but a.b is true'),
    )
  })
})
