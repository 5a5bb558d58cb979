/**
 * Beside: Plan → Plan, for targets whose launches are dear. Reductions that turn the same loops and whose results
 * nobody waits for yet run side by side in one kernel: the gradients of a layer's weights and biases, the two sums of
 * a norm's gradient. The kernel's output holds the results one after another, and each thread asks once, outside of
 * the loops, whose element it makes. Readers read the output in place. Each element is computed as before, to the bit.
 */
import { constIndex, quotientOf, remainderOf, sumOf } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'
import { sizeOf, stridesOf } from '../shape/dim.js'
import { copied } from './copied.js'
import type { Piece, Plan, PlanKernel, PlanStep, PlanValue } from './plan.js'
import { readsOf } from './plan.js'
import { rebase } from './rebase.js'

/** Elements of one result from which on a launch is small beside the work. */
const LARGEST = 2 ** 18
/** Steps a result may wait for others; what it is made of stays alive as long. */
const FARTHEST = 48

/** Reductions that become one kernel, in order. */
interface Group {
  readonly members: readonly PlanKernel[]
  readonly inputs: ReadonlySet<number>
  readonly first: number
  readonly last: number
  /** The first step that reads a result. */
  readonly deadline: number
}

/** What members have in common; null for what stays alone. */
const kindOf = (plan: Plan, { shape, loops, combine, copies, output }: PlanKernel): string | null => {
  const size = sizeOf(shape)
  if (combine === null || copies !== undefined || size === 0 || size > LARGEST) return null
  if (loops.some(({ extent }) => extent !== undefined)) return null
  return `${combine} ${plan.values[output]?.dtype ?? ''} ${loops.map((loop) => loop.size).join()}`
}

const firstReads = ({ steps }: Plan): ReadonlyMap<number, number> => {
  const first = new Map<number, number>()
  steps.forEach((step, at) =>
    readsOf(step).forEach((value) => first.set(value, Math.min(at, first.get(value) ?? at))),
  )
  return first
}

/** Groups of at most `inputs` values read, each member with the open group it shares the most with. */
const groupsOf = (plan: Plan, inputs: number): readonly Group[] => {
  const reads = firstReads(plan)
  const groups: Group[] = []
  /** Positions in `groups` by kind. */
  const open = new Map<string, number[]>()
  plan.steps.forEach((step, at) => {
    const kind = step.kind === 'kernel' ? kindOf(plan, step) : null
    if (step.kind !== 'kernel' || kind === null) return
    const alike = (open.get(kind) ?? []).filter((id) => {
      const group = groups[id]
      return group !== undefined && group.deadline > at && group.first + FARTHEST > at
    })
    const added = (id: number): number => step.inputs.filter((x) => groups[id]?.inputs.has(x) !== true).length
    const [best] = alike
      .filter((id) => (groups[id]?.inputs.size ?? 0) + added(id) <= inputs)
      .sort((a, b) => added(a) - added(b))
    const before = best === undefined ? undefined : groups[best]
    const group: Group = {
      members: [...(before?.members ?? []), step],
      inputs: new Set([...(before?.inputs ?? []), ...step.inputs]),
      first: before?.first ?? at,
      last: at,
      deadline: Math.min(before?.deadline ?? Infinity, reads.get(step.output) ?? Infinity),
    }
    if (best === undefined) open.set(kind, [...alike, groups.push(group) - 1])
    else {
      groups[best] = group
      open.set(kind, alike)
    }
  })
  return groups.filter(({ members }) => members.length > 1)
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Where a value lies in a joint output. */
interface Place {
  readonly whole: number
  readonly from: number
}

/** The coordinates of a member's element number `flat`; outermost without a remainder, as it never turns over. */
const coordinatesOf = (shape: readonly number[], flat: Index): readonly Index[] => {
  const outermost = shape.findIndex((size) => size > 1)
  return stridesOf(shape).map((stride, axis) => {
    const size = shape[axis] ?? 1
    if (size === 1) return constIndex(0)
    const turns = quotientOf(flat, stride)
    return axis === outermost ? turns : remainderOf(turns, size)
  })
}

/** The kernel of a group: rows as long as every member's own rows allow, so that neighbours share what they read. */
const joined = ({ members }: Group, output: number): PlanKernel & { readonly starts: readonly number[] } => {
  const width = members.map(({ shape }) => shape.findLast((size) => size > 1) ?? 1).reduce(gcd)
  const inputs = [...new Set(members.flatMap((member) => member.inputs))]
  let total = 0
  const starts = members.map(({ shape }) => {
    total += sizeOf(shape)
    return total - sizeOf(shape)
  })
  const shape = [total / width, width]
  const row: Index = { kind: 'axis', axis: 0, size: total / width }
  const column: Index = { kind: 'axis', axis: 1, size: width }
  const moved = members.map((member, i) => {
    const start = starts[i] ?? 0
    const at = coordinatesOf(
      member.shape,
      sumOf(-start, [
        [width, row],
        [1, column],
      ]),
    )
    const { scalar } = rebase(
      (leaf) => (leaf.kind === 'axis' ? (at[leaf.axis] ?? null) : null),
      (input, index) => ({ kind: 'read', input: inputs.indexOf(member.inputs[input] ?? -1), index }),
    )
    return {
      until: (start + sizeOf(member.shape)) / width,
      body: scalar(member.body),
      epilogue: member.epilogue === null ? null : scalar(member.epilogue),
    }
  })
  /** The members' expressions, chosen by row; the last needs no question. */
  const chosen = (of: (member: (typeof moved)[number]) => Scalar): Scalar =>
    moved.slice(0, -1).reduceRight<Scalar>(
      (rest, member) => ({
        kind: 'guard',
        condition: [{ index: row, low: 0, high: member.until }],
        x: of(member),
        y: rest,
      }),
      of(moved[moved.length - 1] ?? { until: 0, body: { kind: 'const', value: 0 }, epilogue: null }),
    )
  const [first] = members
  if (first === undefined) throw new RangeError('a group has members')
  return {
    ...first,
    name: [...new Set(members.map(({ name }) => name))].join(' | '),
    output,
    inputs,
    shape,
    body: chosen(({ body }) => body),
    epilogue: moved.every(({ epilogue }) => epilogue === null)
      ? null
      : chosen(({ epilogue }) => epilogue ?? { kind: 'accumulator' }),
    flops: members.reduce((sum, { flops }) => sum + flops, 0),
    starts,
  }
}

/** A step that reads joint outputs where it read their members. */
const readingWholes =
  (places: ReadonlyMap<number, Place>) =>
  (step: PlanStep): PlanStep => {
    if (step.kind === 'loop' || !step.inputs.some((value) => places.has(value))) return step
    if (step.copies !== undefined) {
      const pieces = step.copies.map((piece): Piece => {
        const place = places.get(piece.value)
        return place === undefined ? piece : { ...piece, value: place.whole, from: piece.from + place.from }
      })
      return copied(step.name, step.output, step.shape, pieces)
    }
    const inputs = [...new Set(step.inputs.map((value) => places.get(value)?.whole ?? value))]
    const { scalar } = rebase(
      () => null,
      (input, index) => {
        const value = step.inputs[input] ?? -1
        const { whole, from } = places.get(value) ?? { whole: value, from: 0 }
        return { kind: 'read', input: inputs.indexOf(whole), index: sumOf(from, [[1, index]]) }
      },
    )
    const { body, epilogue } = step
    return { ...step, inputs, body: scalar(body), epilogue: epilogue === null ? null : scalar(epilogue) }
  }

/** The plan with reductions side by side, where a kernel reads at most `inputs` values. */
export const beside = (plan: Plan, inputs: number): Plan => {
  const values: PlanValue[] = [...plan.values]
  const places = new Map<number, Place>()
  const kernels = new Map<number, readonly PlanStep[]>()
  const gone = new Set<PlanStep>()
  /** What must be a value of its own: a result, or what a loop reads. */
  const own = new Set([
    ...plan.outputs.map(({ value }) => value),
    ...plan.steps.flatMap((step) => (step.kind === 'loop' ? readsOf(step) : [])),
  ])
  for (const group of groupsOf(plan, inputs)) {
    const [first] = group.members
    const dtype = values[first?.output ?? -1]?.dtype ?? 'f32'
    const total = group.members.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const output = values.push({ shape: [total], dtype, origin: { kind: 'kernel' } }) - 1
    const { starts, ...kernel } = joined(group, output)
    values[output] = { shape: kernel.shape, dtype, origin: { kind: 'kernel' } }
    const parts: PlanStep[] = []
    group.members.forEach((member, i) => {
      const from = starts[i] ?? 0
      gone.add(member)
      if (!own.has(member.output)) places.set(member.output, { whole: output, from })
      else {
        const length = sizeOf(member.shape)
        parts.push(copied('part', member.output, member.shape, [{ value: output, from, to: 0, length }]))
      }
    })
    kernels.set(group.last, [kernel, ...parts])
  }
  const steps = plan.steps.flatMap((step, at) => kernels.get(at) ?? (gone.has(step) ? [] : [step]))
  return { ...plan, values, steps: steps.map(readingWholes(places)) }
}
