/** What expressions need of the coordinates around a loop, computed before it. */
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Scalar } from '../../src/ir/scalar.js'
import { dependsOn, pointerKey, readsOf, variablesOf } from './address.js'
import { laneVariable } from './context.js'
import type { Place } from './expression.js'
import { startOf, vectorOf } from './expression.js'
import { isDynamic, outerTerms } from './integer.js'
import type { Writer } from './writer.js'

export interface Level {
  /** Coordinates that change in the loop. */
  readonly inner: ReadonlySet<string>
  /** Addresses by `pointerKey`. */
  readonly pointers: ReadonlyMap<string, string>
  /** Expressions that do not change in the loop, the same in all lanes. */
  readonly values: ReadonlyMap<Scalar, string>
}

/** The largest expressions that are evaluated in any case and depend on none of the coordinates. */
const invariantsOf = (scalars: readonly Scalar[], inner: ReadonlySet<string>): readonly Scalar[] => {
  const found = new Set<Scalar>()
  const seen = new Set<Scalar>()
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar) || scalar.kind === 'const') return
    seen.add(scalar)
    if (!dependsOn(variablesOf(scalar), inner)) found.add(scalar)
    else if (scalar.kind !== 'guard') scalarOperands(scalar).forEach(visit)
  }
  scalars.forEach(visit)
  return [...found]
}

/**
 * The place inside of a loop over the coordinates `inner`; what does not depend on them is written here. Where the
 * loop may run zero times (not `isCertain`) nothing is read.
 */
export const hoisted = (
  w: Writer,
  scalars: readonly Scalar[],
  place: Place,
  inner: ReadonlySet<string>,
  isCertain: boolean,
): Place => {
  const levels = place.levels ?? []
  const lane = laneVariable(place)
  const known = new Set(levels.flatMap((level) => [...level.values.keys()]))
  const around: Place = { ...place, ahead: 0, width: 1 }
  const values = new Map<Scalar, string>()
  const changing = lane === null ? inner : new Set([...inner, lane])
  for (const scalar of invariantsOf(scalars, changing))
    if (!known.has(scalar) && (isCertain || readsOf([scalar]).length === 0))
      values.set(scalar, w.let('v128', 'same', vectorOf(w, scalar, { ...around, lane: null })))
  const pointers = new Map<string, string>()
  for (const { input, index, isGuarded } of readsOf(scalars)) {
    const outer = outerTerms(index.terms, inner, lane)
    const key = pointerKey(input, outer)
    const isUnsafe = (isGuarded || !isCertain) && outer.some(([, term]) => isDynamic(term))
    // Without terms its address is the operand's own.
    if (outer.length === 0 || isUnsafe || pointers.has(key)) continue
    pointers.set(key, w.let('i32', 'from', startOf(w, input, { constant: 0, terms: outer }, around)))
  }
  return { ...place, levels: [...levels, { inner, pointers, values }] }
}
