import fc from 'fast-check'
import type { Op } from '../../src/op/def.js'
import { applications } from './arbitrary.js'
import { algebraicLaws } from './laws/algebraic-laws.js'
import { batchLaws } from './laws/batch-laws.js'
import { derivativeLaws } from './laws/derivative-laws.js'
import type { OpLaw } from './laws/law.js'
import { meaningLaws } from './laws/meaning-laws.js'
import { typeLaws } from './laws/type-laws.js'

/** All laws that an op's record alone is enough to test, in float64 on the interpreter. */
export const laws: readonly OpLaw[] = [
  ...typeLaws,
  ...meaningLaws,
  ...derivativeLaws,
  ...batchLaws,
  ...algebraicLaws,
]

/** Cases a law is tried on for each op: CROCUTA_RUNS, or few, because there are hundreds of pairs. */
const RUNS = process.env['CROCUTA_RUNS'] === undefined ? { numRuns: 50 } : {}

/** Tries a law on random applications of the op; a failure prints the seed and the smallest program found. */
export const assertLaw = (op: Op, law: OpLaw): void => {
  fc.assert(
    fc.property(applications(op, { empty: law.empty, others: law.others ?? 0 }), (c) => law.check(op, c)),
    RUNS,
  )
}
