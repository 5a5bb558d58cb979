import type { GpujsTarget, KernelSource } from '../../src/compile/program.js'
import type { Combine, Loop, ScalarKernel } from '../../src/ir/scalar.js'
import { emission, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import { integer, number } from './emit-scalar.js'
import { indexRange } from './index-range.js'
import { block } from './scope.js'
import type { Block } from './scope.js'
import { toThreadAxes } from './thread-axes.js'

const NEUTRAL: Record<Combine, number> = { sum: 0, product: 1, max: -Infinity, min: Infinity }

const accumulate = (combine: Combine, accumulator: string, value: string): string => {
  switch (combine) {
    case 'sum':
      return `${accumulator} += ${value};`
    case 'product':
      return `${accumulator} = ${accumulator} * ${value};`
    case 'max':
      return `${accumulator} = Math.max(${accumulator}, ${value});`
    case 'min':
      return `${accumulator} = Math.min(${accumulator}, ${value});`
  }
}

/** How many steps of the innermost loop are written out, each into an accumulator of its own. */
const unrollOf = (target: GpujsTarget, loop: Loop | undefined): number => {
  if (loop === undefined || loop.extent !== undefined) return 1
  const most = target === 'cpu' ? 1 : 4
  return loop.size <= most ? Math.max(loop.size, 1) : loop.size % most === 0 ? most : loop.size % 2 === 0 ? 2 : 1
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

/** The loops from number `depth` inwards, as lines of the block around them. */
const emitLoops = (e: Emission, kernel: ScalarKernel, combine: Combine, unroll: number, depth: number, outer: Block): void => {
  const loop = kernel.loops[depth]
  if (loop === undefined) return
  const isInnermost = depth === kernel.loops.length - 1
  const lines: string[] = []
  if (isInnermost) {
    for (let step = 0; step < unroll; step += 1) {
      const copy = block(depth + 1, outer, { lines, step })
      const value = number(e, copy, kernel.body)
      lines.push(accumulate(combine, unroll === 1 ? 'acc' : `acc${step}`, value))
    }
  } else {
    emitLoops(e, kernel, combine, unroll, depth + 1, block(depth + 1, outer, { lines }))
  }
  const counter = `k${depth}`
  const isWhole = loop.extent === undefined || indexRange(loop.extent).low >= loop.size
  // gpu.js caps loops whose bound it cannot see, so the bound is a literal and a shorter extent breaks out.
  const stop = isWhole || loop.extent === undefined ? [] : [`if ((${counter}|0) >= ${integer(e, outer, loop.extent)}) { break; }`]
  const advance = isInnermost && unroll > 1 ? `${counter} += ${unroll}` : `${counter}++`
  outer.lines.push(
    `for (let ${counter} = 0; ${counter} < ${loop.size}; ${advance}) {`,
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
  const unroll = unrollOf(e.target, kernel.loops.at(-1))
  const names = unroll === 1 ? ['acc'] : Array.from({ length: unroll }, (_, step) => `acc${step}`)
  for (const name of names) top.lines.push(`let ${name} = ${start};`)
  emitLoops(e, kernel, combine, unroll, 0, top)
  if (unroll > 1) {
    const whole = names.reduce((a, b) =>
      combine === 'sum' ? `(${a} + ${b})` : combine === 'product' ? `(${a} * ${b})` : `Math.${combine}(${a}, ${b})`,
    )
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
  const result = flat.combine === null || flat.epilogue === null ? reduced : number(e, block(0, top, { lines: top.lines }), flat.epilogue)
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
