/** What is known where an expression is written. */
import type { Index, Scalar } from '../../src/ir/scalar.js'
import { axisVariable, loopVariable } from './address.js'
import type { Place } from './expression.js'
import type { Writer } from './writer.js'

/** Locals that hold expressions, in this branch and the ones around it. */
export interface Scope {
  readonly values: Map<Scalar, string>
  /** Data-dependent indices as four i32, in range. */
  readonly dynamics: Map<Index, string>
  readonly outer: Scope | null
}

export const scopeIn = (outer: Scope | null): Scope => ({ values: new Map(), dynamics: new Map(), outer })

export const findValue = (scope: Scope | null, scalar: Scalar): string | undefined =>
  scope === null ? undefined : (scope.values.get(scalar) ?? findValue(scope.outer, scalar))

export const findDynamic = (scope: Scope | null, index: Index): string | undefined =>
  scope === null ? undefined : (scope.dynamics.get(index) ?? findDynamic(scope.outer, index))

export interface Context {
  readonly w: Writer
  readonly place: Place
  readonly scope: Scope
  /** The lanes whose reads are in range, a v128 of ones and zeros; null where all are that count. */
  readonly mask: string | null
  /** Whether this is the side of a choice: addresses a constant further on may then lie outside of the memory. */
  readonly isGuarded: boolean
  /** How often each expression is used. */
  readonly uses: ReadonlyMap<Scalar, number>
  readonly evaluate: (context: Context, scalar: Scalar) => string
}

/** The name of the coordinate along the lanes. */
export const laneVariable = ({ lane }: Place): string | null =>
  lane === null ? null : lane.kind === 'axis' ? axisVariable(lane.number) : loopVariable(lane.number)
