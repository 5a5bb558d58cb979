/**
 * How many random cases a property runs: CROCUTA_RUNS, 100 by default. Which ones: those of a fixed seed, so that
 * a run passes or fails by what was changed; CROCUTA_SEED takes another seed, and `random` a new one every time.
 * On failure fast-check prints the seed and the path of the shrunk case.
 */
import fc from 'fast-check'

const numberFrom = (name: string): number | null => {
  const text = process.env[name]
  if (text === undefined || text === '') return null
  const value = Number(text)
  if (!Number.isInteger(value)) throw new RangeError(`${name} must be an integer, found '${text}'`)
  return value
}

/** The seed that every run takes unless told otherwise. */
const FIXED_SEED = 20_230_913

const seed = process.env['CROCUTA_SEED'] === 'random' ? null : (numberFrom('CROCUTA_SEED') ?? FIXED_SEED)

fc.configureGlobal({ numRuns: numberFrom('CROCUTA_RUNS') ?? 100, ...(seed === null ? {} : { seed }) })
