/**
 * Group: kernels over the same rows that run one after the other, chunk of rows by chunk. What one of them makes is still
 * in the cache when the next reads it, needs no room for all rows if nobody else reads it, and no thread waits between
 * them. A normalisation is three kernels in one pass that way, an attention head one whose scores are never all there.
 *
 * Kernels may share a launch of `units` units if each makes the same fraction of its output in a unit, and reads of what
 * the others make just what that unit makes.
 */
import type { SimdKernel } from '../../../kernels/simd/kernel.js'
import { constIndex, flatten, indexKey, quotientOf, substitute } from '../../ir/index-map.js'
import { scalarOperands } from '../../ir/map-scalar.js'
import type { Index, Scalar } from '../../ir/scalar.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { PlanKernel } from '../plan.js'

/** A kernel of a plan with what it became. */
export interface Emitted {
  readonly plan: PlanKernel
  readonly simd: SimdKernel
  /** Number of the kernel in the program. */
  readonly id: number
}

export interface Group {
  readonly members: readonly Emitted[]
  /** What each member's units are a multiple of. */
  readonly units: number
}

/** Fewer units than this leave threads without work; kernels that have more do not join a group that has not. */
const FEWEST_UNITS = 16
/** A launch of fewer flops is over before a second thread has joined, so its units do not matter. */
const SMALL_FLOPS = 30_000
const BYTES = 4
/**
 * What a kernel makes in a unit of its group at most, as every thread may have to hold it: rows of scores, and the
 * scores of a whole head while they are few.
 */
const MOST_UNIT_BYTES = 2 ** 23
/** Members of one group; more would make long functions of nothing. */
const MOST_MEMBERS = 24

/** Every index at which a scalar reads input number `input`, those inside data-dependent indices included. */
export const readsOfInput = (kernel: PlanKernel, input: number): readonly Index[] => {
  const found: Index[] = []
  const seen = new Set<Scalar>()
  const pending: Scalar[] = [kernel.body, ...(kernel.epilogue === null ? [] : [kernel.epilogue])]
  const visitIndex = (index: Index): void => {
    if (index.kind === 'dynamic') pending.push(index.value)
    else if (index.kind === 'sum') index.terms.forEach(([, term]) => visitIndex(term))
    else if (index.kind === 'quotient' || index.kind === 'remainder') visitIndex(index.index)
  }
  for (let scalar = pending.pop(); scalar !== undefined; scalar = pending.pop()) {
    if (seen.has(scalar)) continue
    seen.add(scalar)
    if (scalar.kind === 'read') {
      if (scalar.input === input) found.push(scalar.index)
      visitIndex(scalar.index)
    }
    if (scalar.kind === 'index') visitIndex(scalar.index)
    if (scalar.kind === 'guard') scalar.condition.forEach(({ index }) => visitIndex(index))
    pending.push(...scalarOperands(scalar))
  }
  return found
}

/** An axis of size 1 is always at 0, so that equal indices look equal. */
export const withoutUnitAxes = (index: Index): Index =>
  substitute(index, (leaf) => (leaf.kind === 'axis' && leaf.size === 1 ? constIndex(0) : null))

/** The position of the element that a kernel makes. */
export const placeOf = (shape: readonly number[]): Index =>
  flatten(
    shape.map((size, axis): Index => ({ kind: 'axis', axis, size })),
    stridesOf(shape),
  )

/** Whether `reader`, in unit u of `units`, reads of input number `input`, of `length` elements, only those of unit u. */
export const readsOwnRows = (reader: PlanKernel, input: number, length: number, units: number): boolean => {
  const unitOf = (index: Index, size: number): string => indexKey(quotientOf(withoutUnitAxes(index), size))
  const unit = unitOf(placeOf(reader.shape), sizeOf(reader.shape) / units)
  return readsOfInput(reader, input).every((index) => unitOf(index, length / units) === unit)
}

/** The numbers of units a kernel can be divided into along its leading axes, most first. */
const divisionsOf = ({ plan, simd }: Emitted): readonly number[] => {
  if (!simd.rowwise || simd.units === 0) return []
  const products = plan.shape.reduce<readonly number[]>(
    (all, size) => [...all, (all.at(-1) ?? 1) * size],
    [1],
  )
  return [...new Set(products)].filter((units) => simd.units % units === 0).sort((a, b) => b - a)
}

const isSmall = (members: readonly Emitted[]): boolean =>
  members.reduce((sum, { plan }) => sum + plan.flops + sizeOf(plan.shape), 0) < SMALL_FLOPS

/** The divisions of a group that remain when another kernel joins it. */
const joined = (
  group: readonly Emitted[],
  divisions: readonly number[],
  next: Emitted,
): readonly number[] => {
  const own = new Set(divisionsOf(next))
  const makers = new Map(group.map((member) => [member.plan.output, member]))
  const shared = next.plan.inputs.flatMap((value, input) => {
    const maker = makers.get(value)
    return maker === undefined ? [] : [{ input, length: sizeOf(maker.plan.shape) }]
  })
  const largest = Math.max(...[...group, next].map(({ plan }) => sizeOf(plan.shape)))
  return divisions.filter(
    (units) =>
      own.has(units) &&
      BYTES * largest <= units * MOST_UNIT_BYTES &&
      shared.every(({ input, length }) => readsOwnRows(next.plan, input, length, units)),
  )
}

/** Divisions that keep all threads busy; where there are none but little to do, the others. */
const worthwhile = (members: readonly Emitted[], divisions: readonly number[]): readonly number[] => {
  const many = divisions.filter((units) => units >= FEWEST_UNITS)
  return many.length === 0 && isSmall(members) ? divisions : many
}

/** Kernels that may run together, and the numbers of units they have in common, most first. */
interface Open {
  readonly members: readonly Emitted[]
  readonly divisions: readonly number[]
  /** The same before the last member joined. */
  readonly before: Open | null
}

const alone = (kernel: Emitted): Open => ({
  members: [kernel],
  divisions: divisionsOf(kernel),
  before: null,
})

/** With one more member; null if it does not fit. */
const withNext = (open: Open, next: Emitted): Open | null => {
  if (open.members.length === MOST_MEMBERS) return null
  const members = [...open.members, next]
  const divisions = worthwhile(members, joined(open.members, open.divisions, next))
  return divisions.length === 0 ? null : { members, divisions, before: open }
}

const isRead = (maker: Emitted, readers: readonly Emitted[]): boolean =>
  readers.some(({ plan }) => plan.inputs.includes(maker.plan.output))

/**
 * The two groups where the last members leave with `next`, which does not fit: as many as read nothing of the others and
 * are read by those that leave, so that nothing of theirs need outlive a unit. Null if there are none.
 */
const divided = (open: Open, next: Emitted): readonly [Open, Open] | null => {
  let best: readonly [Open, Open] | null = null
  for (let rest = open.before; rest !== null; rest = rest.before) {
    const [first, ...others] = [...open.members.slice(rest.members.length), next]
    if (!isRead(first, others)) break
    const readsOthers = rest.members.some((member) => isRead(member, [first, ...others.slice(0, -1)]))
    const leaving = others.reduce<Open | null>(
      (group, member) => group && withNext(group, member),
      alone(first),
    )
    if (!readsOthers && leaving !== null) best = [rest, leaving]
  }
  return best
}

/** The group, or two, that a group and the next kernel become. */
const withKernel = (open: Open, next: Emitted): readonly Open[] => {
  const larger = withNext(open, next)
  return larger !== null ? [larger] : (divided(open, next) ?? [open, alone(next)])
}

const groupOf = ({ members, divisions }: Open): Group => {
  const own = members[0]?.simd.units ?? 0
  return { members, units: members.length === 1 ? own : (divisions[0] ?? own) }
}

/** Kernels in order, as groups of neighbours; a kernel that fits no other is alone in its own units. */
export const groupRows = (kernels: readonly Emitted[]): readonly Group[] => {
  const groups: Open[] = []
  for (const kernel of kernels) {
    const open = groups.pop()
    groups.push(...(open === undefined ? [alone(kernel)] : withKernel(open, kernel)))
  }
  return groups.map(groupOf)
}
