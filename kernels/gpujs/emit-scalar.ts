import type { GpujsTarget } from '../../src/compile/program.js'
import type { BinaryFn, Bound, Index, Scalar } from '../../src/ir/scalar.js'
import { emitBinary, emitUnary } from './elementary.js'
import { declare, isLiteral, numberLiteral, operands } from './emission.js'
import type { Emission } from './emission.js'
import { rangeOf } from '../../src/ir/index-map.js'
import { integerLiteral } from './literals.js'
import { block, findNode, homeOf } from './scope.js'
import type { Block } from './scope.js'

/**
 * A scalar expression as gpu.js source text. Two kinds of text are kept apart, because gpu.js infers int or
 * float from the text and a variable is always a float: a *number* is float text, an *integer* is int text
 * that stands only inside brackets, comparisons and the right-hand side of a declaration.
 */

const EXACT = 2 ** 24
/** A quotient below this is at most one off when its error is 2.5 units in the last place. */
const OFF_BY_ONE = 2 ** 20

/** GPUs divide to 2.5 units in the last place, so a quotient may land one off. */
const dividesExactly = (target: GpujsTarget): boolean => target === 'cpu' || target === 'webasm'

interface Division {
  readonly quotient: string
  readonly remainder: string
}

/** Floored quotient and remainder of an integer of at most `size` < 2^31 either way, as integer text. */
const divide = (e: Emission, at: Block, numerator: string, size: number, divisor: number): Division => {
  const estimate = declare(e, at, `Math.floor((${numerator}) / ${divisor})`, 'q')
  if (dividesExactly(e.target) && size < EXACT) {
    return { quotient: `(${estimate}|0)`, remainder: `(${numerator} - (${estimate}|0) * ${divisor})` }
  }
  const off = declare(e, at, `${numerator} - (${estimate}|0) * ${divisor}`, 'r')
  if (size < EXACT && size / divisor < OFF_BY_ONE) {
    const quotient = declare(e, at, `${estimate} + (${off} < 0 ? -1 : (${off} < ${divisor} ? 0 : 1))`, 'q')
    const remainder = declare(
      e,
      at,
      `${off} + (${off} < 0 ? ${divisor} : (${off} < ${divisor} ? 0 : -${divisor}))`,
      'r',
    )
    return { quotient: `(${quotient}|0)`, remainder: `(${remainder}|0)` }
  }
  // The estimate itself is rounded: what is left over is small, and is divided once more.
  const more = declare(e, at, `Math.floor(${off} / ${divisor})`, 'q')
  const left = declare(e, at, `(${off}|0) - (${more}|0) * ${divisor}`, 'r')
  const fix = declare(e, at, `${more} + (${left} < 0 ? -1 : (${left} < ${divisor} ? 0 : 1))`, 'q')
  const quotient = `((${estimate}|0) + (${fix}|0))`
  return { quotient, remainder: `(${numerator} - ${quotient} * ${divisor})` }
}

const division = (
  e: Emission,
  at: Block,
  index: Index & { readonly kind: 'quotient' | 'remainder' },
): string => {
  const { divisor } = index
  const isQuotient = index.kind === 'quotient'
  if (divisor === 1) return isQuotient ? integer(e, at, index.index) : '0'
  const { low, high } = rangeOf(index.index)
  const first = Math.floor(low / divisor)
  if (first === Math.floor(high / divisor)) {
    return isQuotient ? integerLiteral(first) : shifted(e, at, index.index, -first * divisor)
  }
  const shift = Math.log2(divisor)
  if (Number.isInteger(shift)) {
    const text = integer(e, at, index.index)
    return isQuotient ? `(${text} >> ${shift})` : `(${text} & ${divisor - 1})`
  }
  const home = homeOf(at, e.facts.levelOfIndex(index), isPure(index))
  const parts = divide(e, home, integer(e, home, index.index), Math.max(-low, high), divisor)
  return isQuotient ? parts.quotient : parts.remainder
}

/** No data is read, so the index may be computed before a guard has been passed. */
const isPure = (index: Index): boolean => {
  switch (index.kind) {
    case 'sum':
      return index.terms.every(([, term]) => isPure(term))
    case 'quotient':
    case 'remainder':
      return isPure(index.index)
    default:
      return index.kind !== 'dynamic'
  }
}

const shifted = (e: Emission, at: Block, index: Index, by: number): string =>
  by === 0 ? integer(e, at, index) : integer(e, at, { kind: 'sum', constant: by, terms: [[1, index]] })

const product = (coefficient: number, text: string): string =>
  coefficient === 1 ? text : `${text} * ${coefficient}`

const sum = (e: Emission, at: Block, index: Index & { readonly kind: 'sum' }): string => {
  let constant = index.constant
  const terms: (readonly [number, string])[] = []
  for (const [coefficient, term] of index.terms) {
    if (coefficient === 0) continue
    const text = integer(e, at, term)
    const literal = /^\(?(-?\d+)\)?$/.exec(text)
    if (literal === null) terms.push([coefficient, text])
    else constant += coefficient * Number(literal[1])
  }
  if (terms.length === 0) return integerLiteral(constant)
  // A positive term first, so that the text never starts with a sign that would fuse with what is before it.
  const ordered = terms.toSorted(([a], [b]) => Number(a < 0) - Number(b < 0))
  const text = ordered.reduce((sofar, [coefficient, part]) => {
    if (sofar === '')
      return coefficient > 0 ? product(coefficient, part) : `0 - ${product(-coefficient, part)}`
    return coefficient > 0
      ? `${sofar} + ${product(coefficient, part)}`
      : `${sofar} - ${product(-coefficient, part)}`
  }, '')
  const whole = constant === 0 ? text : `${text} ${constant > 0 ? '+' : '-'} ${Math.abs(constant)}`
  return terms.length === 1 && constant === 0 && ordered[0]?.[0] === 1 ? whole : `(${whole})`
}

/** An index as integer text, exact below 2^31. */
export const integer = (e: Emission, at: Block, index: Index): string => {
  switch (index.kind) {
    case 'const':
      return integerLiteral(index.value)
    case 'axis':
      return index.size === 1 ? '0' : (e.threads[index.axis] ?? '0')
    case 'loop':
      return index.size === 1
        ? '0'
        : at.level === index.loop + 1 && at.counter !== null
          ? at.counter
          : `(k${index.loop}|0)`
    case 'sum':
      return sum(e, at, index)
    case 'quotient':
    case 'remainder':
      return division(e, at, index)
    case 'dynamic': {
      if (index.size === 1) return '0'
      const held = declare(e, at, number(e, at, index.value))
      return `(${declare(e, at, `Math.min(Math.max(${held}, 0), ${index.size - 1})`)}|0)`
    }
  }
}

/** What must hold for a bound to be met, as comparisons; none where it always is, `never` where it never is. */
export const boundText = (e: Emission, at: Block, bound: Bound): readonly string[] => {
  const { low, high } = rangeOf(bound.index)
  if (low >= bound.low && high < bound.high) return []
  const text = integer(e, at, bound.index)
  // A comparison of two literals would be typed as float; a bound on a literal is decided here.
  const literal = /^\(?(-?\d+)\)?$/.exec(text)
  if (literal !== null)
    return Number(literal[1]) >= bound.low && Number(literal[1]) < bound.high ? [] : ['never']
  return [
    ...(low < bound.low ? [`${text} >= ${integerLiteral(bound.low)}`] : []),
    ...(high >= bound.high ? [`${text} < ${integerLiteral(bound.high)}`] : []),
  ]
}

const guard = (e: Emission, at: Block, value: Scalar & { readonly kind: 'guard' }): string => {
  const tests = value.condition.flatMap((bound) => boundText(e, at, bound))
  if (tests.includes('never') || value.condition.some((bound) => bound.low >= bound.high))
    return number(e, at, value.y)
  if (tests.length === 0) return number(e, at, value.x)
  const name = e.fresh('g')
  const yes = block(at.level, at, { isLoop: false })
  yes.lines.push(`${name} = ${number(e, yes, value.x)};`)
  const no = block(at.level, at, { isLoop: false })
  // A plain literal is the starting value, and the else branch goes.
  const start = value.y.kind === 'const' ? numberLiteral(e, value.y.value) : '0'
  if (value.y.kind !== 'const') no.lines.push(`${name} = ${number(e, no, value.y)};`)
  at.lines.push(`let ${name} = ${start};`, `if (${tests.join(' && ')}) {`, ...yes.lines, '}')
  if (no.lines.length > 0) at.lines.push('else {', ...no.lines, '}')
  return name
}

/** A scalar as the text of a truth value. */
export const truth = (e: Emission, at: Block, value: Scalar): string => {
  if (findNode(at, value) === undefined && (e.facts.uses.get(value) ?? 1) < 2) {
    if (value.kind === 'unary' && value.fn === 'not') return `(!${truth(e, at, value.x)})`
    if (value.kind === 'binary' && (isComparison(value.fn) || value.fn === 'and' || value.fn === 'or')) {
      return `(${comparison(e, at, value.fn, value)})`
    }
  }
  const [x, y] = operands(e, at, number(e, at, value), '0')
  return `(${x} !== ${y})`
}

/** An integer-valued scalar as integer text; words of bit operations stay integers between them. */
export const word = (e: Emission, at: Block, value: Scalar): string => {
  if (value.kind === 'const') return integerLiteral(value.value)
  if (value.kind === 'binary' && isInteger(value.fn) && (e.facts.uses.get(value) ?? 1) < 2)
    return bits(e, at, value)
  return `(${declare(e, at, number(e, at, value))}|0)`
}

const COMPARISONS = { lt: '<', le: '<=', gt: '>', ge: '>=', eq: '===', ne: '!==' } as const

const isComparison = (fn: BinaryFn): fn is keyof typeof COMPARISONS => fn in COMPARISONS

const isInteger = (fn: BinaryFn): fn is keyof typeof BIT_OPERATORS => fn in BIT_OPERATORS

const BIT_OPERATORS = { iand: '&', ior: '|', ixor: '^', ishl: '<<', ishr: '>>' } as const

const bits = (e: Emission, at: Block, value: Scalar & { readonly kind: 'binary' }): string => {
  if (!isInteger(value.fn)) return word(e, at, value)
  const text = `(${word(e, at, value.x)} ${BIT_OPERATORS[value.fn]} ${word(e, at, value.y)})`
  return value.fn === 'ishl' ? `(${text} & ${EXACT - 1})` : text
}

const LONGEST_EXPRESSION = 200

const expression = (e: Emission, at: Block, value: Scalar): string => {
  switch (value.kind) {
    case 'const':
      return numberLiteral(e, value.value)
    case 'accumulator':
      return at.accumulator
    case 'read':
      return declare(e, at, `in${value.input}[${integer(e, at, value.index)}]`)
    case 'index':
      return declare(e, at, integer(e, at, value.index))
    case 'guard':
      return guard(e, at, value)
    case 'select': {
      const [x, y] = operands(e, at, number(e, at, value.x), number(e, at, value.y))
      return `(${truth(e, at, value.condition)} ? ${x} : ${y})`
    }
    case 'unary':
      return value.fn === 'not'
        ? declare(e, at, `(${truth(e, at, value.x)} ? 0 : 1)`)
        : emitUnary(e, at, value.fn, number(e, at, value.x))
    case 'binary':
      if (isInteger(value.fn)) return declare(e, at, bits(e, at, value))
      if (isComparison(value.fn) || value.fn === 'and' || value.fn === 'or') {
        return declare(e, at, `(${comparison(e, at, value.fn, value)} ? 1 : 0)`)
      }
      return emitBinary(e, at, value.fn, ...operands(e, at, number(e, at, value.x), number(e, at, value.y)))
  }
}

type Logical = keyof typeof COMPARISONS | 'and' | 'or'

const comparison = (
  e: Emission,
  at: Block,
  fn: Logical,
  value: Scalar & { readonly kind: 'binary' },
): string => {
  if (!isComparison(fn))
    return `${truth(e, at, value.x)} ${fn === 'and' ? '&&' : '||'} ${truth(e, at, value.y)}`
  const [x, y] = operands(e, at, number(e, at, value.x), number(e, at, value.y))
  // A shader may take NaN !== NaN for false; NaN === NaN is false everywhere.
  return fn === 'ne' ? `!(${x} === ${y})` : `${x} ${COMPARISONS[fn]} ${y}`
}

/** A scalar as number text, with the statements it needs put into the block or, where it is invariant, further out. */
export const number = (e: Emission, at: Block, value: Scalar): string => {
  const known = findNode(at, value)
  if (known !== undefined) return known
  const home = homeOf(at, e.facts.levelOf(value), false)
  const text = expression(e, home, value)
  const isShared = (e.facts.uses.get(value) ?? 1) > 1 || home !== at
  if ((!isShared && text.length <= LONGEST_EXPRESSION) || isLiteral(text)) return text
  const name = declare(e, home, text)
  home.byNode.set(value, name)
  return name
}
