import type { GpujsTarget } from '../../src/compile/program.js'
import { indexMapper } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'

/**
 * Brings a kernel's output axes down to the three that gpu.js has. Axes that the kernel only ever uses as one
 * run-on coordinate become one axis and cost nothing; what is still above three is merged where taking the
 * coordinate apart again is cheapest.
 */

/** gpu.js launches 8 × 8 × 1 threads a group, or 64 × 1 × 1 for a kernel of one axis, which it also folds. */
const MOST_GROUPS = 65_535
const GROUP_EDGE = 8

/** The grid of a kernel: its axes by thread axis, each the numbers of adjacent output axes, outermost first. */
type Grouping = readonly (readonly number[])[]

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

const mapIndex = (
  index: Index,
  axis: (number: number) => Index,
  scalar: (value: Scalar) => Scalar,
): Index => {
  switch (index.kind) {
    case 'const':
    case 'loop':
      return index
    case 'axis':
      return axis(index.axis)
    case 'sum':
      return {
        kind: 'sum',
        constant: index.constant,
        terms: index.terms.map(([coefficient, term]) => [coefficient, mapIndex(term, axis, scalar)] as const),
      }
    case 'quotient':
    case 'remainder':
      return { ...index, index: mapIndex(index.index, axis, scalar) }
    case 'dynamic':
      return { ...index, value: scalar(index.value) }
  }
}

const mapKernelIndices = (
  kernel: ScalarKernel,
  onIndex: (index: Index, scalar: (value: Scalar) => Scalar) => Index,
): Pick<ScalarKernel, 'loops' | 'body' | 'epilogue'> => {
  const scalar = indexMapper(onIndex)
  return {
    loops: kernel.loops.map((loop) =>
      loop.extent === undefined ? loop : { size: loop.size, extent: onIndex(loop.extent, scalar) },
    ),
    body: scalar(kernel.body),
    epilogue: kernel.epilogue === null ? null : scalar(kernel.epilogue),
  }
}

/** Sums inside sums become one sum, so that a pair of axes is seen side by side. */
const flattened = (index: Index): Index => {
  if (index.kind === 'quotient' || index.kind === 'remainder')
    return { ...index, index: flattened(index.index) }
  if (index.kind !== 'sum') return index
  let constant = index.constant
  const terms: [number, Index][] = []
  for (const [coefficient, term] of index.terms) {
    const part = flattened(term)
    if (part.kind === 'const') constant += coefficient * part.value
    else if (part.kind === 'sum') {
      constant += coefficient * part.constant
      for (const [inner, leaf] of part.terms) terms.push([coefficient * inner, leaf])
    } else terms.push([coefficient, part])
  }
  return { kind: 'sum', constant, terms }
}

const coefficientOf = (terms: readonly (readonly [number, Index])[], axis: number): number =>
  terms.reduce(
    (sum, [coefficient, term]) => (term.kind === 'axis' && term.axis === axis ? sum + coefficient : sum),
    0,
  )

/** Which axes a use forbids to run on into the next: those not followed at their natural stride. */
const brokenBy = (index: Index, shape: readonly number[], broken: boolean[]): void => {
  switch (index.kind) {
    case 'const':
    case 'loop':
    case 'dynamic':
      return
    case 'axis':
      brokenBy({ kind: 'sum', constant: 0, terms: [[1, index]] }, shape, broken)
      return
    case 'quotient':
    case 'remainder':
      brokenBy(index.index, shape, broken)
      return
    case 'sum':
      for (let axis = 0; axis + 1 < shape.length; axis += 1) {
        const outer = coefficientOf(index.terms, axis)
        const inner = coefficientOf(index.terms, axis + 1)
        if (outer !== inner * (shape[axis + 1] ?? 1)) broken[axis] = true
      }
      for (const [, term] of index.terms) if (term.kind !== 'axis') brokenBy(term, shape, broken)
  }
}

/** One kernel with runs of adjacent axes, each now one axis. */
const mergeRuns = (kernel: ScalarKernel): ScalarKernel => {
  const broken = kernel.shape.map(() => false)
  const flat = mapKernelIndices(kernel, (index, scalar) => {
    const plain = flattened(mapIndex(index, (axis) => axisOf(kernel.shape, axis), scalar))
    brokenBy(plain, kernel.shape, broken)
    return plain
  })
  const runOf: number[] = []
  const shape: number[] = []
  kernel.shape.forEach((size, axis) => {
    const opens = axis === 0 || broken[axis - 1] === true
    if (opens) shape.push(size)
    else shape[shape.length - 1] = (shape.at(-1) ?? 1) * size
    runOf.push(shape.length - 1)
  })
  // The innermost axis of a run carries the whole coordinate at its own stride; the others drop out.
  const innermost = (axis: number): boolean => runOf[axis + 1] !== runOf[axis]
  const rename = (axis: number): Index =>
    innermost(axis) ? axisOf(shape, runOf[axis] ?? 0) : { kind: 'const', value: 0 }
  return {
    ...kernel,
    shape,
    ...mapKernelIndices({ ...kernel, ...flat }, (index, scalar) => mapIndex(index, rename, scalar)),
  }
}

const axisOf = (shape: readonly number[], axis: number): Index => ({
  kind: 'axis',
  axis,
  size: shape[axis] ?? 1,
})

/** An axis of size 1 is always 0. */
const dropUnitAxes = (kernel: ScalarKernel): ScalarKernel => {
  const kept = kernel.shape.flatMap((size, axis) => (size === 1 ? [] : [axis]))
  const shape = kept.map((axis) => kernel.shape[axis] ?? 1)
  const rename = (axis: number): Index =>
    kept.includes(axis) ? axisOf(shape, kept.indexOf(axis)) : { kind: 'const', value: 0 }
  return { ...kernel, shape, ...mapKernelIndices(kernel, (index, scalar) => mapIndex(index, rename, scalar)) }
}

const isPowerOfTwo = (size: number): boolean => size > 0 && 2 ** Math.round(Math.log2(size)) === size

/** Rough instructions a thread spends on taking its coordinates apart, and threads that a grid wastes. */
const groupingCost = (target: GpujsTarget, shape: readonly number[], grouping: Grouping): number => {
  const sizes = grouping.map((group) => product(group.map((axis) => shape[axis] ?? 1)))
  const x = sizes.at(-1) ?? 1
  const y = sizes.at(-2) ?? 1
  const decode = grouping
    .flatMap((group) => group.slice(1))
    .reduce((cost, axis) => cost + (isPowerOfTwo(shape[axis] ?? 1) ? 2 : 12), 0)
  if (target === 'webasm') {
    // Four neighbours along x run as one vector; y and z are the same for all four, so they are free to decode.
    const tail = x % 4 === 0 ? 0 : (60 * (x % 4)) / x
    return decode + tail + 40 / x
  }
  if (target === 'cpu') return decode
  const wasted =
    sizes.length === 1
      ? 1
      : (Math.ceil(x / GROUP_EDGE) * Math.ceil(y / GROUP_EDGE) * GROUP_EDGE ** 2) / (x * y)
  const tooMany =
    sizes.length > 1 && sizes.some((size, i) => size > MOST_GROUPS * (sizes.length - i <= 2 ? GROUP_EDGE : 1))
  return decode + 8 * (wasted - 1) + (tooMany ? Infinity : 0)
}

/** All ways of cutting axes 0 … rank − 1 into at most three runs. */
const groupings = (rank: number): readonly Grouping[] => {
  const all = Array.from({ length: rank }, (_, axis) => axis)
  const cuts = Array.from({ length: Math.max(rank - 1, 0) }, (_, i) => i + 1)
  const two = cuts.map((a): Grouping => [all.slice(0, a), all.slice(a)])
  const three = cuts.flatMap((a) =>
    cuts.filter((b) => b > a).map((b): Grouping => [all.slice(0, a), all.slice(a, b), all.slice(b)]),
  )
  return [[all], ...two, ...three]
}

/**
 * The same kernel with one to three axes, outermost first: thread axes z, y, x from the end.
 * One axis always fits, so an output of any size has a grid.
 */
export const toThreadAxes = (target: GpujsTarget, kernel: ScalarKernel): ScalarKernel => {
  const merged = mergeRuns(dropUnitAxes(kernel))
  if (merged.shape.length === 0) return { ...merged, shape: [1] }
  const cost = (grouping: Grouping): number => groupingCost(target, merged.shape, grouping)
  const best = groupings(merged.shape.length).reduce((a, b) => (cost(b) < cost(a) ? b : a))
  const shape = best.map((group) => product(group.map((axis) => merged.shape[axis] ?? 1)))
  const decode = (axis: number): Index => {
    const position = best.findIndex((group) => group.includes(axis))
    const group = best[position] ?? []
    const thread = axisOf(shape, position)
    const stride = product(group.filter((other) => other > axis).map((other) => merged.shape[other] ?? 1))
    const outer: Index = stride === 1 ? thread : { kind: 'quotient', index: thread, divisor: stride }
    return group[0] === axis ? outer : { kind: 'remainder', index: outer, divisor: merged.shape[axis] ?? 1 }
  }
  return { ...merged, shape, ...mapKernelIndices(merged, (index, scalar) => mapIndex(index, decode, scalar)) }
}
