/**
 * Fuse: Graph → Plan. Decides for each value whether it is stored or computed again where it is read.
 *
 * Views and cheap arithmetic are computed where they are read. A reduction is the heart of its own kernel,
 * but takes the arithmetic after it along (its epilogue) when nobody else reads it. What would be computed
 * more often than storing it costs is stored.
 */
import type { Graph, GraphNode, Ref } from '../ir/graph.js'
import { useCounts } from '../ir/graph.js'
import type { Index, Loop, Scalar } from '../ir/scalar.js'
import type { Coordinates } from '../op/def.js'
import { sizeOf, stridesOf } from '../shape/dim.js'
import type { Definition } from './definition.js'
import { defineAll, keyOf, leafOrigin } from './definition.js'
import { copied } from './copied.js'
import { flatten, indexKey, normalise, rangeOf } from '../ir/index-map.js'
import { inputsOf } from '../ir/map-scalar.js'
import { mergeLoops } from './loops.js'
import { planLoop } from './loop-plan.js'
import type { Limits, Piece, Plan, PlanKernel, PlanStep, PlanValue } from './plan.js'
import { countFlops, simplifyScalar } from './scalar-simplify.js'
import { beforeReshape, chooseStored, isGather } from './store.js'

/** Elements from which on keeping a value costs more than a launch. */
const LARGE_OPERAND = 2 ** 15

/** A kernel being written. */
interface Draft {
  readonly root: Definition
  /** Values it reads, by the number its reads use. */
  readonly inputs: number[]
  readonly names: string[]
  /** What is stored for this draft's sake. */
  readonly asked: string[]
  /** Expressions already written at some coordinates, so that sharing survives. */
  readonly written: Map<string, Scalar>
  /** The reduction whose value the epilogue calls the accumulator. */
  heart: Definition | null
}

const axesOf = (shape: readonly number[]): Coordinates =>
  shape.map((size, axis): Index => ({ kind: 'axis', axis, size }))

const sameCoordinates = (at: Coordinates, shape: readonly number[], rootShape: readonly number[]): boolean =>
  shape.length === rootShape.length &&
  shape.every(
    (size, axis) =>
      size === rootShape[axis] &&
      (size === 1 || indexKey(at[axis] ?? { kind: 'const', value: -1 }) === `i${axis}`),
  )

/** A short name: the ops fused, each once, the last one last. */
const kernelName = (draft: Draft, heart: Definition | null): string => {
  const ops = [...new Set(draft.names.filter((op) => op !== draft.root.op && op !== heart?.op))].slice(0, 3)
  const first = heart === null || heart === draft.root ? [] : [heart.op]
  return [...first, ...ops, draft.root.op].join('+')
}

/** How often a loop turns, on average over the output where it ends at different places. */
const turnsOf = ({ size, extent }: Loop): number => {
  if (extent === undefined) return size
  const { low, high } = rangeOf(extent)
  return (low + high) / 2
}

const skeletonOf = (draft: Draft, reduction: Definition): PlanKernel['skeleton'] => {
  const { skeleton } = reduction
  if (
    reduction.nest?.combine !== null &&
    (skeleton === 'reduce' || skeleton === 'contract' || skeleton === 'slide')
  )
    return skeleton
  if (skeleton === 'search') return skeleton
  return skeleton === 'gather' || draft.names.includes('gather') ? 'gather' : 'map'
}

/** The plan of a graph whose composites are expanded and whose axes all have sizes. */
export const fuse = (graph: Graph, limits: Limits): Plan => {
  const definitions = defineAll(graph)
  const uses = useCounts(graph)
  const stored = chooseStored(graph, definitions, limits)
  const values: PlanValue[] = []
  const valueIds = new Map<string, number>()
  const steps: PlanStep[] = []

  const definitionOf = (ref: Ref): Definition => {
    const definition = definitions.get(keyOf(ref))
    if (definition === undefined) throw new RangeError(`no value %${keyOf(ref)}`)
    return definition
  }
  const valueId = (definition: Definition): number => {
    const known = valueIds.get(definition.key)
    if (known !== undefined) return known
    const id =
      values.push({ shape: definition.shape, dtype: definition.dtype, origin: leafOrigin(definition) }) - 1
    valueIds.set(definition.key, id)
    return id
  }
  const readValue = (draft: Draft, definition: Definition, at: Coordinates): Scalar => {
    if (!definition.isLeaf && !stored.has(definition.key)) {
      stored.add(definition.key)
      draft.asked.push(definition.key)
    }
    const id = valueId(definition)
    const known = draft.inputs.indexOf(id)
    const input = known >= 0 ? known : draft.inputs.push(id) - 1
    return { kind: 'read', input, index: flatten(at, stridesOf(definition.shape)) }
  }

  /** The element of `ref` at `at`, computed here or read; `alone` says that only this kernel gets here. */
  const write = (draft: Draft, ref: Ref, at: Coordinates, alone: boolean, inLoop: boolean): Scalar => {
    const definition = definitionOf(ref)
    const where = at.map(normalise)
    const key = `${inLoop ? 'loop' : 'out'} ${definition.key}@${where.map(indexKey).join()}`
    const known = draft.written.get(key)
    if (known !== undefined) return known
    const made = compose(draft, definition, where, alone && uses[ref.node] === 1, inLoop)
    draft.written.set(key, made)
    return made
  }

  const compose = (
    draft: Draft,
    definition: Definition,
    at: Coordinates,
    alone: boolean,
    inLoop: boolean,
  ): Scalar => {
    if (definition.splat !== null) return { kind: 'const', value: definition.splat }
    const { nest } = definition
    if (definition.isLeaf || nest === null || stored.has(definition.key))
      return readValue(draft, definition, at)
    if (nest.combine === null) {
      draft.names.push(definition.op)
      return nest.body({
        at,
        counters: [],
        read: (input, inner) =>
          write(draft, definition.inputs[input] ?? { node: -1, output: 0 }, inner, alone, inLoop),
      })
    }
    const mayBeHeart = alone && !inLoop && draft.heart === null && draft.root.nest?.combine === null
    if (!mayBeHeart || !sameCoordinates(at, definition.shape, draft.root.shape))
      return readValue(draft, definition, at)
    draft.heart = definition
    return { kind: 'accumulator' }
  }

  const newDraft = (root: Definition): Draft => ({
    root,
    inputs: [],
    asked: [],
    names: [],
    written: new Map(),
    heart: null,
  })

  /** What a definition's element is at `at`, with its own loops if it has any. */
  const bodyOf = (draft: Draft, definition: Definition, at: Coordinates, alone: boolean): Scalar => {
    const { nest } = definition
    if (nest === null) throw new TypeError(`${definition.op} is a leaf, not a kernel`)
    const counters = nest.loops(at).map((loop, i): Index => ({ kind: 'loop', loop: i, size: loop.size }))
    const inLoop = nest.combine !== null
    draft.names.push(definition.op)
    return nest.body({
      at,
      counters,
      read: (input, inner) =>
        write(draft, definition.inputs[input] ?? { node: -1, output: 0 }, inner, alone && !inLoop, inLoop),
    })
  }

  const finish = (draft: Draft, output: number, takeHeart: boolean): PlanKernel => {
    const { root } = draft
    const at = axesOf(root.shape)
    const outer = simplifyScalar(bodyOf(draft, root, at, takeHeart))
    const heart = draft.heart
    const reduction = heart ?? root
    const { loops, body } = mergeLoops({
      loops: (reduction.nest?.loops(at) ?? []).map((loop) =>
        loop.extent === undefined ? loop : { ...loop, extent: normalise(loop.extent) },
      ),
      body: heart === null ? outer : simplifyScalar(bodyOf(draft, heart, at, false)),
    })
    const combine = reduction.nest?.combine ?? null
    const trips = loops.reduce((product, loop) => product * turnsOf(loop), 1)
    const size = root.shape.reduce((product, dim) => product * dim, 1)
    const epilogue = heart === null ? null : outer
    return {
      kind: 'kernel',
      name: kernelName(draft, heart),
      skeleton: skeletonOf(draft, reduction),
      output,
      inputs: draft.inputs,
      shape: root.shape,
      loops,
      combine,
      body,
      epilogue,
      flops:
        size *
        ((countFlops(body) + (combine === null ? 0 : 1)) * trips +
          (epilogue === null ? 0 : countFlops(epilogue))),
    }
  }

  const gather = (root: Definition): PlanKernel => {
    let to = 0
    const pieces = root.inputs.map((ref): Piece => {
      const length = sizeOf(definitionOf(ref).shape)
      const part = definitions.get(beforeReshape(definitions, keyOf(ref))) ?? definitionOf(ref)
      to += length
      return { value: valueId(part), from: 0, to: to - length, length }
    })
    return copied('gather', valueId(root), root.shape, pieces)
  }

  /**
   * A single number made of a large value and of what other kernels make keeps that value alive until they are done, as
   * the norm of all gradients would keep one gradient to the end of a step.
   */
  const keepsLong = ({ output, inputs, body, epilogue }: PlanKernel): boolean => {
    if (epilogue === null || sizeOf(values[output]?.shape ?? []) > 1) return false
    const isMade = (value: number): boolean => values[value]?.origin.kind === 'kernel'
    const read = (root: Scalar): readonly number[] =>
      [...inputsOf(root)].flatMap((input) => inputs[input] ?? [])
    const isLarge = read(body).some(
      (value) => isMade(value) && sizeOf(values[value]?.shape ?? []) >= LARGE_OPERAND,
    )
    return isLarge && read(epilogue).some(isMade)
  }

  /** Writes the kernel of a stored value; without an epilogue if with it there are too many inputs, or one for too long. */
  const writeKernel = (root: Definition): void => {
    if (isGather(root, limits)) return void steps.push(gather(root))
    const output = valueId(root)
    const draft = newDraft(root)
    const fused = finish(draft, output, true)
    if (fused.inputs.length <= limits.inputs && !keepsLong(fused)) steps.push(fused)
    else {
      draft.asked.forEach((key) => stored.delete(key))
      steps.push(finish(newDraft(root), output, false))
    }
  }

  /** The loop of a node, whose body becomes a plan of its own within this one. */
  const writeLoop = ({ node, nodeId }: Definition): PlanStep =>
    planLoop(
      node.attrs,
      {
        operands: node.inputs.map((ref) => valueId(definitionOf(ref))),
        results: node.outputs.map((_, output) => valueId(definitionOf({ node: nodeId, output }))),
        add: (value) => values.push(value) - 1,
      },
      (body) => fuse(body, limits),
    )

  // Consumers come first, so that whatever they decide to read is known to be stored when its turn comes.
  const all = [...definitions.values()].toReversed()
  const looped = new Set<GraphNode>()
  for (const definition of all) {
    if (definition.skeleton === 'loop' && !looped.has(definition.node)) {
      looped.add(definition.node)
      steps.push(writeLoop(definition))
    } else if (!definition.isLeaf && stored.has(definition.key)) writeKernel(definition)
  }
  return {
    values,
    steps: steps.toReversed(),
    outputs: graph.outputs.map(({ name, ref }) => ({ name, value: valueId(definitionOf(ref)) })),
  }
}
