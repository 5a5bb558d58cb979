/**
 * Stack: Plan → Plan, for targets whose launches are dear. What ends a step is often the same arithmetic for each of
 * hundreds of parameters: an optimiser's moments and moves. Kernels of one elementwise expression, whose values
 * nobody but such kernels reads, become one kernel over their elements in a row; copies, which are no launches, bring
 * operands together and take results apart. Each element is computed as before, to the bit.
 */
import { indexKey } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'
import { sizeOf } from '../shape/dim.js'
import { copied, flatIndex } from './copied.js'
import type { Plan, PlanKernel, PlanStep, PlanValue } from './plan.js'
import { readsOf } from './plan.js'

/** Elements from which on a launch costs less than copying operands and result. */
const LARGEST = 2 ** 17
/** Elements of a stack: 32 MiB, within what every target takes as one buffer. */
const LONGEST = 2 ** 23
/** Fewer members are not worth a stack. */
const FEWEST = 4

/** A kernel that gives element i from elements i of some values and from single numbers. */
interface Elementwise {
  readonly kernel: PlanKernel
  /** The expression with numbered operands in place of values: equal for kernels of one stack. */
  readonly text: string
  /** Values read element by element, in the order of the expression. */
  readonly operands: readonly number[]
}

/** The expression as a text, operands in order of appearance; null if an element depends on where it is. */
const readElementwise = (plan: Plan, kernel: PlanKernel): Elementwise | null => {
  const size = sizeOf(kernel.shape)
  if (kernel.combine !== null || kernel.epilogue !== null || size === 0 || size > LARGEST) return null
  const here = indexKey(flatIndex(kernel.shape))
  const operands: number[] = []
  const lines: string[] = []
  const known = new Map<Scalar, string | null>()
  const read = (value: number, index: Index): string | null => {
    if (index.kind === 'const') return `v${value}[${index.value}]`
    if (indexKey(index) !== here || sizeOf(plan.values[value]?.shape ?? []) !== size) return null
    const at = operands.includes(value) ? operands.indexOf(value) : operands.push(value) - 1
    return `operand ${at}`
  }
  const parts = (head: string, children: readonly Scalar[]): string | null => {
    const named = children.map(name)
    return named.includes(null) ? null : `${head} ${named.join(' ')}`
  }
  const describe = (x: Scalar): string | null => {
    switch (x.kind) {
      case 'const':
        return Object.is(x.value, -0) ? '-0' : `${x.value}`
      case 'read':
        return read(kernel.inputs[x.input] ?? -1, x.index)
      case 'unary':
        return parts(x.fn, [x.x])
      case 'binary':
        return parts(x.fn, [x.x, x.y])
      case 'select':
        return parts('select', [x.condition, x.x, x.y])
      case 'guard':
      case 'index':
      case 'accumulator':
        return null
    }
  }
  const name = (x: Scalar): string | null => {
    const found = known.get(x)
    if (found !== undefined) return found
    const text = describe(x)
    const named = text === null ? null : `#${lines.push(text) - 1}`
    known.set(x, named)
    return named
  }
  // One element has one index, so that operands could not be told from single numbers.
  return size === 1 || name(kernel.body) === null ? null : { kernel, text: lines.join('; '), operands }
}

/** The kernels whose values are results, or read by such kernels alone, with how deep each lies among them and who reads it. */
const tailsOf = (
  plan: Plan,
): ReadonlyMap<PlanStep, { readonly depth: number; readonly readers: readonly PlanStep[] }> => {
  const readersOf = new Map<number, PlanStep[]>()
  for (const step of plan.steps)
    for (const value of new Set(readsOf(step))) readersOf.set(value, [...(readersOf.get(value) ?? []), step])
  const makerOf = new Map<number, PlanStep>()
  const readers = new Map<PlanStep, readonly PlanStep[]>()
  for (const step of plan.steps.toReversed()) {
    if (step.kind !== 'kernel') continue
    const all = readersOf.get(step.output) ?? []
    if (all.every((reader) => readers.has(reader))) readers.set(step, all)
    makerOf.set(step.output, step)
  }
  const depths = new Map<PlanStep, number>()
  for (const step of plan.steps) {
    if (!readers.has(step)) continue
    const makers = readsOf(step).map((value) => makerOf.get(value))
    depths.set(step, 1 + Math.max(-1, ...makers.map((maker) => (maker && depths.get(maker)) ?? -1)))
  }
  return new Map(
    [...depths].map(([step, depth]) => [step, { depth, readers: readers.get(step) ?? [] }] as const),
  )
}

/** Members in lists of at most `LONGEST` elements. */
const inLengths = (members: readonly Elementwise[]): readonly (readonly Elementwise[])[] => {
  const lists: Elementwise[][] = []
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

/** Kernels that can be one, all of the same depth, with the same expression and readers of the same expressions. */
const stacksOf = (plan: Plan, tails: ReturnType<typeof tailsOf>): readonly (readonly Elementwise[])[] => {
  const texts = new Map<PlanStep, string>()
  const groups = new Map<string, Elementwise[]>()
  for (const step of plan.steps.toReversed()) {
    const tail = tails.get(step)
    const found = tail && step.kind === 'kernel' ? readElementwise(plan, step) : null
    if (!tail || found === null) continue
    // Stacks that read one another then have the same members in the same order, and need no copies between.
    const readers = tail.readers.map((reader) => texts.get(reader) ?? '').sort()
    const text = [tail.depth, found.text, ...new Set(readers)].join(' | ')
    texts.set(step, text)
    groups.set(text, [found, ...(groups.get(text) ?? [])])
  }
  return [...groups.values()].flatMap(inLengths)
}

/** The expression over flat operands: inputs that were read element by element are read at `at`. */
const overFlat = (body: Scalar, inputOf: (input: number) => number, at: Index): Scalar => {
  const known = new Map<Scalar, Scalar>()
  const rewrite = (x: Scalar): Scalar => {
    const found = known.get(x)
    if (found !== undefined) return found
    const made = rewritten(x)
    known.set(x, made)
    return made
  }
  const rewritten = (x: Scalar): Scalar => {
    switch (x.kind) {
      case 'read':
        return { ...x, input: inputOf(x.input), index: x.index.kind === 'const' ? x.index : at }
      case 'unary':
        return { ...x, x: rewrite(x.x) }
      case 'binary':
        return { ...x, x: rewrite(x.x), y: rewrite(x.y) }
      case 'select':
        return { ...x, condition: rewrite(x.condition), x: rewrite(x.x), y: rewrite(x.y) }
      default:
        return x
    }
  }
  return rewrite(body)
}

/** The steps of a stack: operands gathered, unless a stack made them so, the kernel, and its result in pieces. */
const stepsOf = (
  stack: readonly Elementwise[],
  values: PlanValue[],
  flats: Map<string, number>,
): readonly PlanStep[] => {
  const [first] = stack
  if (first === undefined) return []
  const sizes = stack.map(({ kernel }) => sizeOf(kernel.shape))
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const flat = (of: readonly number[]): number => {
    const id = values.push({ shape: [total], dtype: 'f32', origin: { kind: 'kernel' } }) - 1
    flats.set(of.join(), id)
    return id
  }
  const gathers: PlanStep[] = []
  const operands = first.operands.map((_, slot): number => {
    const sources = stack.map((member) => member.operands[slot] ?? -1)
    const known = flats.get(sources.join())
    if (known !== undefined) return known
    const id = flat(sources)
    const pieces = sources.map((value, i) => ({ value, from: 0, to: starts[i] ?? 0, length: sizes[i] ?? 0 }))
    gathers.push(copied('gather', id, [total], pieces))
    return id
  })
  const inputs = first.kernel.inputs.map((value) => operands[first.operands.indexOf(value)] ?? value)
  const distinct = [...new Set(inputs)]
  const output = flat(stack.map(({ kernel }) => kernel.output))
  return [
    ...gathers,
    {
      ...first.kernel,
      output,
      inputs: distinct,
      shape: [total],
      body: overFlat(first.kernel.body, (input) => distinct.indexOf(inputs[input] ?? -1), flatIndex([total])),
      flops: stack.reduce((sum, { kernel }) => sum + kernel.flops, 0),
    },
    ...stack.map(({ kernel }, i) =>
      copied('part', kernel.output, kernel.shape, [
        { value: output, from: starts[i] ?? 0, to: 0, length: sizes[i] ?? 0 },
      ]),
    ),
  ]
}

export const stack = (plan: Plan): Plan => {
  const tails = tailsOf(plan)
  const stacks = stacksOf(plan, tails)
  if (stacks.length === 0) return plan
  const stacked = new Set<PlanStep>(stacks.flatMap((members) => members.map(({ kernel }) => kernel)))
  const values = [...plan.values]
  const flats = new Map<string, number>()
  const depthOf = (step: PlanStep | undefined): number => (step && tails.get(step)?.depth) ?? 0
  // By depth, everything after what it reads.
  const single = plan.steps
    .filter((step) => tails.has(step) && !stacked.has(step))
    .map((step) => ({ depth: depthOf(step), steps: (): readonly PlanStep[] => [step] }))
  const together = stacks.map((members) => ({
    depth: depthOf(members[0]?.kernel),
    steps: (): readonly PlanStep[] => stepsOf(members, values, flats),
  }))
  const ends = [...single, ...together].sort((a, b) => a.depth - b.depth).flatMap(({ steps }) => steps())
  return { ...plan, values, steps: [...plan.steps.filter((step) => !tails.has(step)), ...ends] }
}
