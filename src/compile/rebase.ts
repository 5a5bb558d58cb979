/** The same expression at other places: indices and reads rewritten throughout, those inside data-dependent indices included. */
import { substitute } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'

export interface Rebase {
  readonly index: (index: Index) => Index
  readonly scalar: (scalar: Scalar) => Scalar
}

/** What becomes of axes and loop counters (null: nothing), and of reads, whose indices are rewritten already; sharing is kept. */
export const rebase = (
  coordinate: (leaf: Index) => Index | null,
  read: (input: number, index: Index) => Scalar,
): Rebase => {
  const known = new Map<Scalar, Scalar>()
  const index = (whole: Index): Index =>
    substitute(whole, (leaf) =>
      leaf.kind === 'dynamic' ? { ...leaf, value: scalar(leaf.value) } : coordinate(leaf),
    )
  const scalar = (x: Scalar): Scalar => {
    const found = known.get(x)
    if (found !== undefined) return found
    const made = rewritten(x)
    known.set(x, made)
    return made
  }
  const rewritten = (x: Scalar): Scalar => {
    switch (x.kind) {
      case 'read':
        return read(x.input, index(x.index))
      case 'unary':
        return { ...x, x: scalar(x.x) }
      case 'binary':
        return { ...x, x: scalar(x.x), y: scalar(x.y) }
      case 'select':
        return { ...x, condition: scalar(x.condition), x: scalar(x.x), y: scalar(x.y) }
      case 'guard': {
        const condition = x.condition.map((bound) => ({ ...bound, index: index(bound.index) }))
        return { ...x, condition, x: scalar(x.x), y: scalar(x.y) }
      }
      case 'index':
        return { ...x, index: index(x.index) }
      case 'const':
      case 'accumulator':
        return x
    }
  }
  return { index, scalar }
}
