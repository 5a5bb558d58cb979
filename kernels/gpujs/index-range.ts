import type { Index } from '../../src/ir/scalar.js'

/** The smallest and the largest value an index can take, both reached or safe bounds. */
export interface IndexRange {
  readonly low: number
  readonly high: number
}

const scaled = (coefficient: number, range: IndexRange): IndexRange =>
  coefficient >= 0
    ? { low: coefficient * range.low, high: coefficient * range.high }
    : { low: coefficient * range.high, high: coefficient * range.low }

/** Interval arithmetic on an index; a variable of size 0 counts as size 1. */
export const indexRange = (index: Index): IndexRange => {
  switch (index.kind) {
    case 'const':
      return { low: index.value, high: index.value }
    case 'axis':
    case 'loop':
    case 'dynamic':
      return { low: 0, high: Math.max(index.size - 1, 0) }
    case 'sum':
      return index.terms.reduce<IndexRange>(
        (total, [coefficient, term]) => {
          const part = scaled(coefficient, indexRange(term))
          return { low: total.low + part.low, high: total.high + part.high }
        },
        { low: index.constant, high: index.constant },
      )
    case 'quotient': {
      const { low, high } = indexRange(index.index)
      return { low: Math.floor(low / index.divisor), high: Math.floor(high / index.divisor) }
    }
    case 'remainder': {
      const { low, high } = indexRange(index.index)
      const sameCycle = Math.floor(low / index.divisor) === Math.floor(high / index.divisor)
      const base = Math.floor(low / index.divisor) * index.divisor
      return sameCycle ? { low: low - base, high: high - base } : { low: 0, high: index.divisor - 1 }
    }
  }
}
