/** Which kernels are contractions: sums of a product of two factors that share the loops, not all of the axes. */
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { axisVariable, loopVariable, readsOf, stepOf, variablesOf } from './address.js'
import { separatedAxes } from './contraction-axes.js'

/**
 * out[entry, row, inner, column] = epilogue(Σ left · right), where left does not depend on the column and right not
 * on the row. Each of entry, row and inner stands for any number of axes.
 */
export interface Contraction {
  readonly kernel: ScalarKernel
  readonly left: Scalar
  readonly right: Scalar
  /** Numbers of the output axes, in order; the last axis is the column. */
  readonly entries: readonly number[]
  readonly rows: readonly number[]
  readonly inner: readonly number[]
  readonly column: number
}

/** A read at constant + Σ coefficient · coordinate. */
export interface Linear {
  readonly input: number
  readonly constant: number
  readonly axes: readonly number[]
  readonly loops: readonly number[]
}

/** Sums below these are as fast without tiles. */
const LEAST_DEPTH = 4
const LEAST_COLUMNS = 3
const LEAST_ROWS = 2
const LINE = 32
const LEAST_LINES = { rows: 4, columns: 5 }

interface Product {
  readonly scale: number
  readonly factors: readonly Scalar[]
}

const productOf = (scalar: Scalar): Product => {
  if (scalar.kind === 'const' && Number.isFinite(scalar.value)) return { scale: scalar.value, factors: [] }
  if (scalar.kind === 'unary' && scalar.fn === 'neg') {
    const { scale, factors } = productOf(scalar.x)
    return { scale: -scale, factors }
  }
  if (scalar.kind !== 'binary' || scalar.fn !== 'mul') return { scale: 1, factors: [scalar] }
  const [x, y] = [productOf(scalar.x), productOf(scalar.y)]
  return { scale: x.scale * y.scale, factors: [...x.factors, ...y.factors] }
}

const multiplied = (factors: readonly Scalar[]): Scalar | null =>
  factors.length === 0 ? null : factors.reduce((x, y): Scalar => ({ kind: 'binary', fn: 'mul', x, y }))

/** The expression with another value for the reduction's. */
const withAccumulator = (scalar: Scalar, value: Scalar): Scalar => {
  const done = new Map<Scalar, Scalar>()
  const visit = (old: Scalar): Scalar => {
    const known = done.get(old)
    if (known !== undefined) return known
    const built = rebuild(old)
    done.set(old, built)
    return built
  }
  const rebuild = (old: Scalar): Scalar => {
    if (old.kind === 'accumulator') return value
    if (scalarOperands(old).length === 0) return old
    if (old.kind === 'unary') return { ...old, x: visit(old.x) }
    if (old.kind === 'binary' || old.kind === 'guard') return { ...old, x: visit(old.x), y: visit(old.y) }
    if (old.kind === 'select')
      return { ...old, condition: visit(old.condition), x: visit(old.x), y: visit(old.y) }
    return old
  }
  return visit(scalar)
}

const scaled = (epilogue: Scalar | null, scale: number): Scalar | null => {
  if (scale === 1) return epilogue
  const accumulator: Scalar = { kind: 'accumulator' }
  const product: Scalar = { kind: 'binary', fn: 'mul', x: accumulator, y: { kind: 'const', value: scale } }
  return epilogue === null ? product : withAccumulator(epilogue, product)
}

const sizeOf = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

/** How many values the axes take together. */
export const extentOf = ({ kernel }: Contraction, axes: readonly number[]): number =>
  sizeOf(axes.map((axis) => kernel.shape[axis] ?? 1))

/** Terms of the sum. */
export const depthOf = ({ kernel }: Contraction): number => sizeOf(kernel.loops.map(({ size }) => size))

/** How many reads go through memory in the order of a coordinate. */
export const contiguousReads = (scalar: Scalar, variable: string): number =>
  readsOf([scalar]).filter(({ index }) => stepOf(index, variable) === 1).length

export const lastLoop = ({ kernel }: Contraction): number => kernel.loops.length - 1

/** Whether reads of a factor are contiguous along the last loop rather than along an axis. */
export const runsAlongLoop = (found: Contraction, scalar: Scalar, axis: number): boolean =>
  contiguousReads(scalar, loopVariable(lastLoop(found))) > contiguousReads(scalar, axisVariable(axis))

const hasReuse = (found: Contraction): boolean => {
  const [rows, columns] = [extentOf(found, found.rows), extentOf(found, [found.column])]
  const last = lastLoop(found)
  // Few inner products of what lies side by side need no transposition where the loop runs along the lanes.
  const areLines =
    (found.kernel.loops[last]?.size ?? 1) >= LINE &&
    runsAlongLoop(found, found.right, found.column) &&
    contiguousReads(found.left, loopVariable(last)) > 0
  return (
    depthOf(found) >= LEAST_DEPTH &&
    columns >= (areLines ? LEAST_LINES.columns : LEAST_COLUMNS) &&
    rows >= (areLines ? LEAST_LINES.rows : LEAST_ROWS)
  )
}

/** The longest run of neighbouring axes that the right factor lacks, as the first and the one after the last. */
const longestRun = (
  shape: readonly number[],
  isRow: (axis: number) => boolean,
): { readonly first: number; readonly end: number } => {
  const others = shape.slice(0, -1).map((_, axis) => axis)
  const firsts = others.filter((axis) => isRow(axis) && (axis === 0 || !isRow(axis - 1)))
  const runs = firsts.map((first) => {
    const end = others.find((axis) => axis > first && !isRow(axis)) ?? others.length
    return { first, end, rows: sizeOf(shape.slice(first, end)) }
  })
  return runs.reduce((best, run) => (run.rows > best.rows ? run : best), { first: 0, end: 0, rows: 0 })
}

/** The axes sorted by their place: before the rows, the rows, and between those and the column. */
const sorted = (kernel: ScalarKernel, left: Scalar, right: Scalar): Contraction => {
  const column = kernel.shape.length - 1
  const variables = variablesOf(right)
  const { first, end } = longestRun(kernel.shape, (axis) => !variables.has(axisVariable(axis)))
  const others = kernel.shape.slice(0, -1).map((_, axis) => axis)
  return {
    kernel,
    left,
    right,
    entries: others.slice(0, first),
    rows: others.slice(first, end),
    inner: others.slice(end),
    column,
  }
}

/** The kernel as a contraction, or null where it is none or has too little in common between its elements. */
export const contractionOf = (given: ScalarKernel): Contraction | null => {
  if (given.combine !== 'sum' || given.shape.length < 2) return null
  if (given.loops.some(({ extent }) => extent !== undefined)) return null
  if (sizeOf(given.shape) === 0 || given.loops.some(({ size }) => size === 0)) return null
  const kernel = separatedAxes(given)
  const { scale, factors } = productOf(kernel.body)
  const column = axisVariable(kernel.shape.length - 1)
  const isRight = (factor: Scalar): boolean => variablesOf(factor).has(column)
  const left = multiplied(factors.filter((factor) => !isRight(factor)))
  const right = multiplied(factors.filter(isRight))
  if (left === null || right === null) return null
  const found = sorted({ ...kernel, epilogue: scaled(kernel.epilogue, scale) }, left, right)
  return hasReuse(found) ? found : null
}

const termsOf = (index: Index): readonly (readonly [number, Index])[] =>
  index.kind === 'sum' ? index.terms : [[1, index]]

/** The scalar as a read at strides, or null where it is something else. */
export const linearRead = (scalar: Scalar, { shape, loops }: ScalarKernel): Linear | null => {
  if (scalar.kind !== 'read') return null
  const axes = shape.map(() => 0)
  const strides = loops.map(() => 0)
  let constant = scalar.index.kind === 'sum' ? scalar.index.constant : 0
  for (const [coefficient, index] of termsOf(scalar.index)) {
    if (index.kind === 'const') constant += coefficient * index.value
    else if (index.kind === 'axis') axes[index.axis] = (axes[index.axis] ?? 0) + coefficient
    else if (index.kind === 'loop') strides[index.loop] = (strides[index.loop] ?? 0) + coefficient
    else return null
  }
  return { input: scalar.input, constant, axes, loops: strides }
}

/** The one stride at which nested counters of these sizes and strides count through, or null. */
export const commonStride = (strides: readonly number[], sizes: readonly number[]): number | null => {
  const last = strides.at(-1) ?? 0
  const isCommon = strides.every((stride, i) => stride === last * sizeOf(sizes.slice(i + 1)))
  return isCommon ? last : null
}
