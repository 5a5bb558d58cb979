/** Scalar expressions in normal form: indices simplified, guards that always or never hold resolved, constants folded. */
import type { Index, Scalar } from '../ir/scalar.js'
import { normalise, rangeOf, simplifyCondition } from '../ir/index-map.js'

/** Flops counted for one evaluation of a function; an elementary function counts as several. */
const UNARY_FLOPS: Readonly<Record<string, number>> = {
  exp: 8,
  expm1: 8,
  log: 8,
  log1p: 8,
  sin: 8,
  cos: 8,
  tanh: 10,
  sigmoid: 10,
  erf: 12,
  sqrt: 2,
  rsqrt: 3,
}

const simplifyDynamic = (index: Index, simplify: (scalar: Scalar) => Scalar): Index => {
  switch (index.kind) {
    case 'dynamic':
      return { ...index, value: simplify(index.value) }
    case 'sum':
      return { ...index, terms: index.terms.map(([c, term]) => [c, simplifyDynamic(term, simplify)]) }
    case 'quotient':
    case 'remainder':
      return { ...index, index: simplifyDynamic(index.index, simplify) }
    default:
      return index
  }
}

const isConst = (scalar: Scalar, value: number): boolean =>
  scalar.kind === 'const' && Object.is(scalar.value, value)

/** x + 0, x · 1 and the like, which broadcast constants leave behind. */
const simplifyBinary = (scalar: Scalar & { readonly kind: 'binary' }): Scalar => {
  const { fn, x, y } = scalar
  if (fn === 'mul' && isConst(y, 1)) return x
  if (fn === 'mul' && isConst(x, 1)) return y
  if (fn === 'div' && isConst(y, 1)) return x
  return scalar
}

/** The expression in normal form; a node used twice stays one node. */
export const simplifyScalar = (root: Scalar): Scalar => {
  const done = new Map<Scalar, Scalar>()
  const compute = (scalar: Scalar): Scalar => {
    switch (scalar.kind) {
      case 'const':
      case 'accumulator':
        return scalar
      case 'read':
        return { ...scalar, index: normalise(simplifyDynamic(scalar.index, simplify)) }
      case 'index': {
        const index = normalise(simplifyDynamic(scalar.index, simplify))
        const { low, high } = rangeOf(index)
        return low === high ? { kind: 'const', value: low } : { kind: 'index', index }
      }
      case 'unary':
        return { ...scalar, x: simplify(scalar.x) }
      case 'binary':
        return simplifyBinary({ ...scalar, x: simplify(scalar.x), y: simplify(scalar.y) })
      case 'select':
        return {
          ...scalar,
          condition: simplify(scalar.condition),
          x: simplify(scalar.x),
          y: simplify(scalar.y),
        }
      case 'guard': {
        const condition = simplifyCondition(scalar.condition)
        if (condition === null) return simplify(scalar.y)
        if (condition.length === 0) return simplify(scalar.x)
        return { ...scalar, condition, x: simplify(scalar.x), y: simplify(scalar.y) }
      }
    }
  }
  const simplify = (scalar: Scalar): Scalar => {
    const known = done.get(scalar)
    if (known !== undefined) return known
    const made = compute(scalar)
    done.set(scalar, made)
    return made
  }
  return simplify(root)
}

/** Flops of one evaluation; shared nodes count once. */
export const countFlops = (root: Scalar): number => {
  const seen = new Set<Scalar>()
  const count = (scalar: Scalar): number => {
    if (seen.has(scalar)) return 0
    seen.add(scalar)
    switch (scalar.kind) {
      case 'const':
      case 'accumulator':
      case 'read':
      case 'index':
        return 0
      case 'unary':
        return (UNARY_FLOPS[scalar.fn] ?? 1) + count(scalar.x)
      case 'binary':
        return 1 + count(scalar.x) + count(scalar.y)
      case 'select':
        return 1 + count(scalar.condition) + count(scalar.x) + count(scalar.y)
      case 'guard':
        return 1 + count(scalar.x) + count(scalar.y)
    }
  }
  return count(root)
}
