/**
 * Draws the mutants that are tried: each one with the probability CROCUTA_MUTANTS, by a hash of what it is and of
 * CROCUTA_MUTANT_SEED, so that the same mutants are drawn wherever and however often this runs. Stryker has no
 * sampling; a checker says what is not worth running, and a mutant that was not drawn leaves as an invalid one.
 */
import { createHash } from 'node:crypto'
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin'

const share = Number(process.env.CROCUTA_MUTANTS ?? 1)
const seed = process.env.CROCUTA_MUTANT_SEED ?? '1'

/** Evenly between 0 and 1. */
const lotOf = ({ fileName, location: { start, end }, replacement }) => {
  const file = fileName.slice(fileName.lastIndexOf('src/'))
  const text = [seed, file, start.line, start.column, end.line, end.column, replacement].join(' ')
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Checker, 'sample', {
    init: async () => undefined,
    check: async (mutants) =>
      Object.fromEntries(
        mutants.map((mutant) => [
          mutant.id,
          lotOf(mutant) < share ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' },
        ]),
      ),
    group: async (mutants) => [mutants.map(({ id }) => id)],
  }),
]
