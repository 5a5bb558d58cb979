/**
 * Which values fusion must store: results, what would be computed again too often, and what would give
 * one kernel more inputs or a longer expression than a target takes.
 */
import { budgetError, fail } from '../error/error.js'
import type { Graph, Ref } from '../ir/graph.js'
import type { Definition } from './definition.js'
import { keyOf } from './definition.js'
import type { Limits } from './plan.js'

/** A launch costs about as much as this many flops: what recomputing must exceed to be worth a kernel. */
const LAUNCH_FLOPS = 20_000
/** Flops that writing and reading back one element costs. */
const STORE_FLOPS = 4
/** Ops one fused expression may hold. */
const EXPRESSION_LIMIT = 64

const sizeOfShape = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1)

/** What it costs to have one element of a definition computed where it is read. */
interface Inline {
  readonly flops: number
  /** Stored values it reads. */
  readonly reads: ReadonlySet<string>
  readonly ops: number
}

const isReduction = (definition: Definition): boolean => definition.nest !== null && definition.nest.combine !== null

const ownFlops = (definition: Definition): number => {
  if (definition.skeleton === 'view') return definition.op === 'pad' || definition.op === 'concat' ? 3 : 0
  return definition.flops / Math.max(sizeOfShape(definition.shape), 1)
}

/**
 * What is both searched for its largest element and compared with it. Computed twice it may be rounded twice,
 * in float64 here and float32 there, and then nothing equals the maximum; so both read what is stored.
 */
const comparedWithExtremum = (definitions: ReadonlyMap<string, Definition>): readonly string[] => {
  const operandsOf = (op: string): readonly string[] =>
    [...definitions.values()].filter((definition) => definition.op === op).flatMap(({ inputs }) => inputs.map(keyOf))
  const compared = new Set(operandsOf('equal'))
  return operandsOf('max').filter((key) => compared.has(key))
}

/** The set of keys that must be stored before a kernel is written. It grows while kernels are written. */
export const chooseStored = (
  graph: Graph,
  definitions: ReadonlyMap<string, Definition>,
  limits: Limits,
): Set<string> => {
  const stored = new Set([...graph.outputs.map(({ ref }) => keyOf(ref)), ...comparedWithExtremum(definitions)])
  const at = (ref: Ref): Definition => {
    const definition = definitions.get(keyOf(ref))
    if (definition === undefined) throw new RangeError(`no value %${keyOf(ref)}`)
    return definition
  }

  // Upwards: what each value reads if it is computed in place; the greediest operand is stored while there are too many.
  const inline = new Map<string, Inline>()
  const asStored = (key: string): Inline => ({ flops: 1, reads: new Set([key]), ops: 1 })
  const nothing: Inline = { flops: 0, reads: new Set(), ops: 0 }
  for (const definition of definitions.values()) {
    if (definition.isLeaf) {
      inline.set(definition.key, definition.splat === null ? asStored(definition.key) : nothing)
      continue
    }
    const operands = [...new Set(definition.inputs.map(keyOf))]
    const measure = (): Inline => ({
      flops: ownFlops(definition) + operands.reduce((sum, key) => sum + (inline.get(key)?.flops ?? 0), 0),
      reads: new Set(operands.flatMap((key) => [...(inline.get(key)?.reads ?? [])])),
      ops: 1 + operands.reduce((sum, key) => sum + (inline.get(key)?.ops ?? 0), 0),
    })
    let measured = measure()
    while (measured.reads.size > limits.inputs || measured.ops > EXPRESSION_LIMIT) {
      const weight = (key: string): number => (inline.get(key)?.reads.size ?? 0) * 1000 + (inline.get(key)?.ops ?? 0)
      const greediest = operands.filter((key) => (inline.get(key)?.ops ?? 0) > 1).sort((a, b) => weight(b) - weight(a))[0]
      if (greediest === undefined)
        return fail(
          budgetError({
            where: definition.op,
            expected: `at most ${limits.inputs} operands in one kernel`,
            found: `${operands.length}`,
            hint: 'split the op, for instance a concat of many parts into concats of few',
          }),
        )
      stored.add(greediest)
      inline.set(greediest, asStored(greediest))
      measured = measure()
    }
    inline.set(definition.key, isReduction(definition) || stored.has(definition.key) ? asStored(definition.key) : measured)
  }

  // Downwards: how often each value would be computed, from the consumers that are already decided.
  const evaluations = new Map<string, number>()
  for (const definition of [...definitions.values()].toReversed()) {
    if (definition.isLeaf || definition.nest === null) continue
    const size = sizeOfShape(definition.shape)
    const wanted = evaluations.get(definition.key) ?? 0
    // Against one read of the stored value: a view of something stored costs no more than a copy of it.
    const again = ((inline.get(definition.key)?.flops ?? 1) - 1) * (wanted - size)
    if (!isReduction(definition) && again > LAUNCH_FLOPS + STORE_FLOPS * size) stored.add(definition.key)
    const runs = isReduction(definition) || stored.has(definition.key) ? size : wanted
    const zeros = definition.shape.map(() => ({ kind: 'const', value: 0 }) as const)
    const trips = definition.nest.loops(zeros).reduce((product, loop) => product * loop.size, 1)
    for (const ref of definition.inputs) {
      const key = at(ref).key
      evaluations.set(key, (evaluations.get(key) ?? 0) + runs * trips)
    }
  }
  return stored
}
