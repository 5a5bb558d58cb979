import type { Condition, Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'

/**
 * Where statements go. A block is the kernel's top, the body of a loop or one side of a guard; what is declared
 * in a block is known in the blocks inside it.
 */
export interface Block {
  /** How many loops are around the block. */
  readonly level: number
  /** False inside a guard, where a read must not move out. */
  readonly isLoop: boolean
  readonly lines: string[]
  /** Expression text to the variable that holds it. */
  readonly byText: Map<string, string>
  /** Scalar node to the text that names its value. */
  readonly byNode: Map<Scalar, string>
  readonly parent: Block | null
  /** The innermost loop's counter as integer text, where the loop is unrolled. */
  readonly counter: string | null
  /** The reduction's value, in an epilogue. */
  readonly accumulator: string
}

export const block = (
  level: number,
  parent: Block | null,
  options?: Partial<Pick<Block, 'isLoop' | 'lines' | 'counter' | 'accumulator'>>,
): Block => ({
  level,
  isLoop: options?.isLoop ?? true,
  lines: options?.lines ?? [],
  byText: new Map(),
  byNode: new Map(),
  parent,
  counter: options?.counter ?? parent?.counter ?? null,
  accumulator: options?.accumulator ?? parent?.accumulator ?? 'acc',
})

const find = <K>(start: Block, table: (at: Block) => ReadonlyMap<K, string>, key: K): string | undefined => {
  for (let at: Block | null = start; at !== null; at = at.parent) {
    const found = table(at).get(key)
    if (found !== undefined) return found
  }
  return undefined
}

export const findText = (start: Block, text: string): string | undefined =>
  find(start, (at) => at.byText, text)
export const findNode = (start: Block, node: Scalar): string | undefined =>
  find(start, (at) => at.byNode, node)

/** The outermost block that an expression of a level can stand in, leaving loops and, if allowed, guards. */
export const homeOf = (start: Block, level: number, leaveGuards: boolean): Block => {
  let at = start
  while (
    at.parent !== null &&
    (at.level > level || (leaveGuards && !at.isLoop)) &&
    (at.isLoop || leaveGuards)
  )
    at = at.parent
  return at
}

/** How many loops an expression needs around it, and how often each node is used. */
export interface Facts {
  readonly levelOfIndex: (index: Index) => number
  readonly levelOf: (value: Scalar) => number
  readonly levelOfCondition: (condition: Condition) => number
  readonly uses: ReadonlyMap<Scalar, number>
}

const scalarsOfIndex = (index: Index): readonly Scalar[] => {
  switch (index.kind) {
    case 'sum':
      return index.terms.flatMap(([, term]) => scalarsOfIndex(term))
    case 'quotient':
    case 'remainder':
      return scalarsOfIndex(index.index)
    case 'dynamic':
      return [index.value]
    default:
      return []
  }
}

const childrenOf = (value: Scalar): readonly Scalar[] => {
  switch (value.kind) {
    case 'read':
    case 'index':
      return scalarsOfIndex(value.index)
    case 'unary':
      return [value.x]
    case 'binary':
      return [value.x, value.y]
    case 'select':
      return [value.condition, value.x, value.y]
    case 'guard':
      return [...value.condition.flatMap((bound) => scalarsOfIndex(bound.index)), value.x, value.y]
    default:
      return []
  }
}

const rootsOf = (kernel: ScalarKernel): readonly Scalar[] => [
  kernel.body,
  ...(kernel.epilogue === null ? [] : [kernel.epilogue]),
  ...kernel.loops.flatMap((loop) => (loop.extent === undefined ? [] : scalarsOfIndex(loop.extent))),
]

const countUses = (kernels: readonly ScalarKernel[]): ReadonlyMap<Scalar, number> => {
  const uses = new Map<Scalar, number>()
  const stack: Scalar[] = kernels.flatMap(rootsOf)
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    const seen = uses.get(value) ?? 0
    uses.set(value, seen + 1)
    if (seen === 0) stack.push(...childrenOf(value))
  }
  return uses
}

/** Of the kernels of neighbouring outputs, written out together. */
export const factsOf = (kernels: readonly ScalarKernel[]): Facts => {
  const levels = new Map<Scalar, number>()
  const most = (all: readonly number[]): number => all.reduce((a, b) => Math.max(a, b), 0)
  const levelOfIndex = (index: Index): number => {
    switch (index.kind) {
      case 'const':
      case 'axis':
        return 0
      case 'loop':
        return index.loop + 1
      case 'sum':
        return most(index.terms.map(([, term]) => levelOfIndex(term)))
      case 'quotient':
      case 'remainder':
        return levelOfIndex(index.index)
      case 'dynamic':
        return levelOf(index.value)
    }
  }
  const levelOfCondition = (condition: Condition): number =>
    most(condition.map((bound) => levelOfIndex(bound.index)))
  const compute = (value: Scalar): number => {
    if (value.kind === 'read' || value.kind === 'index') return levelOfIndex(value.index)
    const inner = most(childrenOf(value).map(levelOf))
    return value.kind === 'guard' ? Math.max(inner, levelOfCondition(value.condition)) : inner
  }
  const levelOf = (value: Scalar): number => {
    const known = levels.get(value)
    if (known !== undefined) return known
    const level = compute(value)
    levels.set(value, level)
    return level
  }
  return { levelOfIndex, levelOf, levelOfCondition, uses: countUses(kernels) }
}
