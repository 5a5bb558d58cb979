import type { GpujsTarget, KernelSource } from '../../src/compile/program.js'
import type { Combine, Loop, ScalarKernel } from '../../src/ir/scalar.js'
import { emission, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import { extremum } from './elementary.js'
import { integer, number } from './emit-scalar.js'
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

/** Steps of the innermost loop written out, each into an accumulator of its own; measured on a contraction. */
const MOST_STEPS: Record<GpujsTarget, number> = { cpu: 4, webasm: 8, webgpu: 4, webgl2: 4 }
/** Nodes of the bodies written out together; more only makes longer code. */
const MOST_NODES = 64

const stepsOf = (e: Emission, loop: Loop | undefined): number => {
  if (loop === undefined || loop.extent !== undefined) return 1
  const room = Math.floor(MOST_NODES / e.facts.uses.size)
  return Math.max(1, Math.min(MOST_STEPS[e.target], loop.size, 2 ** Math.floor(Math.log2(Math.max(room, 1)))))
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

interface Reduction {
  readonly kernel: ScalarKernel
  readonly combine: Combine
  readonly accumulators: readonly string[]
}

/** The innermost body once, for one value of the counter. */
const emitBody = (
  e: Emission,
  r: Reduction,
  outer: Block,
  lines: string[],
  counter: string | null,
  step: number,
): void => {
  const copy = block(outer.level + 1, outer, { lines, counter })
  const value = number(e, copy, r.kernel.body)
  // What is declared for it comes before it.
  const joined = accumulate(e, copy, r.combine, r.accumulators[step] ?? 'acc', value)
  lines.push(joined)
}

/** Whole rounds of an unrolled loop, and what is left of it behind. */
const emitUnrolled = (e: Emission, r: Reduction, depth: number, size: number, outer: Block): void => {
  const steps = r.accumulators.length
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
  const loop = r.kernel.loops[depth]
  if (loop === undefined) return
  const isInnermost = depth === r.kernel.loops.length - 1
  if (isInnermost && r.accumulators.length > 1) return emitUnrolled(e, r, depth, loop.size, outer)
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

const reduction = (e: Emission, kernel: ScalarKernel, combine: Combine): string => {
  const { top } = e
  const start = numberLiteral(e, NEUTRAL[combine])
  if (kernel.loops.some((loop) => loop.size === 0)) {
    top.lines.push(`const acc = ${start};`)
    return 'acc'
  }
  const steps = stepsOf(e, kernel.loops.at(-1))
  const accumulators = steps === 1 ? ['acc'] : Array.from({ length: steps }, (_, step) => `acc${step}`)
  for (const name of accumulators) top.lines.push(`let ${name} = ${start};`)
  emitLoops(e, { kernel, combine, accumulators }, 0, top)
  if (steps > 1) {
    const whole = accumulators.reduce((a, b) => combined(e, top, combine, a, b))
    top.lines.push(`const acc = ${whole};`)
  }
  return 'acc'
}

/**
 * A kernel as gpu.js source text for one target. Arguments are `in0`, `in1`, … in the order of `inputs`.
 * The output may be of any rank and size below 2^31 elements; indices are exact throughout.
 */
export const emitKernel = (target: GpujsTarget, kernel: ScalarKernel): KernelSource => {
  const flat = toThreadAxes(target, kernel)
  const e = emission(target, flat)
  const { top } = e
  const reduced = flat.combine === null ? number(e, top, flat.body) : reduction(e, flat, flat.combine)
  const result =
    flat.combine === null || flat.epilogue === null
      ? reduced
      : number(e, block(0, top, { lines: top.lines }), flat.epilogue)
  const [x = 1, y = 1, z = 1] = flat.shape.toReversed()
  const parameters = kernel.inputs.map((_, input) => `in${input}`).join(', ')
  const lines = [...top.lines, `return ${result};`]
  return {
    name: kernel.name,
    source: `function (${parameters}) {\n${indented(lines).join('\n')}\n}`,
    threads: [x, y, z],
    inputs: kernel.inputs,
  }
}
