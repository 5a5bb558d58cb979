/**
 * Stack: Plan → Plan, for targets whose launches are dear. The same small work is done for each of many layers or
 * parameters: an optimiser's moments and moves, the filters of all blocks. Kernels of one form that do not wait for one
 * another become one kernel over their elements in a row, or over one axis more; copies, which are no launches, bring
 * operands together and take results apart. Each element is computed as before, to the bit.
 */
import { sumOf } from '../ir/index-map.js'
import type { Index } from '../ir/scalar.js'
import { sizeOf } from '../shape/dim.js'
import { copied, flatIndex, inARow } from './copied.js'
import type { Form } from './kernel-form.js'
import { elementwiseForm, wholeForm } from './kernel-form.js'
import type { Plan, PlanKernel, PlanStep, PlanValue } from './plan.js'
import { readsOf } from './plan.js'
import { rebase } from './rebase.js'
import { writesOf } from './schedule.js'

/** Elements from which on a launch costs less than copying operands and result. */
const LARGEST = 2 ** 17
/** The same for kernels of loops, whose operands may be many times the result. */
const LARGEST_WHOLE = 2 ** 14
/** Elements of a stack: 32 MiB, within what every target takes as one buffer. */
const LONGEST = 2 ** 23
/** Fewer members are not worth a stack. */
const FEWEST = 4

/** What follows what, among the steps of a plan. */
interface Dependencies {
  readonly makers: ReadonlyMap<PlanStep, readonly PlanStep[]>
  readonly readers: ReadonlyMap<PlanStep, readonly PlanStep[]>
}

const dependenciesOf = ({ steps }: Plan): Dependencies => {
  const makerOf = new Map(steps.flatMap((step) => writesOf(step).map((value) => [value, step] as const)))
  const makers = new Map<PlanStep, readonly PlanStep[]>()
  const readers = new Map<PlanStep, PlanStep[]>(steps.map((step) => [step, []]))
  for (const step of steps) {
    const all = new Set(readsOf(step).flatMap((value) => makerOf.get(value) ?? []))
    all.delete(step)
    makers.set(step, [...all])
    for (const maker of all) readers.get(maker)?.push(step)
  }
  return { makers, readers }
}

/** How many steps each must wait for, one after another: steps of one level do not wait for one another. */
const levelsAlong = (
  steps: readonly PlanStep[],
  before: ReadonlyMap<PlanStep, readonly PlanStep[]>,
): ReadonlyMap<PlanStep, number> => {
  const levels = new Map<PlanStep, number>()
  for (const step of steps)
    levels.set(step, 1 + Math.max(-1, ...(before.get(step) ?? []).map((other) => levels.get(other) ?? -1)))
  return levels
}

/** Members in lists of at most `LONGEST` elements. */
const inLengths = (members: readonly Form[]): readonly (readonly Form[])[] => {
  const lists: Form[][] = []
  let length = Infinity
  for (const member of members) {
    const size = sizeOf(member.kernel.shape)
    if (length + size > LONGEST) {
      lists.push([])
      length = 0
    }
    lists.at(-1)?.push(member)
    length += size
  }
  return lists.filter((list) => list.length >= FEWEST)
}

type Levels = ReadonlyMap<PlanStep, number>

/** Kernels that can be one: of a level, of a form, and for elementwise ones with readers of the same forms. */
const stacksOf = (plan: Plan, { readers }: Dependencies, levels: Levels): readonly (readonly Form[])[] => {
  const isSmall = (value: number): boolean => sizeOf(plan.values[value]?.shape ?? []) <= LARGEST_WHOLE
  const texts = new Map<PlanStep, string>()
  const formOf = (kernel: PlanKernel): Form | null => {
    if (kernel.copies !== undefined || sizeOf(kernel.shape) > LARGEST) return null
    const each = elementwiseForm(plan, kernel)
    if (each === null)
      return [kernel.output, ...kernel.inputs].every(isSmall) ? wholeForm(plan, kernel) : null
    // Stacks that read one another then have the same members in the same order, and need no copies between.
    const after = (readers.get(kernel) ?? []).map((reader) => texts.get(reader) ?? '').sort()
    return { ...each, text: [each.text, ...new Set(after)].join(' | ') }
  }
  const groups = new Map<string, Form[]>()
  for (const step of plan.steps.toReversed()) {
    const form = step.kind === 'kernel' ? formOf(step) : null
    if (form === null) continue
    const text = `${levels.get(step) ?? 0} ${form.text}`
    texts.set(step, text)
    const group = groups.get(text)
    if (group === undefined) groups.set(text, [form])
    else group.push(form)
  }
  return [...groups.values()].flatMap((group) => inLengths(group.toReversed()))
}

/** One kernel for a stack: over all elements in a row, or over one axis more, which counts the members. */
const joined = (
  { kernel, text }: Form,
  count: number,
  total: number,
  flops: number,
  inputs: readonly number[],
  gathered: (input: number) => number | null,
  output: number,
): PlanKernel => {
  const distinct = [...new Set(inputs)]
  const inputOf = (input: number): number => distinct.indexOf(inputs[input] ?? -1)
  const common = { ...kernel, output, inputs: distinct, flops }
  if (text.startsWith('each')) {
    const at = flatIndex([total])
    const { scalar } = rebase(
      () => null,
      (input, index) => ({ kind: 'read', input: inputOf(input), index: index.kind === 'const' ? index : at }),
    )
    return { ...common, shape: [total], body: scalar(kernel.body) }
  }
  const member: Index = { kind: 'axis', axis: 0, size: count }
  const { index, scalar } = rebase(
    (leaf) => (leaf.kind === 'axis' ? { ...leaf, axis: leaf.axis + 1 } : null),
    (input, moved) => ({
      kind: 'read',
      input: inputOf(input),
      index: sumOf(0, [
        [gathered(input) ?? 0, member],
        [1, moved],
      ]),
    }),
  )
  return {
    ...common,
    shape: [count, ...kernel.shape],
    loops: kernel.loops.map((loop) =>
      loop.extent === undefined ? loop : { ...loop, extent: index(loop.extent) },
    ),
    body: scalar(kernel.body),
    epilogue: kernel.epilogue === null ? null : scalar(kernel.epilogue),
  }
}

/** The steps of a stack: operands gathered, unless that was done before, the kernel, and its result in pieces. */
const stepsOf = (
  stack: readonly Form[],
  values: PlanValue[],
  flats: Map<string, number>,
): readonly PlanStep[] => {
  const [first] = stack
  if (first === undefined) return []
  const sizeOfValue = (value: number): number => sizeOf(values[value]?.shape ?? [])
  const steps: PlanStep[] = []
  /** A value of some values' elements in a row. */
  const flat = (of: readonly number[]): number => {
    const { total } = inARow(of.map(sizeOfValue))
    const dtype = values[of[0] ?? -1]?.dtype ?? 'f32'
    const id = values.push({ shape: [total], dtype, origin: { kind: 'kernel' } }) - 1
    flats.set(of.join(), id)
    return id
  }
  const gather = (of: readonly number[]): number => {
    const known = flats.get(of.join())
    if (known !== undefined) return known
    const sizes = of.map(sizeOfValue)
    const { total, starts } = inARow(sizes)
    const id = flat(of)
    const pieces = of.map((value, i) => ({ value, from: 0, to: starts[i] ?? 0, length: sizes[i] ?? 0 }))
    steps.push(copied('gather', id, [total], pieces))
    return id
  }
  const operands = first.operands.map((shared, slot): number => {
    const sources = stack.map((member) => member.operands[slot] ?? -1)
    const isShared = first.text.startsWith('whole') && sources.every((source) => source === shared)
    return isShared ? shared : gather(sources)
  })
  const inputs = first.kernel.inputs.map((value, input) => {
    const slot = first.text.startsWith('whole') ? input : first.operands.indexOf(value)
    return operands[slot] ?? value
  })
  const made = stack.map(({ kernel }) => kernel.output)
  const { total, starts } = inARow(made.map(sizeOfValue))
  const output = flat(made)
  const flops = stack.reduce((sum, { kernel }) => sum + kernel.flops, 0)
  const stride = (input: number): number | null => {
    const value = first.kernel.inputs[input] ?? -1
    return inputs[input] === value ? null : sizeOfValue(value)
  }
  return [
    ...steps,
    joined(first, stack.length, total, flops, inputs, stride, output),
    ...stack.map(({ kernel }, i) =>
      copied('part', kernel.output, kernel.shape, [
        { value: output, from: starts[i] ?? 0, to: 0, length: sizeOf(kernel.shape) },
      ]),
    ),
  ]
}

/** Units of steps that run together, each when what it waits for is done, else in the order of their last steps. */
const inOrder = (
  plan: Plan,
  { makers, readers }: Dependencies,
  stacks: readonly (readonly Form[])[],
): readonly (readonly PlanStep[])[] => {
  const unitOf = new Map<PlanStep, readonly PlanStep[]>(plan.steps.map((step) => [step, [step]]))
  for (const stack of stacks) {
    const unit = stack.map(({ kernel }) => kernel)
    unit.forEach((kernel) => unitOf.set(kernel, unit))
  }
  const position = new Map(plan.steps.map((step, at) => [unitOf.get(step), at]))
  const waiting = new Map<readonly PlanStep[], number>()
  for (const unit of unitOf.values())
    waiting.set(
      unit,
      unit.reduce((sum, step) => sum + (makers.get(step)?.length ?? 0), 0),
    )
  const ready = [...waiting].filter(([, count]) => count === 0).map(([unit]) => unit)
  const order: (readonly PlanStep[])[] = []
  const before = (a: readonly PlanStep[], b: readonly PlanStep[]): number =>
    (position.get(b) ?? 0) - (position.get(a) ?? 0)
  ready.sort(before)
  for (let unit = ready.pop(); unit !== undefined; unit = ready.pop()) {
    order.push(unit)
    let grew = false
    for (const reader of unit.flatMap((step) => readers.get(step) ?? [])) {
      const next = unitOf.get(reader)
      if (next === undefined) continue
      const left = (waiting.get(next) ?? 0) - 1
      waiting.set(next, left)
      if (left === 0) grew = ready.push(next) > 0
    }
    if (grew) ready.sort(before)
  }
  return order
}

const stackAt = (plan: Plan, levelsOf: (plan: Plan, dependencies: Dependencies) => Levels): Plan => {
  const dependencies = dependenciesOf(plan)
  const stacks = stacksOf(plan, dependencies, levelsOf(plan, dependencies))
  if (stacks.length === 0) return plan
  const values = [...plan.values]
  const flats = new Map<string, number>()
  const stackOf = new Map<PlanStep | undefined, readonly Form[]>(stacks.map((all) => [all[0]?.kernel, all]))
  const steps = inOrder(plan, dependencies, stacks).flatMap((unit) => {
    const stack = stackOf.get(unit[0])
    return stack === undefined ? unit : stepsOf(stack, values, flats)
  })
  return { ...plan, values, steps }
}

/** Without the copies that nobody reads. */
const withoutDead = (plan: Plan): Plan => {
  const read = new Set(plan.outputs.map(({ value }) => value))
  const steps = plan.steps.toReversed().filter((step) => {
    if (step.kind === 'kernel' && step.copies !== undefined && !read.has(step.output)) return false
    readsOf(step).forEach((value) => read.add(value))
    return true
  })
  return { ...plan, steps: steps.toReversed() }
}

/** First what waits for the same number of steps, such as all filters; then what as many wait for, such as their gradients. */
export const stack = (plan: Plan): Plan => {
  const forward = stackAt(plan, ({ steps }, { makers }) => levelsAlong(steps, makers))
  return withoutDead(stackAt(forward, ({ steps }, { readers }) => levelsAlong(steps.toReversed(), readers)))
}
