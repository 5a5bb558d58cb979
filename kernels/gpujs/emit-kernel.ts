import type { GpujsTarget, KernelSource } from '../../src/compile/program.js'
import type { Combine, Loop, ScalarKernel } from '../../src/ir/scalar.js'
import { declare, emission, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import { extremum } from './elementary.js'
import type { Branch } from './branches.js'
import { branchesOf } from './branches.js'
import { boundText, integer, number } from './emit-scalar.js'
import { toLanes } from './lanes.js'
import { rangeOf } from '../../src/ir/index-map.js'
import { block, factsOf } from './scope.js'
import type { Block } from './scope.js'
import { toThreadAxes } from './thread-axes.js'

const NEUTRAL: Record<Combine, number> = { sum: 0, product: 1, max: -Infinity, min: Infinity }

/** Two partial results as one. */
const combined = (e: Emission, at: Block, combine: Combine, a: string, b: string): string => {
  switch (combine) {
    case 'sum':
      return `(${a} + ${b})`
    case 'product':
      return `(${a} * ${b})`
    case 'max':
    case 'min':
      return extremum(combine)(e, at, a, b)
  }
}

const accumulate = (e: Emission, at: Block, combine: Combine, accumulator: string, value: string): string =>
  combine === 'sum'
    ? `${accumulator} += ${value};`
    : `${accumulator} = ${combined(e, at, combine, accumulator, value)};`

/** Steps of the innermost loop written out, for one output a thread; measured on a contraction. */
const MOST_STEPS: Record<GpujsTarget, number> = { cpu: 4, webasm: 8, webgpu: 4, webgl2: 4 }
/** Nodes of the bodies written out together; more only makes longer code. */
const MOST_NODES = 64
/** Accumulators of each of several outputs a thread, which already are sums of their own. */
const LANE_ACCUMULATORS = 2

const stepsOf = (e: Emission, loop: Loop | undefined): number => {
  if (loop === undefined || loop.extent !== undefined) return 1
  const room = Math.floor(MOST_NODES / e.facts.uses.size)
  return Math.max(1, Math.min(MOST_STEPS[e.target], loop.size, 2 ** Math.floor(Math.log2(Math.max(room, 1)))))
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

interface Reduction {
  /** Of a thread's outputs; they share the loops. */
  readonly lanes: readonly ScalarKernel[]
  readonly combine: Combine
  readonly steps: number
  /** By lane; the steps of a lane take them in turn. */
  readonly accumulators: readonly (readonly string[])[]
}

const loopsOf = (r: Reduction): readonly Loop[] => r.lanes[0]?.loops ?? []

/** The innermost bodies once, for one value of the counter. */
const emitBody = (
  e: Emission,
  r: Reduction,
  outer: Block,
  lines: string[],
  counter: string | null,
  step: number,
): void => {
  const copy = block(outer.level + 1, outer, { lines, counter })
  r.lanes.forEach((lane, i) => {
    const names = r.accumulators[i] ?? []
    const value = number(e, copy, lane.body)
    // What is declared for it comes before it.
    const joined = accumulate(e, copy, r.combine, names[step % names.length] ?? 'acc', value)
    lines.push(joined)
  })
}

/** Whole rounds of an unrolled loop, and what is left of it behind. */
const emitUnrolled = (e: Emission, r: Reduction, depth: number, size: number, outer: Block): void => {
  const { steps } = r
  const rounds = size - (size % steps)
  const lines: string[] = []
  const counter = `(k${depth}|0)`
  const isLoop = rounds > steps
  for (let step = 0; step < steps; step += 1) {
    const text = isLoop ? (step === 0 ? counter : `(${counter} + ${step})`) : `${step}`
    emitBody(e, r, outer, lines, text, step)
  }
  if (isLoop) {
    outer.lines.push(
      `for (let k${depth} = 0; k${depth} < ${rounds}; k${depth} += ${steps}) {`,
      ...indented(lines),
      '}',
    )
  } else outer.lines.push(...lines)
  const rest: string[] = []
  for (let step = 0; step < size - rounds; step += 1) emitBody(e, r, outer, rest, `${rounds + step}`, step)
  outer.lines.push(...rest)
}

/** The loops from number `depth` inwards, as lines of the block around them. */
const emitLoops = (e: Emission, r: Reduction, depth: number, outer: Block): void => {
  const loops = loopsOf(r)
  const loop = loops[depth]
  if (loop === undefined) return
  const isInnermost = depth === loops.length - 1
  if (isInnermost && r.steps > 1) return emitUnrolled(e, r, depth, loop.size, outer)
  const lines: string[] = []
  if (isInnermost) emitBody(e, r, outer, lines, null, 0)
  else emitLoops(e, r, depth + 1, block(depth + 1, outer, { lines }))
  const counter = `k${depth}`
  // gpu.js caps loops whose bound it cannot see, so the bound is a literal and a shorter extent breaks out.
  const isShorter = loop.extent !== undefined && rangeOf(loop.extent).low < loop.size
  const stop = isShorter ? [`if ((${counter}|0) >= ${integer(e, outer, loop.extent)}) { break; }`] : []
  outer.lines.push(
    `for (let ${counter} = 0; ${counter} < ${loop.size}; ${counter}++) {`,
    ...indented([...stop, ...lines]),
    '}',
  )
}

/** The reduced values, by lane. */
const reduction = (
  e: Emission,
  at: Block,
  lanes: readonly ScalarKernel[],
  combine: Combine,
): readonly string[] => {
  const loops = lanes[0]?.loops ?? []
  const start = numberLiteral(e, NEUTRAL[combine])
  // In a branch the names are new: gpu.js knows one scope.
  const name = (own: string): string => (at === e.top ? own : e.fresh('acc'))
  if (loops.some((loop) => loop.size === 0)) {
    const acc = name('acc')
    at.lines.push(`const ${acc} = ${start};`)
    return lanes.map(() => acc)
  }
  const steps = stepsOf(e, loops.at(-1))
  const each = lanes.length === 1 ? steps : Math.min(steps, LANE_ACCUMULATORS)
  const accumulators = lanes.map((_, lane) =>
    Array.from({ length: each }, (__, i) =>
      name(lanes.length * each === 1 ? 'acc' : `acc${lane * each + i}`),
    ),
  )
  for (const acc of accumulators.flat()) at.lines.push(`let ${acc} = ${start};`)
  emitLoops(e, { lanes, combine, steps, accumulators }, 0, at)
  return accumulators.map((names) => {
    const whole = names.reduce((a, b) => combined(e, at, combine, a, b))
    return declare(e, at, whole, 'sum')
  })
}

/** The results of neighbouring outputs as texts, with the statements they need in the block. */
const emitResults = (shared: Emission, at: Block, lanes: readonly ScalarKernel[]): readonly string[] => {
  const e = { ...shared, facts: factsOf(lanes) }
  const combine = lanes[0]?.combine ?? null
  const reduced = combine === null ? [] : reduction(e, at, lanes, combine)
  return lanes.map(({ body, epilogue }, lane) => {
    const accumulator = reduced[lane]
    if (accumulator === undefined) return number(e, at, body)
    if (epilogue === null) return accumulator
    return number(e, block(0, at, { lines: at.lines, accumulator, isLoop: at.isLoop }), epilogue)
  })
}

/** The results where branches differ: variables that one of them sets. */
const emitBranches = (e: Emission, at: Block, branches: readonly Branch[]): readonly string[] => {
  const [first, ...others] = branches
  if (first === undefined || others.length === 0) return emitResults(e, at, first?.lanes ?? [])
  const results = first.lanes.map(() => e.fresh('o'))
  const lines = branches.flatMap(({ condition, lanes }, i) => {
    const inner = block(0, at, { isLoop: false })
    const texts = emitResults(e, inner, lanes)
    const sets = results.map((name, lane) => `${name} = ${texts[lane] ?? '0'};`)
    const tests = (condition ?? []).flatMap((bound) => boundText(e, at, bound))
    const opening = condition === null ? 'else {' : `${i > 0 ? 'else ' : ''}if (${tests.join(' && ')}) {`
    return [opening, ...indented([...inner.lines, ...sets]), '}']
  })
  at.lines.push(...results.map((name) => `let ${name} = 0;`), ...lines)
  return results
}

/**
 * A kernel as gpu.js source text for one target. Arguments are `in0`, `in1`, … in the order of `inputs`.
 * A thread makes one output or four neighbours, as `lanes.ts` says; `threads` counts threads.
 * The output may be of any rank and size below 2^31 elements; indices are exact throughout.
 */
export const emitKernel = (target: GpujsTarget, kernel: ScalarKernel): KernelSource => {
  const lanes = toLanes(target, toThreadAxes(target, kernel))
  const { shape } = lanes[0] ?? kernel
  const e = emission(target, shape, lanes)
  const { top } = e
  const results = emitBranches(e, top, branchesOf(lanes))
  const [x = 1, y = 1, z = 1] = shape.toReversed()
  const parameters = kernel.inputs.map((_, input) => `in${input}`).join(', ')
  // Several are variables, so that gpu.js takes all of them for floats.
  const [only, ...others] = results
  const result = others.length === 0 ? only : `[${results.map((text) => declare(e, top, text)).join(', ')}]`
  const lines = [...top.lines, `return ${result};`]
  return {
    name: kernel.name,
    source: `function (${parameters}) {\n${indented(lines).join('\n')}\n}`,
    threads: [x, y, z],
    inputs: kernel.inputs,
  }
}
