/**
 * Which values fusion must store: results, what would be computed again too often, and what would give
 * one kernel more inputs or a longer expression than a target takes.
 */
import { budgetError, fail } from '../error/error.js'
import type { Graph, Ref } from '../ir/graph.js'
import { useCounts } from '../ir/graph.js'
import type { Definition } from './definition.js'
import { keyOf } from './definition.js'
import type { Limits } from './plan.js'

/** A launch costs about as much as this many flops, if a target says nothing else: what recomputing must exceed to be worth a kernel. */
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

type Definitions = ReadonlyMap<string, Definition>

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

const isReduction = (definition: Definition): boolean =>
  definition.nest !== null && definition.nest.combine !== null

/** Views that ask where they are before they read. */
const GUARDED_VIEWS: ReadonlySet<string> = new Set(['pad', 'concat', 'diagonalMatrix', 'triangle'])

const ownFlops = (definition: Definition): number => {
  if (definition.skeleton === 'view') return GUARDED_VIEWS.has(definition.op) ? 3 : 0
  return definition.flops / Math.max(sizeOfShape(definition.shape), 1)
}

/**
 * What is both searched for its largest element and compared with it. Computed twice it may be rounded twice,
 * in float64 here and float32 there, and then nothing equals the maximum; so both read what is stored.
 */
const comparedWithExtremum = (definitions: Definitions): readonly string[] => {
  const operandsOf = (op: string): readonly string[] =>
    [...definitions.values()]
      .filter((definition) => definition.op === op)
      .flatMap(({ inputs }) => inputs.map(keyOf))
  const compared = new Set(operandsOf('equal'))
  return operandsOf('max').filter((key) => compared.has(key))
}

/** What is read at many places, each found by reading others: computed in place it would be computed at each of them. */
const searched = (definitions: Definitions): readonly string[] =>
  [...definitions.values()]
    .filter(({ skeleton }) => skeleton === 'search')
    .flatMap(({ key, inputs }) => [key, ...inputs.map(keyOf)])

/** What a loop reads. */
const readByLoops = (definitions: Definitions): readonly string[] =>
  [...definitions.values()]
    .filter(({ skeleton }) => skeleton === 'loop')
    .flatMap(({ inputs }) => inputs.map(keyOf))

/** A concat that is copied together: its parts lie one after another, and no kernel reads so many. */
export const isGather = (
  { op, node, shape, inputs }: Definition,
  { inputs: most, copies }: Limits,
): boolean =>
  copies === true &&
  op === 'concat' &&
  inputs.length > most &&
  shape.slice(0, Number(node.attrs['axis'])).every((size) => size === 1)

/** The value whose elements, in their order, are those of `key`. */
export const beforeReshape = (definitions: Definitions, key: string): string => {
  const found = definitions.get(key)
  const [operand] = found?.op === 'reshape' ? found.inputs : []
  return operand === undefined ? key : beforeReshape(definitions, keyOf(operand))
}

/** What is copied together, and its parts. */
const gathered = (definitions: Definitions, limits: Limits): readonly string[] =>
  [...definitions.values()]
    .filter((definition) => isGather(definition, limits))
    .flatMap(({ key, inputs }) => [key, ...inputs.map((ref) => beforeReshape(definitions, keyOf(ref)))])

const asStored = (key: string): Inline => ({ flops: 1, reads: new Set([key]), ops: 1 })
const nothing: Inline = { flops: 0, reads: new Set(), ops: 0 }

const tooManyOperands = (definition: Definition, limits: Limits): never =>
  fail(
    budgetError({
      where: definition.op,
      expected: `at most ${limits.inputs} operands in one kernel`,
      found: `${definition.inputs.length}`,
      hint: 'split the op, for instance a concat of many parts into concats of few',
    }),
  )

/**
 * Upwards: what each value reads and costs if it is computed in place. The greediest operand is stored while a
 * kernel would read too many values or grow too long.
 */
const measureInline = (
  definitions: Definitions,
  stored: Set<string>,
  limits: Limits,
): ReadonlyMap<string, Inline> => {
  const inline = new Map<string, Inline>()
  const of = (key: string): Inline => inline.get(key) ?? nothing
  const measure = (definition: Definition, operands: readonly string[]): Inline => ({
    flops: ownFlops(definition) + operands.reduce((sum, key) => sum + of(key).flops, 0),
    reads: new Set(operands.flatMap((key) => [...of(key).reads])),
    ops: 1 + operands.reduce((sum, key) => sum + of(key).ops, 0),
  })
  const weight = (key: string): number => of(key).reads.size * 1000 + of(key).ops
  for (const definition of definitions.values()) {
    const { key } = definition
    if (definition.isLeaf) {
      inline.set(key, definition.splat === null ? asStored(key) : nothing)
      continue
    }
    if (isGather(definition, limits)) {
      inline.set(key, asStored(key))
      continue
    }
    const operands = [...new Set(definition.inputs.map(keyOf))]
    let measured = measure(definition, operands)
    while (measured.reads.size > limits.inputs || measured.ops > EXPRESSION_LIMIT) {
      const [greediest] = operands
        .filter((operand) => of(operand).ops > 1)
        .sort((a, b) => weight(b) - weight(a))
      if (greediest === undefined) return tooManyOperands(definition, limits)
      stored.add(greediest)
      inline.set(greediest, asStored(greediest))
      measured = measure(definition, operands)
    }
    inline.set(key, isReduction(definition) || stored.has(key) ? asStored(key) : measured)
  }
  return inline
}

/** A view of all of its operand, each element once, in another order: the operand can be stored as well as it. */
const isReordering = ({ skeleton, op, inputs, shape }: Definition, definitions: Definitions): boolean => {
  const [operand] = inputs
  if (skeleton !== 'view' || GUARDED_VIEWS.has(op) || inputs.length !== 1 || operand === undefined)
    return false
  return sizeOfShape(definitions.get(keyOf(operand))?.shape ?? []) === sizeOfShape(shape)
}

/**
 * Elementwise values that are the epilogue of a reduction nobody else reads. Stored instead of the reduction, they cost
 * no kernel more, and their readers read one value instead of several.
 */
const epilogues = (graph: Graph, definitions: Definitions): ReadonlySet<string> => {
  const uses = useCounts(graph)
  const found = new Set<string>()
  for (const { key, skeleton, shape, inputs } of definitions.values()) {
    if (skeleton !== 'map') continue
    const takes = (ref: Ref): boolean => {
      const operand = definitions.get(keyOf(ref))
      if (operand === undefined || uses[ref.node] !== 1 || !sameShape(operand.shape, shape)) return false
      return isReduction(operand) || found.has(operand.key)
    }
    if (inputs.some(takes)) found.add(key)
  }
  return found
}

/** Downwards: how often each value would be computed, from its consumers; gives what is cheaper to store. */
const repeated = (
  definitions: Definitions,
  stored: ReadonlySet<string>,
  inline: ReadonlyMap<string, Inline>,
  free: ReadonlySet<string>,
  { readsAnyOrder = false, launchFlops = LAUNCH_FLOPS }: Limits,
): ReadonlySet<string> => {
  const found = new Set<string>()
  const evaluations = new Map<string, number>()
  for (const definition of [...definitions.values()].toReversed()) {
    const { key, nest } = definition
    if (nest === null) continue
    const size = sizeOfShape(definition.shape)
    const wanted = evaluations.get(key) ?? 0
    // Against one read of the stored value: a view of something stored costs no more than a copy of it.
    const again = ((inline.get(key)?.flops ?? 1) - 1) * (wanted - size)
    const isLeftToOperand = readsAnyOrder && isReordering(definition, definitions)
    const price = free.has(key) ? 0 : launchFlops + STORE_FLOPS * size
    if (!isReduction(definition) && !isLeftToOperand && again > price) found.add(key)
    const runs = isReduction(definition) || stored.has(key) || found.has(key) ? size : wanted
    const origin = definition.shape.map(() => ({ kind: 'const', value: 0 }) as const)
    const trips = nest.loops(origin).reduce((product, loop) => product * loop.size, 1)
    for (const ref of definition.inputs)
      evaluations.set(keyOf(ref), (evaluations.get(keyOf(ref)) ?? 0) + runs * trips)
  }
  return found
}

/** The set of keys that must be stored before a kernel is written. It grows while kernels are written. */
export const chooseStored = (graph: Graph, definitions: Definitions, limits: Limits): Set<string> => {
  const stored = new Set([
    ...graph.outputs.map(({ ref }) => keyOf(ref)),
    ...comparedWithExtremum(definitions),
    ...searched(definitions),
    ...readByLoops(definitions),
    ...gathered(definitions, limits),
  ])
  const free = epilogues(graph, definitions)
  /** Stores what is read often, until nothing more is; `tries` says in what set a kernel's own needs are noted. */
  const grow = (tries: () => Set<string>): void => {
    for (let before = -1; before !== stored.size;) {
      before = stored.size
      const tried = tries()
      const inline = measureInline(definitions, tried, limits)
      repeated(definitions, tried, inline, free, limits).forEach((key) => stored.add(key))
    }
  }
  // What is read often may be all a kernel needs, so first what else it would need is forgotten each time.
  grow(() => new Set(stored))
  grow(() => stored)
  return stored
}
