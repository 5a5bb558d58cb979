/**
 * How many random cases a property runs: CROCUTA_RUNS, 100 by default.
 * On failure fast-check prints the seed and the path of the shrunk case; CROCUTA_SEED runs that seed again.
 */
import fc from 'fast-check'

const numberFrom = (name: string): number | null => {
  const text = process.env[name]
  if (text === undefined || text === '') return null
  const value = Number(text)
  if (!Number.isInteger(value)) throw new RangeError(`${name} must be an integer, found '${text}'`)
  return value
}

const seed = numberFrom('CROCUTA_SEED')

fc.configureGlobal({ numRuns: numberFrom('CROCUTA_RUNS') ?? 100, ...(seed === null ? {} : { seed }) })
