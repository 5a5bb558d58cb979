import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { makeVit } from '../../../models/vit/index.js'
import { descend } from '../../support/descent.js'

const hyena = { kind: 'hyena', filterWidth: 4, filterDepth: 1 }

/** One mixer each, in the smallest transformer that has a grid to mix. */
describe('a transformer learns', () => {
  it.each([
    { kind: 'attention', heads: 2 },
    hyena,
    { ...hyena, axes: 'sequence' },
    { ...hyena, filter: 'product' },
    { ...hyena, filter: 'free' },
    { ...hyena, directions: 4 },
    { kind: 's4nd', states: 4 },
    { kind: 's4nd', states: 4, matrix: 'diagonal', start: 'lin' },
    { kind: 'ssm2d', states: 2 },
    { kind: 'ssm2d', states: 2, complex: true, directions: 4, skip: true, normalised: true },
  ])('with %j', (mixer) => {
    const made = makeVit({
      height: 6,
      columns: 8,
      channels: 1,
      classes: 2,
      patch: 2,
      width: 4,
      depth: 1,
      dropPath: 0,
      init: 'pytorch',
      mixer,
    })
    if (E.isLeft(made)) throw new Error(JSON.stringify(made.left))
    const losses = descend(made.right, { batch: 4, steps: 6, rate: 0.2 })
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.005)
  })
})
