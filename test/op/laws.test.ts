import { describe, expect, it } from 'vitest'
import { ops } from '../../src/op/index.js'
import { assertLaw, laws } from '../support/laws.js'
import { acceptsNames, hasNames } from '../support/laws/type-laws.js'

/** Ops that are given their values from outside; all others can be tried from their samples. */
const LEAVES_WITHOUT_SAMPLES = ['constant', 'input']

describe.each(Object.entries(ops).filter(([name]) => !LEAVES_WITHOUT_SAMPLES.includes(name)))(
  '%s',
  (name, op) => {
    it('stands in the table under its own name and has samples', () => {
      expect(op.name).toBe(name)
      expect(op.samples.length).toBeGreaterThan(0)
    })
    if (hasNames(op))
      it('can be traced with an axis that is a name', () => expect(acceptsNames(op)).toBe(true))
    for (const law of laws.filter(({ appliesTo }) => appliesTo(op))) it(law.name, () => assertLaw(op, law))
  },
)
