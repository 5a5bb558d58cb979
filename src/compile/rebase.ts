/** The same expression at other places: indices and reads rewritten throughout, sharing kept. */
import { sumOf } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'

/** Rewrites the coordinates of an index that is not data. */
export const rebaseIndex = (index: Index, axis: (axis: number, size: number) => Index): Index => {
  switch (index.kind) {
    case 'axis':
      return axis(index.axis, index.size)
    case 'sum':
      return sumOf(
        index.constant,
        index.terms.map(([coefficient, term]) => [coefficient, rebaseIndex(term, axis)] as const),
      )
    case 'quotient':
    case 'remainder':
      return { ...index, index: rebaseIndex(index.index, axis) }
    case 'const':
    case 'loop':
    case 'dynamic':
      return index
  }
}

/** Rewrites an expression: `index` says what becomes of indices, `read` what of reads. */
export const rebase = (
  root: Scalar,
  index: (index: Index) => Index,
  read: (input: number, index: Index) => Scalar,
): Scalar => {
  const known = new Map<Scalar, Scalar>()
  const go = (x: Scalar): Scalar => {
    const found = known.get(x)
    if (found !== undefined) return found
    const made = rewritten(x)
    known.set(x, made)
    return made
  }
  const rewritten = (x: Scalar): Scalar => {
    switch (x.kind) {
      case 'read':
        return read(x.input, x.index)
      case 'unary':
        return { ...x, x: go(x.x) }
      case 'binary':
        return { ...x, x: go(x.x), y: go(x.y) }
      case 'select':
        return { ...x, condition: go(x.condition), x: go(x.x), y: go(x.y) }
      case 'guard': {
        const condition = x.condition.map((bound) => ({ ...bound, index: index(bound.index) }))
        return { ...x, condition, x: go(x.x), y: go(x.y) }
      }
      case 'index':
        return { ...x, index: index(x.index) }
      case 'const':
      case 'accumulator':
        return x
    }
  }
  return go(root)
}
