import type { GpujsTarget, KernelSource } from '../../src/compile/program.js'
import type { Combine, Loop, ScalarKernel } from '../../src/ir/scalar.js'
import { declare, emission, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import { extremum } from './elementary.js'
import { integer, number } from './emit-scalar.js'
import { toLanes } from './lanes.js'
import { rangeOf } from '../../src/ir/index-map.js'
import { block } from './scope.js'
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
const reduction = (e: Emission, lanes: readonly ScalarKernel[], combine: Combine): readonly string[] => {
  const { top } = e
  const loops = lanes[0]?.loops ?? []
  const start = numberLiteral(e, NEUTRAL[combine])
  if (loops.some((loop) => loop.size === 0)) {
    top.lines.push(`const acc = ${start};`)
    return lanes.map(() => 'acc')
  }
  const steps = stepsOf(e, loops.at(-1))
  const each = lanes.length === 1 ? steps : Math.min(steps, LANE_ACCUMULATORS)
  const accumulators = lanes.map((_, lane) =>
    Array.from({ length: each }, (__, i) => (lanes.length * each === 1 ? 'acc' : `acc${lane * each + i}`)),
  )
  for (const name of accumulators.flat()) top.lines.push(`let ${name} = ${start};`)
  emitLoops(e, { lanes, combine, steps, accumulators }, 0, top)
  return accumulators.map((names) => {
    const whole = names.reduce((a, b) => combined(e, top, combine, a, b))
    return declare(e, top, whole, 'sum')
  })
}

/**
 * A kernel as gpu.js source text for one target. Arguments are `in0`, `in1`, … in the order of `inputs`.
 * A thread makes one output or four neighbours, as `lanes.ts` says; `threads` counts threads.
 * The output may be of any rank and size below 2^31 elements; indices are exact throughout.
 */
export const emitKernel = (target: GpujsTarget, kernel: ScalarKernel): KernelSource => {
  const lanes = toLanes(target, toThreadAxes(target, kernel))
  const { shape, combine } = lanes[0] ?? kernel
  const e = emission(target, shape, lanes)
  const { top } = e
  const reduced = combine === null ? [] : reduction(e, lanes, combine)
  const results = lanes.map(({ body, epilogue }, lane) => {
    const accumulator = reduced[lane]
    if (accumulator === undefined) return number(e, top, body)
    return epilogue === null
      ? accumulator
      : number(e, block(0, top, { lines: top.lines, accumulator }), epilogue)
  })
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
