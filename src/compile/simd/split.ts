/**
 * Split: a long reduction to few results becomes parts that threads share, and a kernel that joins them in fixed order. A
 * sum, a norm or a bias's gradient else is one unit of work. The parts depend on the kernel alone, so that its bits
 * do not depend on the threads.
 */
import { contraction } from '../../../kernels/simd/contraction.js'
import { convolutionWith } from '../../../kernels/simd/convolution.js'
import { emitGeneral } from '../../../kernels/simd/emit-general.js'
import { vectorOf } from '../../../kernels/simd/expression.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import { constIndex, flatten, quotientOf, sumOf } from '../../ir/index-map.js'
import type { Index, Loop } from '../../ir/scalar.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { toScalarKernel } from '../emit.js'
import type { Plan, PlanKernel, PlanStep, PlanValue } from '../plan.js'
import type { Rebase } from '../rebase.js'
import { rebase } from '../rebase.js'
import { readsOfInput } from './group.js'

/** Loop number `loop`, which has no extent, in `parts` parts, at most as many as it has turns. */
export interface Division {
  readonly loop: number
  readonly parts: number
}

/** How a kernel is to be divided; null where it stays. */
export type Divide = (plan: Plan, kernel: PlanKernel) => Division | null

/** The expression with coordinates replaced and inputs renumbered. */
const rewriter = (coordinate: (leaf: Index) => Index | null, inputs: readonly number[]): Rebase =>
  rebase(coordinate, (input, index) => ({ kind: 'read', input: inputs.indexOf(input), index }))

/** The numbers of the inputs that a kernel reads. */
const usedInputs = (kernel: PlanKernel): readonly number[] =>
  kernel.inputs.flatMap((_, input) => (readsOfInput(kernel, input).length > 0 ? [input] : []))

const valuesOf = (kernel: PlanKernel, used: readonly number[]): readonly number[] =>
  used.flatMap((input) => kernel.inputs[input] ?? [])

/** The divided loop within a part, which is the coordinate along axis 0; the last part may be shorter. */
const partLoop = (size: number, parts: number): Loop => {
  const length = Math.ceil(size / parts)
  const missing = parts * length - size
  if (missing === 0) return { size: length }
  const next = sumOf(1, [[1, { kind: 'axis', axis: 0, size: parts }]])
  return { size: length, extent: sumOf(length, [[-missing, quotientOf(next, parts)]]) }
}

/** Results over parts of a loop, part by part. */
const partial = (kernel: PlanKernel, { loop, parts }: Division, output: number): PlanKernel => {
  const { size } = kernel.loops[loop] ?? { size: 1 }
  const own = partLoop(size, parts)
  const used = usedInputs({ ...kernel, epilogue: null })
  const at = sumOf(0, [
    [own.size, { kind: 'axis', axis: 0, size: parts }],
    [1, own.size === 1 ? constIndex(0) : { kind: 'loop', loop, size: own.size }],
  ])
  const { index, scalar } = rewriter((leaf) => {
    if (leaf.kind === 'axis') return { ...leaf, axis: leaf.axis + 1 }
    return leaf.kind === 'loop' && leaf.loop === loop ? at : null
  }, used)
  return {
    ...kernel,
    output,
    inputs: valuesOf(kernel, used),
    shape: [parts, ...kernel.shape],
    loops: kernel.loops.map((each, number) => {
      if (number === loop) return own
      return each.extent === undefined ? each : { ...each, extent: index(each.extent) }
    }),
    body: scalar(kernel.body),
    epilogue: null,
  }
}

/** The parts combined, and what the kernel makes of their value. */
const joining = (kernel: PlanKernel, parts: number, from: number): PlanKernel => {
  const used = usedInputs({ ...kernel, body: { kind: 'const', value: 0 } })
  const { scalar } = rewriter(() => null, used)
  const shape = [parts, ...kernel.shape]
  const at = shape.map((size, axis): Index =>
    axis === 0 ? { kind: 'loop', loop: 0, size } : { kind: 'axis', axis: axis - 1, size },
  )
  return {
    ...kernel,
    skeleton: 'reduce',
    inputs: [...valuesOf(kernel, used), from],
    loops: [{ size: parts }],
    body: { kind: 'read', input: used.length, index: flatten(at, stridesOf(shape)) },
    epilogue: kernel.epilogue === null ? null : scalar(kernel.epilogue),
    flops: sizeOf(shape),
  }
}

/** The plan with kernels divided, those inside loops too; each is followed by the one that joins its parts. */
export const splitBy =
  (divide: Divide) =>
  (plan: Plan): Plan => {
    const values: PlanValue[] = [...plan.values]
    const split = (steps: readonly PlanStep[]): readonly PlanStep[] =>
      steps.flatMap((step): readonly PlanStep[] => {
        if (step.kind === 'loop') return [{ ...step, steps: split(step.steps) }]
        const division = divide(plan, step)
        if (division === null) return [step]
        const shape = [division.parts, ...step.shape]
        const made = values.push({ shape, dtype: 'f32', origin: { kind: 'kernel' } }) - 1
        return [partial(step, division, made), joining(step, division.parts, made)]
      })
    const steps = split(plan.steps)
    return { ...plan, values, steps }
  }

/** Operations, or terms, below which a kernel is over before a second thread has joined. */
const LEAST_WORK = 2 ** 20
/** Operations of a part at least. */
const PART_WORK = 2 ** 16
/** Terms of a part's results at least, so that what is written and read again is little. */
const PART_TERMS = 32
/** Results beyond which kernels have enough work for threads. */
const MOST_RESULTS = 2 ** 14
/** Kernels of as many chunks of work, or more, stay. */
const ENOUGH_CHUNKS = 16
/** Chunks that the parts have together, about. */
const CHUNKS = 32

/** The largest divisor up to `wanted` where it is at least half of that; else null. */
const divisorUpTo = (size: number, wanted: number): number | null => {
  for (let parts = wanted; 2 * parts >= wanted && parts > 1; parts -= 1) if (size % parts === 0) return parts
  return null
}

/** A plain loop in about `wanted` parts: the outermost that has so many turns, or the longest. */
const divisionOf = ({ loops }: PlanKernel, wanted: number, mayBeRagged: boolean): Division | null => {
  const plain = loops.flatMap(({ size, extent }, loop) => (extent === undefined ? [{ size, loop }] : []))
  const [longest] = plain.toSorted((a, b) => b.size - a.size)
  const chosen = plain.find(({ size }) => size >= wanted) ?? longest
  if (chosen === undefined) return null
  const { loop, size } = chosen
  const most = Math.min(wanted, size)
  const even = divisorUpTo(size, most)
  if (even !== null) return { loop, parts: even }
  if (!mayBeRagged || most < 2) return null
  // As many parts as are needed at that length, so that none is empty.
  return { loop, parts: Math.ceil(size / Math.ceil(size / most)) }
}

/** Divides what is long, has few results and less work side by side than threads could use. */
const divideFor =
  (features: Features): Divide =>
  (plan, kernel) => {
    const { shape, loops, flops } = kernel
    const results = sizeOf(shape)
    const terms = loops.reduce((product, { size }) => product * size, 1)
    const work = Math.max(flops, results * terms)
    const most = Math.floor(Math.min(CHUNKS, terms / PART_TERMS, work / PART_WORK))
    if (kernel.combine === null || results > MOST_RESULTS || work < LEAST_WORK || most < 2) return null
    const scalarKernel = toScalarKernel(plan, kernel)
    // Long convolutions divide their own work, and transforms of parts are no less work than those of the whole.
    if (results === 0 || convolutionWith(vectorOf)(scalarKernel, features) !== null) return null
    const product = contraction(scalarKernel, features)
    const { units, grain } = product ?? emitGeneral(scalarKernel, features)
    const chunks = Math.ceil(units / grain)
    if (chunks >= ENOUGH_CHUNKS) return null
    return divisionOf(kernel, Math.min(most, Math.ceil(CHUNKS / chunks)), product === null)
  }

/** Long reductions to few results in parts, where the emitters would make less work of them than threads could share. */
export const split = (plan: Plan, features: Features): Plan => splitBy(divideFor(features))(plan)
