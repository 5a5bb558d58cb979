/** What two kernels have in common: their expressions as texts with numbered operands in place of values. */
import { indexKey } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'
import { sizeOf } from '../shape/dim.js'
import { flatIndex } from './copied.js'
import type { Plan, PlanKernel } from './plan.js'

/** Kernels of equal texts do the same to their operands. */
export interface Form {
  readonly kernel: PlanKernel
  readonly text: string
  /** The values of the operands, in the order of the text. */
  readonly operands: readonly number[]
}

/** Names each part of an expression once, so that the text is no longer than the expression; null refuses it. */
const describe = (
  root: Scalar,
  read: (input: number, index: Index) => string | null,
  indexText: ((index: Index) => string | null) | null,
  lines: string[],
): string | null => {
  const known = new Map<Scalar, string | null>()
  const parts = (head: string, children: readonly Scalar[]): string | null => {
    const named = children.map(name)
    return named.includes(null) ? null : `${head} ${named.join(' ')}`
  }
  const textOf = (x: Scalar): string | null => {
    switch (x.kind) {
      case 'const':
        return Object.is(x.value, -0) ? '-0' : `${x.value}`
      case 'read':
        return read(x.input, x.index)
      case 'unary':
        return parts(x.fn, [x.x])
      case 'binary':
        return parts(x.fn, [x.x, x.y])
      case 'select':
        return parts('select', [x.condition, x.x, x.y])
      case 'guard': {
        const bounds = x.condition.map(({ index, low, high }) => {
          const text = indexText?.(index) ?? null
          return text === null ? null : `${low}<=${text}<${high}`
        })
        return bounds.includes(null) ? null : parts(`guard ${bounds.join('&')}`, [x.x, x.y])
      }
      case 'index': {
        const text = indexText?.(x.index) ?? null
        return text === null ? null : `index ${text}`
      }
      case 'accumulator':
        return 'accumulator'
    }
  }
  const name = (x: Scalar): string | null => {
    const found = known.get(x)
    if (found !== undefined) return found
    const text = textOf(x)
    const named = text === null ? null : `#${lines.push(text) - 1}`
    known.set(x, named)
    return named
  }
  return name(root)
}

/** Element i from elements i of some values and from single numbers: a form without a shape; else null. */
export const elementwiseForm = (plan: Plan, kernel: PlanKernel): Form | null => {
  const size = sizeOf(kernel.shape)
  // One element has one index, so that operands could not be told from single numbers.
  if (kernel.combine !== null || kernel.epilogue !== null || size < 2) return null
  const here = indexKey(flatIndex(kernel.shape))
  const operands: number[] = []
  const read = (input: number, index: Index): string | null => {
    const value = kernel.inputs[input] ?? -1
    if (index.kind === 'const') return `v${value}[${index.value}]`
    if (indexKey(index) !== here || sizeOf(plan.values[value]?.shape ?? []) !== size) return null
    const at = operands.includes(value) ? operands.indexOf(value) : operands.push(value) - 1
    return `operand ${at}`
  }
  const lines: string[] = []
  return describe(kernel.body, read, null, lines) === null
    ? null
    : { kernel, text: `each ${lines.join('; ')}`, operands }
}

/** Whether an index is found by reading. */
const isDynamic = (index: Index): boolean => {
  switch (index.kind) {
    case 'dynamic':
      return true
    case 'sum':
      return index.terms.some(([, term]) => isDynamic(term))
    case 'quotient':
    case 'remainder':
      return isDynamic(index.index)
    default:
      return false
  }
}

/** The whole kernel, shape and loops included, its inputs being the operands; null where indices are data. */
export const wholeForm = (plan: Plan, kernel: PlanKernel): Form | null => {
  const indexText = (index: Index): string | null => (isDynamic(index) ? null : indexKey(index))
  const read = (input: number, index: Index): string | null => {
    const text = indexText(index)
    return text === null ? null : `${input}[${text}]`
  }
  const lines: string[] = []
  const parts = [kernel.body, ...(kernel.epilogue === null ? [] : [kernel.epilogue])]
  const named = parts.map((part) => describe(part, read, indexText, lines))
  const loops = kernel.loops.map(({ size, extent }) =>
    extent === undefined ? `${size}` : `${size} to ${indexText(extent) ?? 'data'}`,
  )
  if (named.includes(null) || loops.some((loop) => loop.endsWith('data')) || sizeOf(kernel.shape) === 0)
    return null
  const sizes = kernel.inputs.map((value) => sizeOf(plan.values[value]?.shape ?? []))
  const head = `${kernel.shape.join('x')} ${kernel.combine} ${loops.join()} of ${sizes.join()}`
  return { kernel, text: `whole ${head}: ${lines.join('; ')} ${named.join()}`, operands: kernel.inputs }
}
