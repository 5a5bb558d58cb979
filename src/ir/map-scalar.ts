/** Walking and rewriting scalar expressions. */
import type { Condition, Index, Scalar } from './scalar.js'

/** The expressions a node is made of, besides those inside its indices. */
export const scalarOperands = (scalar: Scalar): readonly Scalar[] => {
  switch (scalar.kind) {
    case 'unary':
      return [scalar.x]
    case 'binary':
    case 'guard':
      return [scalar.x, scalar.y]
    case 'select':
      return [scalar.condition, scalar.x, scalar.y]
    default:
      return []
  }
}

/** The numbers of the inputs that an expression reads outside of its indices. */
export const inputsOf = (root: Scalar): ReadonlySet<number> => {
  const found = new Set<number>()
  const seen = new Set<Scalar>()
  const visit = (value: Scalar): void => {
    if (seen.has(value)) return
    seen.add(value)
    if (value.kind === 'read') found.add(value.input)
    scalarOperands(value).forEach(visit)
  }
  visit(root)
  return found
}

/** Rewrites every index of expressions; nodes shared before are shared after. What does not `change` stays as it is. */
export const indexMapper = (
  onIndex: (index: Index, scalar: (value: Scalar) => Scalar) => Index,
  changes: (value: Scalar) => boolean = () => true,
) => {
  const done = new Map<Scalar, Scalar>()
  const condition = (bounds: Condition): Condition =>
    bounds.map((bound) => ({ ...bound, index: onIndex(bound.index, scalar) }))
  const rebuild = (value: Scalar): Scalar => {
    switch (value.kind) {
      case 'const':
      case 'accumulator':
        return value
      case 'read':
      case 'index':
        return { ...value, index: onIndex(value.index, scalar) }
      case 'unary':
        return { ...value, x: scalar(value.x) }
      case 'binary':
        return { ...value, x: scalar(value.x), y: scalar(value.y) }
      case 'select':
        return { ...value, condition: scalar(value.condition), x: scalar(value.x), y: scalar(value.y) }
      case 'guard':
        return { ...value, condition: condition(value.condition), x: scalar(value.x), y: scalar(value.y) }
    }
  }
  const scalar = (value: Scalar): Scalar => {
    if (!changes(value)) return value
    const known = done.get(value)
    if (known !== undefined) return known
    const built = rebuild(value)
    done.set(value, built)
    return built
  }
  return scalar
}
