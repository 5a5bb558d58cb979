/** Recognises the direct nest of a long convolution in a kernel. */
import { normalise, quotientOf, remainderOf, sumOf } from '../../src/ir/index-map.js'
import { indexMapper, scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'

/** One axis that is convolved over. */
export interface GridAxis {
  /** The output's axis. */
  readonly axis: number
  readonly size: number
  /** Indices are taken modulo the size; otherwise below 0 there is nothing. */
  readonly circular: boolean
}

/** One of the two functions that are convolved. Both are expressions of the output's coordinates, those of the grid included. */
export interface Factor {
  readonly scalar: Scalar
  /** The output's axes besides the grid that it depends on. */
  readonly axes: ReadonlySet<number>
  /** The summed loops that it depends on. */
  readonly loops: ReadonlySet<number>
}

/** out[i, …] = epilogue(Σ over `summed` of Σ_p first[p, …] · second[i − p, …]), the same with the factors exchanged. */
export interface ConvolutionSum {
  /** In the order of the output's axes. */
  readonly grid: readonly GridAxis[]
  readonly factors: readonly [Factor, Factor]
  /** Numbers of the loops that are not taps. */
  readonly summed: readonly number[]
}

interface Tap extends GridAxis {
  readonly loop: number
}

const ONE: Scalar = { kind: 'const', value: 1 }

const product = (scalars: readonly Scalar[]): Scalar =>
  scalars.length === 0 ? ONE : scalars.reduce((x, y): Scalar => ({ kind: 'binary', fn: 'mul', x, y }))

const factorsOf = (body: Scalar): readonly Scalar[] =>
  body.kind === 'binary' && body.fn === 'mul' ? [...factorsOf(body.x), ...factorsOf(body.y)] : [body]

/** Calls `visit` with every index there is, parts included. */
const visitIndices = (root: Scalar, visit: (index: Index) => void): void => {
  const seen = new Set<Scalar>()
  const inIndex = (index: Index): void => {
    visit(index)
    if (index.kind === 'sum') index.terms.forEach(([, term]) => inIndex(term))
    else if (index.kind === 'quotient' || index.kind === 'remainder') inIndex(index.index)
    else if (index.kind === 'dynamic') inScalar(index.value)
  }
  const inScalar = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === 'read' || scalar.kind === 'index') inIndex(scalar.index)
    if (scalar.kind === 'guard') scalar.condition.forEach(({ index }) => inIndex(index))
    scalarOperands(scalar).forEach(inScalar)
  }
  inScalar(root)
}

interface Variables {
  readonly axes: ReadonlySet<number>
  readonly loops: ReadonlySet<number>
}

const variablesOf = (scalar: Scalar): Variables => {
  const [axes, loops] = [new Set<number>(), new Set<number>()]
  visitIndices(scalar, (index) => {
    if (index.kind === 'axis') axes.add(index.axis)
    if (index.kind === 'loop') loops.add(index.loop)
  })
  return { axes, loops }
}

/** The step of i in c·i − c·p + constant, or null where the index is anything else. */
const stepOfDifference = (index: Index, axis: number, loop: number): number | null => {
  if (index.kind !== 'sum' || index.terms.length !== 2) return null
  const of = (kind: 'axis' | 'loop'): number =>
    index.terms.reduce(
      (sum, [c, term]) =>
        (kind === 'axis' && term.kind === 'axis' && term.axis === axis) ||
        (kind === 'loop' && term.kind === 'loop' && term.loop === loop)
          ? sum + c
          : sum,
      0,
    )
  const step = of('axis')
  return step !== 0 && of('loop') === -step ? step : null
}

/** The axis whose coordinate + 1 is the extent. */
const causalAxis = (extent: Index): number | null => {
  const index = normalise(extent)
  const [term, other] = index.kind === 'sum' ? index.terms : []
  return index.kind === 'sum' &&
    index.constant === 1 &&
    other === undefined &&
    term?.[0] === 1 &&
    term[1].kind === 'axis'
    ? term[1].axis
    : null
}

/** The axis from which loop number `loop` is subtracted modulo its size. */
const circularAxis = (kernel: ScalarKernel, loop: number): number | null => {
  const size = kernel.loops[loop]?.size
  const found = new Set<number>()
  visitIndices(kernel.body, (index) => {
    if (index.kind !== 'remainder' || index.divisor !== size) return
    kernel.shape.forEach((length, axis) => {
      if (length === size && stepOfDifference(index.index, axis, loop) !== null) found.add(axis)
    })
  })
  const [axis] = found
  return found.size === 1 ? (axis ?? null) : null
}

/** What each loop is, or null where an extent is none of a convolution. */
const tapsOf = (kernel: ScalarKernel): readonly Tap[] | null => {
  const taps: Tap[] = []
  for (const [loop, { size, extent }] of kernel.loops.entries()) {
    const axis = extent === undefined ? circularAxis(kernel, loop) : causalAxis(extent)
    if (axis !== null && kernel.shape[axis] === size && taps.every((tap) => tap.axis !== axis))
      taps.push({ axis, size, circular: extent === undefined, loop })
    else if (extent !== undefined) return null
  }
  return taps.length === 0 ? null : taps.toSorted((a, b) => a.axis - b.axis)
}

const rewritten = (root: Scalar, leaf: (index: Index) => Index | null): Scalar => {
  const rewrite = (index: Index, scalar: (value: Scalar) => Scalar): Index => {
    const replaced = leaf(index)
    if (replaced !== null) return replaced
    switch (index.kind) {
      case 'sum':
        return sumOf(
          index.constant,
          index.terms.map(([c, term]) => [c, rewrite(term, scalar)]),
        )
      case 'quotient':
        return quotientOf(rewrite(index.index, scalar), index.divisor)
      case 'remainder':
        return remainderOf(rewrite(index.index, scalar), index.divisor)
      case 'dynamic':
        return { ...index, value: scalar(index.value) }
      default:
        return index
    }
  }
  return indexMapper(rewrite)(root)
}

const axisIndex = ({ axis, size }: GridAxis): Index => ({ kind: 'axis', axis, size })

/** A factor of the taps, as an expression of the grid's coordinates. */
const ofTaps = (factor: Scalar, taps: readonly Tap[]): Scalar =>
  rewritten(factor, (index) => {
    const tap = index.kind === 'loop' ? taps.find(({ loop }) => loop === index.loop) : undefined
    return tap === undefined ? null : axisIndex(tap)
  })

/**
 * A factor of i − p as an expression of the grid's coordinates s: i is put to s + p, and p must fall out. On a
 * circular axis only a remainder may hold it, of which s is one of the numbers with the same one.
 */
const ofDifferences = (factor: Scalar, taps: readonly Tap[]): Scalar | null => {
  const outside = new Set<number>()
  const made = rewritten(factor, (index) => {
    if (index.kind === 'remainder') {
      const inner = normalise(index.index)
      for (const tap of taps) {
        const step = stepOfDifference(inner, tap.axis, tap.loop)
        if (!tap.circular || tap.size !== index.divisor || step === null || inner.kind !== 'sum') continue
        return remainderOf(sumOf(inner.constant, [[step, axisIndex(tap)]]), index.divisor)
      }
    }
    if (index.kind !== 'axis' && index.kind !== 'loop') return null
    const tap = taps.find(({ axis, loop }) =>
      index.kind === 'axis' ? axis === index.axis : loop === index.loop,
    )
    if (tap === undefined) return null
    if (tap.circular) outside.add(tap.axis)
    return index.kind === 'loop'
      ? null
      : sumOf(0, [
          [1, axisIndex(tap)],
          [1, { kind: 'loop', loop: tap.loop, size: tap.size }],
        ])
  })
  const { loops } = variablesOf(made)
  return outside.size > 0 || taps.some(({ loop }) => loops.has(loop)) ? null : made
}

const factorOf = (scalars: readonly Scalar[], taps: readonly Tap[]): Factor => {
  const scalar = product(scalars)
  const { axes, loops } = variablesOf(scalar)
  const isGrid = (axis: number): boolean => taps.some((tap) => tap.axis === axis)
  return { scalar, axes: new Set([...axes].filter((axis) => !isGrid(axis))), loops }
}

const isSubset = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => [...a].every((x) => b.has(x))

/** The long convolution that a kernel is, or null. */
export const convolutionSum = (kernel: ScalarKernel): ConvolutionSum | null => {
  if (kernel.combine !== 'sum' || kernel.shape.includes(0) || kernel.loops.some(({ size }) => size === 0))
    return null
  const taps = tapsOf(kernel)
  if (taps === null) return null
  const [ofTap, ofSource, ofNeither]: [Scalar[], Scalar[], Scalar[]] = [[], [], []]
  for (const factor of factorsOf(kernel.body)) {
    const { axes, loops } = variablesOf(factor)
    const onGrid = taps.some(({ axis }) => axes.has(axis))
    const onTaps = taps.some(({ loop }) => loops.has(loop))
    if (!onGrid && !onTaps) ofNeither.push(factor)
    else if (!onGrid) ofTap.push(ofTaps(factor, taps))
    else {
      const source = ofDifferences(factor, taps)
      if (source === null) return null
      ofSource.push(source)
    }
  }
  const tap = factorOf(ofTap, taps)
  // What varies with neither goes where it is evaluated least.
  const constants = factorOf(ofNeither, taps)
  const withTap = isSubset(constants.axes, tap.axes) && isSubset(constants.loops, tap.loops)
  const isTap = new Set(taps.map(({ loop }) => loop))
  return {
    grid: taps.map(({ axis, size, circular }) => ({ axis, size, circular })),
    factors: [
      withTap ? factorOf([...ofTap, ...ofNeither], taps) : tap,
      factorOf(withTap ? ofSource : [...ofSource, ...ofNeither], taps),
    ],
    summed: kernel.loops.flatMap((_, loop) => (isTap.has(loop) ? [] : [loop])),
  }
}
