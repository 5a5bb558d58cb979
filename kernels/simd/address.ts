/** What indices are made of: which coordinates they depend on, and how they change from lane to lane. */
import { indexKey, normalise } from '../../src/ir/index-map.js'
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, IndexTerm, Scalar } from '../../src/ir/scalar.js'

/** constant + Σ coefficient · term; no term is a sum or a constant. */
export interface Linear {
  readonly constant: number
  readonly terms: readonly IndexTerm[]
}

export const linearOf = (index: Index): Linear => {
  const normal = normalise(index)
  if (normal.kind === 'const') return { constant: normal.value, terms: [] }
  return normal.kind === 'sum' ? normal : { constant: 0, terms: [[1, normal]] }
}

/** The name of a coordinate in sets of variables. */
export const axisVariable = (axis: number): string => `axis${axis}`
export const loopVariable = (loop: number): string => `loop${loop}`
/** What an epilogue depends on besides coordinates. */
const ACCUMULATOR = 'accumulator'

const known = new WeakMap<Scalar, ReadonlySet<string>>()

const indicesOf = (scalar: Scalar): readonly Index[] =>
  scalar.kind === 'read' || scalar.kind === 'index'
    ? [scalar.index]
    : scalar.kind === 'guard'
      ? scalar.condition.map(({ index }) => index)
      : []

/** Every coordinate that an expression depends on, also by way of the data it reads. */
export const variablesOf = (scalar: Scalar): ReadonlySet<string> => {
  const before = known.get(scalar)
  if (before !== undefined) return before
  const found = new Set<string>(scalar.kind === 'accumulator' ? [ACCUMULATOR] : [])
  for (const index of indicesOf(scalar)) for (const variable of indexVariables(index)) found.add(variable)
  for (const operand of scalarOperands(scalar))
    for (const variable of variablesOf(operand)) found.add(variable)
  known.set(scalar, found)
  return found
}

export const indexVariables = (index: Index): ReadonlySet<string> => {
  switch (index.kind) {
    case 'const':
      return new Set()
    case 'axis':
      return new Set([axisVariable(index.axis)])
    case 'loop':
      return new Set([loopVariable(index.loop)])
    case 'sum':
      return new Set(index.terms.flatMap(([, term]) => [...indexVariables(term)]))
    case 'quotient':
    case 'remainder':
      return indexVariables(index.index)
    case 'dynamic':
      return variablesOf(index.value)
  }
}

export const dependsOn = (variables: ReadonlySet<string>, inner: ReadonlySet<string>): boolean =>
  [...variables].some((variable) => inner.has(variable) || variable === ACCUMULATOR)

const isVariable = (index: Index, variable: string): boolean =>
  (index.kind === 'axis' && axisVariable(index.axis) === variable) ||
  (index.kind === 'loop' && loopVariable(index.loop) === variable)

/** By how much an index grows with a coordinate; null where that is no constant. */
export const stepOf = (index: Linear, variable: string | null): number | null => {
  if (variable === null) return 0
  const own = index.terms.filter(([, term]) => isVariable(term, variable))
  const rest = index.terms.filter(([, term]) => !isVariable(term, variable))
  if (rest.some(([, term]) => indexVariables(term).has(variable))) return null
  return own.reduce((sum, [coefficient]) => sum + coefficient, 0)
}

/** A text equal for equal sums of terms of the same input, whatever their constant. */
export const pointerKey = (input: number, terms: readonly IndexTerm[]): string =>
  `${input}:${terms
    .map(([coefficient, term]) => `${coefficient}*${indexKey(term)}`)
    .toSorted()
    .join('+')}`

/** An expression that is read, its index, and whether it lies inside a guard. */
export interface ReadSite {
  readonly input: number
  readonly index: Linear
  readonly isGuarded: boolean
}

/** All reads, those inside of indices too; of a read met in several ways one that is not guarded wins. */
export const readsOf = (scalars: readonly Scalar[]): readonly ReadSite[] => {
  const found: ReadSite[] = []
  const seen = new Map<Scalar, boolean>()
  const visitIndex = (index: Index, isGuarded: boolean): void => {
    if (index.kind === 'dynamic') visit(index.value, isGuarded)
    else if (index.kind === 'sum') for (const [, term] of index.terms) visitIndex(term, isGuarded)
    else if (index.kind === 'quotient' || index.kind === 'remainder') visitIndex(index.index, isGuarded)
  }
  const visit = (scalar: Scalar, isGuarded: boolean): void => {
    if (seen.get(scalar) === false || seen.get(scalar) === isGuarded) return
    seen.set(scalar, isGuarded)
    for (const index of indicesOf(scalar)) visitIndex(index, isGuarded)
    if (scalar.kind === 'read') found.push({ input: scalar.input, index: linearOf(scalar.index), isGuarded })
    for (const operand of scalarOperands(scalar)) visit(operand, isGuarded || scalar.kind === 'guard')
  }
  for (const scalar of scalars) visit(scalar, false)
  return found
}
