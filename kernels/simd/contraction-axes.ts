/**
 * The axes of a kernel in the form a contraction is recognised in: what indices divide is split, what
 * always goes together is one axis.
 */
import { constIndex, quotientOf, remainderOf, substitute, sumOf } from '../../src/ir/index-map.js'
import { indexMapper, scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'

/** A coordinate by kind and number. */
export type Variable = Extract<Index, { kind: 'axis' | 'loop' }>

/** Every index of the expressions, also those inside of other indices. */
export const indicesIn = (scalars: readonly Scalar[]): readonly Index[] => {
  const seen = new Set<Scalar>()
  const found: Index[] = []
  const visitIndex = (index: Index): void => {
    found.push(index)
    if (index.kind === 'sum') for (const [, term] of index.terms) visitIndex(term)
    if (index.kind === 'quotient' || index.kind === 'remainder') visitIndex(index.index)
    if (index.kind === 'dynamic') visit(index.value)
  }
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === 'read' || scalar.kind === 'index') visitIndex(scalar.index)
    if (scalar.kind === 'guard') for (const { index } of scalar.condition) visitIndex(index)
    scalarOperands(scalar).forEach(visit)
  }
  scalars.forEach(visit)
  return found
}

const expressionsOf = ({ body, epilogue }: ScalarKernel): readonly Scalar[] =>
  epilogue === null ? [body] : [body, epilogue]

const divisionsIn = (kernel: ScalarKernel): number =>
  indicesIn(expressionsOf(kernel)).filter(({ kind }) => kind === 'quotient' || kind === 'remainder').length

/** The scalar with other indices for its variables. */
const replaceIn = (scalar: Scalar, replace: (variable: Variable) => Index): Scalar =>
  indexMapper((index, inner) =>
    substitute(index, (leaf) =>
      leaf.kind === 'dynamic'
        ? { ...leaf, value: inner(leaf.value) }
        : leaf.kind === 'axis' || leaf.kind === 'loop'
          ? replace(leaf)
          : null,
    ),
  )(scalar)

const rewritten = (
  kernel: ScalarKernel,
  parts: Pick<ScalarKernel, 'shape' | 'loops'>,
  replace: (variable: Variable) => Index,
): ScalarKernel => ({
  ...kernel,
  ...parts,
  body: replaceIn(kernel.body, replace),
  epilogue: kernel.epilogue === null ? null : replaceIn(kernel.epilogue, replace),
})

const isAfter = (variable: Variable, kind: Variable['kind'], number: number): boolean =>
  variable.kind === kind && (variable.kind === 'axis' ? variable.axis : variable.loop) > number
const isAt = (variable: Variable, kind: Variable['kind'], number: number): boolean =>
  variable.kind === kind && (variable.kind === 'axis' ? variable.axis : variable.loop) === number
const moved = (variable: Variable, by: number): Variable =>
  variable.kind === 'axis'
    ? { ...variable, axis: variable.axis + by }
    : { ...variable, loop: variable.loop + by }
const variableOf = (kind: Variable['kind'], number: number, size: number): Variable =>
  kind === 'axis' ? { kind, axis: number, size } : { kind, loop: number, size }

const sizesOf = (kernel: ScalarKernel, kind: Variable['kind']): readonly number[] =>
  kind === 'axis' ? kernel.shape : kernel.loops.map(({ size }) => size)

const withSizes = (kernel: ScalarKernel, kind: Variable['kind'], sizes: readonly number[]) =>
  kind === 'axis'
    ? { shape: sizes, loops: kernel.loops }
    : { shape: kernel.shape, loops: sizes.map((size) => ({ size })) }

/** Axis `number` as two, the inner of size `inner`. */
const split = (kernel: ScalarKernel, kind: Variable['kind'], number: number, inner: number): ScalarKernel => {
  const sizes = sizesOf(kernel, kind)
  const outer = (sizes[number] ?? 1) / inner
  return rewritten(kernel, withSizes(kernel, kind, sizes.toSpliced(number, 1, outer, inner)), (variable) =>
    isAt(variable, kind, number)
      ? sumOf(0, [
          [inner, variableOf(kind, number, outer)],
          [1, variableOf(kind, number + 1, inner)],
        ])
      : isAfter(variable, kind, number)
        ? moved(variable, 1)
        : variable,
  )
}

/** Axes `number` and the next as one. */
const merge = (kernel: ScalarKernel, kind: Variable['kind'], number: number): ScalarKernel => {
  const sizes = sizesOf(kernel, kind)
  const inner = sizes[number + 1] ?? 1
  const size = (sizes[number] ?? 1) * inner
  const whole = variableOf(kind, number, size)
  return rewritten(kernel, withSizes(kernel, kind, sizes.toSpliced(number, 2, size)), (variable) =>
    isAt(variable, kind, number)
      ? quotientOf(whole, inner)
      : isAt(variable, kind, number + 1)
        ? remainderOf(whole, inner)
        : isAfter(variable, kind, number)
          ? moved(variable, -1)
          : variable,
  )
}

const KINDS = ['axis', 'loop'] as const

/** A kernel with one division fewer, or null. */
const splitOnce = (kernel: ScalarKernel): ScalarKernel | null => {
  const before = divisionsIn(kernel)
  for (const index of indicesIn(expressionsOf(kernel))) {
    if (index.kind !== 'quotient' && index.kind !== 'remainder') continue
    const of = index.index
    if (of.kind !== 'axis' && of.kind !== 'loop') continue
    const number = of.kind === 'axis' ? of.axis : of.loop
    if (of.size % index.divisor !== 0 || of.size === index.divisor) continue
    const tried = split(kernel, of.kind, number, index.divisor)
    if (divisionsIn(tried) < before) return tried
  }
  return null
}

/** What counters of 32 bits reach. Values of more elements are never whole in memory, only rows of them. */
const LONGEST = 2 ** 31 - 1

/** A kernel with one axis fewer and no more divisions, or null. */
const mergeOnce = (kernel: ScalarKernel): ScalarKernel | null => {
  const before = divisionsIn(kernel)
  for (const kind of KINDS)
    for (let number = 0; number + 1 < sizesOf(kernel, kind).length; number += 1) {
      const [outer = 1, inner = 1] = sizesOf(kernel, kind).slice(number)
      if (outer * inner > LONGEST) continue
      const tried = merge(kernel, kind, number)
      if (divisionsIn(tried) <= before) return tried
    }
  return null
}

const repeated = (
  kernel: ScalarKernel,
  step: (kernel: ScalarKernel) => ScalarKernel | null,
): ScalarKernel => {
  const next = step(kernel)
  return next === null ? kernel : repeated(next, step)
}

/** The same kernel, its output the same elements in the same order, over axes split and merged. No loop has an extent. */
export const separatedAxes = (kernel: ScalarKernel): ScalarKernel =>
  repeated(
    repeated(
      rewritten(kernel, kernel, (variable) => (variable.size === 1 ? constIndex(0) : variable)),
      splitOnce,
    ),
    mergeOnce,
  )
