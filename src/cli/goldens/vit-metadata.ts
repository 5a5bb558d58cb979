/** What a golden's metadata says, or an error that names what is missing or unknown. */
import { dataError, fail } from '../../error/error.js'
import type { Golden } from './family.js'

/** A field that is there. */
export const textOf = ({ name, metadata }: Golden, field: string): string =>
  metadata[field] ??
  fail(
    dataError({
      where: name,
      expected: `metadata ${field}`,
      found: `metadata ${Object.keys(metadata).join(', ')}`,
      hint: 'the configuration of a case is in its __metadata__',
    }),
  )

const refuse = (golden: Golden, field: string, expected: string): never =>
  fail(
    dataError({
      where: golden.name,
      expected: `metadata ${field}: ${expected}`,
      found: textOf(golden, field),
      hint: 'the family computes only what the reference code can be asked for',
    }),
  )

/** A positive number. */
export const numberOf = (golden: Golden, field: string): number => {
  const value = Number(textOf(golden, field))
  return value > 0 ? value : refuse(golden, field, 'a positive number')
}

/** A positive whole number. */
export const sizeOfField = (golden: Golden, field: string): number => {
  const value = numberOf(golden, field)
  return Number.isInteger(value) ? value : refuse(golden, field, 'a whole number')
}

/** True or False. */
export const flagOf = (golden: Golden, field: string): boolean => {
  const text = textOf(golden, field)
  return text === 'True' || text === 'False' ? text === 'True' : refuse(golden, field, 'True or False')
}

/** One of several names. */
export const nameOf = <const Names extends readonly string[]>(
  golden: Golden,
  field: string,
  names: Names,
): Names[number] => {
  const text = textOf(golden, field)
  return names.find((name) => name === text) ?? refuse(golden, field, `one of ${names.join(', ')}`)
}
