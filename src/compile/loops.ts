/**
 * Fewer loops: a loop of one turn is no loop, and neighbouring loops that walk through every operand as one
 * run-on counter become one loop. A sum over [batch, rows, columns] is then a single long run.
 */
import { normalise, substitute } from '../ir/index-map.js'
import { indexMapper, scalarOperands } from '../ir/map-scalar.js'
import type { Index, Loop, Scalar } from '../ir/scalar.js'

/** All indices of an expression, each once. */
const indicesOf = (root: Scalar): readonly Index[] => {
  const found: Index[] = []
  const seen = new Set<Scalar>()
  const pending = [root]
  const visitIndex = (index: Index): void => {
    found.push(index)
    if (index.kind === 'dynamic') pending.push(index.value)
    else if (index.kind === 'sum')
      index.terms.forEach(([, term]) => term.kind !== 'axis' && term.kind !== 'loop' && visitIndex(term))
    else if (index.kind === 'quotient' || index.kind === 'remainder') visitIndex(index.index)
  }
  for (let scalar = pending.pop(); scalar !== undefined; scalar = pending.pop()) {
    if (seen.has(scalar)) continue
    seen.add(scalar)
    if (scalar.kind === 'read' || scalar.kind === 'index') visitIndex(scalar.index)
    if (scalar.kind === 'guard') scalar.condition.forEach(({ index }) => visitIndex(index))
    pending.push(...scalarOperands(scalar))
  }
  return found
}

/** The expression with every index rewritten, those inside data-dependent ones first. */
const mapIndices = (root: Scalar, map: (index: Index) => Index): Scalar =>
  indexMapper((index, scalar) =>
    map(
      substitute(index, (leaf) => (leaf.kind === 'dynamic' ? { ...leaf, value: scalar(leaf.value) } : null)),
    ),
  )(root)

const coefficientOf = (index: Index, loop: number): number => {
  if (index.kind === 'loop') return index.loop === loop ? 1 : 0
  if (index.kind !== 'sum') return 0
  return index.terms.reduce(
    (sum, [c, term]) => (term.kind === 'loop' && term.loop === loop ? sum + c : sum),
    0,
  )
}

/** Whether loop `outer` and the next one count through every index as one counter. */
const runsOn = (indices: readonly Index[], outer: number, innerSize: number): boolean =>
  indices.every((index) => coefficientOf(index, outer) === coefficientOf(index, outer + 1) * innerSize)

export interface LoopBody {
  readonly loops: readonly Loop[]
  readonly body: Scalar
}

/** Replaces loop `gone` by an index and renumbers the loops after it. */
const removeLoop = (
  { loops, body }: LoopBody,
  gone: number,
  instead: Index,
  sizes: ReadonlyMap<number, number>,
): LoopBody => {
  const replace = (leaf: Index): Index | null => {
    if (leaf.kind !== 'loop') return null
    if (leaf.loop === gone) return instead
    const number = leaf.loop > gone ? leaf.loop - 1 : leaf.loop
    return { kind: 'loop', loop: number, size: sizes.get(leaf.loop) ?? leaf.size }
  }
  const rename = (index: Index): Index => substitute(index, replace)
  return {
    loops: loops.flatMap((loop, i) => {
      if (i === gone) return []
      const size = sizes.get(i) ?? loop.size
      return [loop.extent === undefined ? { size } : { size, extent: rename(loop.extent) }]
    }),
    body: mapIndices(body, rename),
  }
}

const ZERO: Index = { kind: 'const', value: 0 }

/** The same reduction with as few loops as its indices allow; at least one stays. */
export const mergeLoops = (given: LoopBody): LoopBody => {
  const { loops } = given
  if (loops.length < 2) return given
  const unit = loops.findIndex((loop) => loop.size === 1 && loop.extent === undefined)
  if (unit >= 0) return mergeLoops(removeLoop(given, unit, ZERO, new Map()))
  const indices = indicesOf(given.body).map(normalise)
  const outer = loops.findIndex((loop, i) => {
    const inner = loops[i + 1]
    const isPlain = inner !== undefined && loop.extent === undefined && inner.extent === undefined
    return isPlain && loops.every(({ extent }) => extent === undefined) && runsOn(indices, i, inner.size)
  })
  const [first, second] = [loops[outer], loops[outer + 1]]
  if (first === undefined || second === undefined) return given
  return mergeLoops(removeLoop(given, outer, ZERO, new Map([[outer + 1, first.size * second.size]])))
}
