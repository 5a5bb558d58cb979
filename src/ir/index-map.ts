/**
 * Index arithmetic with ranges. Views compose into sums, quotients and remainders of loop counters; here
 * they are built in a normal form in which most of those vanish again (a reshape and its inverse cancel,
 * a quotient whose operand is known to be small is 0).
 */
import type { Bound, Condition, Index, IndexTerm, Scalar } from './scalar.js'

/** Smallest and largest value, both reached or beyond reach, never exceeded. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** The range of an index; an axis of size 0 is never run, so its range is that of size 1. */
export const rangeOf = (index: Index): Range => {
  switch (index.kind) {
    case 'const':
      return { low: index.value, high: index.value }
    case 'axis':
    case 'loop':
    case 'dynamic':
      return { low: 0, high: Math.max(index.size - 1, 0) }
    case 'sum':
      return index.terms.reduce<Range>(
        (total, [coefficient, term]) => {
          const { low, high } = rangeOf(term)
          const [a, b] = [coefficient * low, coefficient * high]
          return { low: total.low + Math.min(a, b), high: total.high + Math.max(a, b) }
        },
        { low: index.constant, high: index.constant },
      )
    case 'quotient': {
      const { low, high } = rangeOf(index.index)
      return { low: Math.floor(low / index.divisor), high: Math.floor(high / index.divisor) }
    }
    case 'remainder': {
      const { low, high } = rangeOf(index.index)
      const turn = Math.floor(low / index.divisor)
      // Within one turn of the divisor the remainder runs along with its operand.
      return Math.floor(high / index.divisor) === turn
        ? { low: low - turn * index.divisor, high: high - turn * index.divisor }
        : { low: 0, high: index.divisor - 1 }
    }
  }
}

const scalarIds = new WeakMap<Scalar, number>()
const scalarCount = { next: 0 }
const scalarId = (scalar: Scalar): number => {
  const known = scalarIds.get(scalar)
  if (known !== undefined) return known
  scalarIds.set(scalar, ++scalarCount.next)
  return scalarCount.next
}

/** A text equal for equal indices. Data-dependent indices are equal when their scalar is the same object. */
export const indexKey = (index: Index): string => {
  switch (index.kind) {
    case 'const':
      return `${index.value}`
    case 'axis':
      return `i${index.axis}`
    case 'loop':
      return `r${index.loop}`
    case 'sum':
      return `(${index.constant}${index.terms.map(([c, term]) => `+${c}*${indexKey(term)}`).join('')})`
    case 'quotient':
      return `(${indexKey(index.index)}/${index.divisor})`
    case 'remainder':
      return `(${indexKey(index.index)}%${index.divisor})`
    case 'dynamic':
      return `#${scalarId(index.value)}`
  }
}

export const constIndex = (value: number): Index => ({ kind: 'const', value })

/** Every index as a constant and terms that are not sums. */
const asTerms = (index: Index): { readonly constant: number; readonly terms: readonly IndexTerm[] } =>
  index.kind === 'const'
    ? { constant: index.value, terms: [] }
    : index.kind === 'sum'
      ? index
      : { constant: 0, terms: [[1, index]] }

/** d·(x / d) + (x % d) is x: joins such pairs of terms. */
const joinQuotients = (
  terms: ReadonlyMap<string, IndexTerm>,
): { readonly terms: readonly IndexTerm[]; readonly joined: IndexTerm | null } => {
  for (const [coefficient, term] of terms.values()) {
    if (term.kind !== 'remainder') continue
    const partnerKey = indexKey(quotientOf(term.index, term.divisor))
    const partner = terms.get(partnerKey)
    if (partner !== undefined && partner[0] === coefficient * term.divisor) {
      const rest = [...terms.values()].filter((other) => other !== partner && other[1] !== term)
      return { terms: rest, joined: [coefficient, term.index] }
    }
  }
  return { terms: [...terms.values()], joined: null }
}

/** constant + Σ coefficient·index, in normal form. */
export const sumOf = (constant: number, terms: readonly IndexTerm[]): Index => {
  const merged = new Map<string, IndexTerm>()
  let total = constant
  const add = (coefficient: number, index: Index): void => {
    if (index.kind === 'const' || index.kind === 'sum') {
      const parts = asTerms(index)
      total += coefficient * parts.constant
      for (const [inner, term] of parts.terms) add(coefficient * inner, term)
      return
    }
    const key = indexKey(index)
    const sum = (merged.get(key)?.[0] ?? 0) + coefficient
    if (sum === 0) merged.delete(key)
    else merged.set(key, [sum, index])
  }
  for (const [coefficient, index] of terms) add(coefficient, index)
  const { terms: rest, joined } = joinQuotients(merged)
  if (joined !== null) return sumOf(total, [...rest, joined])
  const [only] = rest
  if (only === undefined) return constIndex(total)
  if (rest.length === 1 && total === 0 && only[0] === 1) return only[1]
  return { kind: 'sum', constant: total, terms: rest }
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))

/** Splits index = divisor·whole + rest by which coefficients the divisor divides; whole takes as much as it can. */
const splitBy = (index: Index, divisor: number): { readonly whole: Index; readonly rest: Index } => {
  const { constant, terms } = asTerms(index)
  const wholeConstant = Math.floor(constant / divisor)
  const divisible = terms.filter(([coefficient]) => coefficient % divisor === 0)
  return {
    whole: sumOf(
      wholeConstant,
      divisible.map(([coefficient, term]): IndexTerm => [coefficient / divisor, term]),
    ),
    rest: sumOf(
      constant - wholeConstant * divisor,
      terms.filter(([coefficient]) => coefficient % divisor !== 0),
    ),
  }
}

const isWithin = ({ low, high }: Range, divisor: number): boolean => low >= 0 && high < divisor

/** The largest proper divisor g of `divisor` for which index = g·whole + rest with rest in [0, g), or 1. */
const commonFactor = (index: Index, divisor: number): number => {
  const { terms } = asTerms(index)
  const factors = new Set(
    terms.map(([coefficient]) => gcd(coefficient, divisor)).filter((g) => g > 1 && g < divisor),
  )
  return [...factors].sort((a, b) => b - a).find((g) => isWithin(rangeOf(splitBy(index, g).rest), g)) ?? 1
}

/** floor(index / divisor), in normal form. */
export const quotientOf = (index: Index, divisor: number): Index => {
  if (divisor === 1) return index
  if (index.kind === 'const') return constIndex(Math.floor(index.value / divisor))
  if (isWithin(rangeOf(index), divisor)) return constIndex(0)
  if (index.kind === 'quotient') return quotientOf(index.index, index.divisor * divisor)
  if (index.kind === 'remainder' && index.divisor % divisor === 0)
    return remainderOf(quotientOf(index.index, divisor), index.divisor / divisor)
  const { whole, rest } = splitBy(index, divisor)
  if (isWithin(rangeOf(rest), divisor)) return whole
  if (whole.kind !== 'const' || whole.value !== 0)
    return sumOf(0, [
      [1, whole],
      [1, quotientOf(rest, divisor)],
    ])
  const factor = commonFactor(index, divisor)
  if (factor > 1) return quotientOf(splitBy(index, factor).whole, divisor / factor)
  return { kind: 'quotient', index, divisor }
}

/** index − divisor·floor(index / divisor), in normal form. */
export const remainderOf = (index: Index, divisor: number): Index => {
  if (divisor === 1) return constIndex(0)
  if (index.kind === 'const') return constIndex(index.value - divisor * Math.floor(index.value / divisor))
  if (isWithin(rangeOf(index), divisor)) return index
  if (index.kind === 'remainder' && index.divisor % divisor === 0) return remainderOf(index.index, divisor)
  const { rest } = splitBy(index, divisor)
  if (isWithin(rangeOf(rest), divisor)) return rest
  const factor = commonFactor(rest, divisor)
  if (factor > 1) {
    const split = splitBy(rest, factor)
    return sumOf(0, [
      [factor, remainderOf(split.whole, divisor / factor)],
      [1, split.rest],
    ])
  }
  return { kind: 'remainder', index: rest, divisor }
}

/** The index with variables replaced, in normal form again. */
export const substitute = (index: Index, replace: (variable: Index) => Index | null): Index => {
  switch (index.kind) {
    case 'const':
      return index
    case 'axis':
    case 'loop':
    case 'dynamic':
      return replace(index) ?? index
    case 'sum':
      return sumOf(
        index.constant,
        index.terms.map(([c, term]): IndexTerm => [c, substitute(term, replace)]),
      )
    case 'quotient':
      return quotientOf(substitute(index.index, replace), index.divisor)
    case 'remainder':
      return remainderOf(substitute(index.index, replace), index.divisor)
  }
}

/** The index in normal form. */
export const normalise = (index: Index): Index => substitute(index, () => null)

/** The flat row-major position of coordinates. */
export const flatten = (at: readonly Index[], strides: readonly number[]): Index =>
  sumOf(
    0,
    at.map((index, axis): IndexTerm => [strides[axis] ?? 0, index]),
  )

/** The bounds that are not always met; null if one can never be. */
export const simplifyCondition = (condition: Condition): Condition | null => {
  const open: Bound[] = []
  for (const { index, low, high } of condition) {
    const normal = normalise(index)
    const range = rangeOf(normal)
    if (range.high < low || range.low >= high) return null
    if (range.low < low || range.high >= high) open.push({ index: normal, low, high })
  }
  return open
}
