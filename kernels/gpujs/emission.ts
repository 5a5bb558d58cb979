import type { GpujsTarget } from '../../src/compile/program.js'
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { floatLiteral, infinityDefinition } from './literals.js'
import { block, factsOf, findText } from './scope.js'
import type { Block, Facts } from './scope.js'

/** What is shared while one kernel is written. The blocks' lines grow; everything else stays. */
export interface Emission {
  readonly target: GpujsTarget
  readonly facts: Facts
  readonly top: Block
  /** gpu.js names of the thread axes by output axis. */
  readonly threads: readonly string[]
  readonly fresh: (prefix: string) => string
}

const THREADS = ['this.thread.x', 'this.thread.y', 'this.thread.z'] as const

/** For the kernels of neighbouring outputs, which share a grid. */
export const emission = (
  target: GpujsTarget,
  shape: readonly number[],
  kernels: readonly ScalarKernel[],
): Emission => {
  let names = 0
  const rank = shape.length
  return {
    target,
    facts: factsOf(kernels),
    top: block(0, null),
    threads: shape.map((_, axis) => THREADS[rank - 1 - axis] ?? THREADS[0]),
    fresh: (prefix) => {
      names += 1
      return `${prefix}${names}`
    },
  }
}

export const isName = (text: string): boolean => /^[a-z]+\d*$/.test(text)

/** A variable that holds the text's value, made once for a block and those inside it. */
export const declare = (e: Emission, at: Block, text: string, prefix = 'v'): string => {
  if (isName(text)) return text
  const known = findText(at, text)
  if (known !== undefined) return known
  const name = e.fresh(prefix)
  at.lines.push(`const ${name} = ${text};`)
  at.byText.set(text, name)
  return name
}

export const numberLiteral = (e: Emission, value: number): string => {
  const literal = floatLiteral(e.target, value)
  if (literal.needsInfinity && !e.top.byText.has('inf')) {
    e.top.byText.set('inf', 'inf')
    e.top.lines.unshift(infinityDefinition(e.target))
  }
  return literal.text
}

const LITERAL = /^\(?-?[\d.e+-]+\)?$/

export const isLiteral = (text: string): boolean => LITERAL.test(text)

/** Two literals side by side would be typed as integers by gpu.js, so the first becomes a variable. */
export const operands = (e: Emission, at: Block, x: string, y: string): readonly [string, string] =>
  LITERAL.test(x) && LITERAL.test(y) ? [declare(e, e.top, x, 'c'), y] : [x, y]
