import type { GpujsTarget } from '../../src/compile/program.js'
import { substitute, sumOf } from '../../src/ir/index-map.js'
import { indexMapper, scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { branchesOf } from './branches.js'

/**
 * Several neighbours a thread. gpu.js lets a kernel return four numbers, which lie side by side in its output;
 * what does not depend on the place among the four is read and computed once for all of them.
 */

/** The most that gpu.js returns. */
const LANES = 4
/** Fewer outputs than this are one a thread, so that a GPU has threads enough. */
const FEWEST_OUTPUTS = 16_384
/** Longer expressions are not written four times: they take longer to compile and gain nothing. */
const MOST_NODES = 48

interface Uses {
  readonly index: (index: Index) => boolean
  readonly scalar: (value: Scalar) => boolean
  readonly nodes: () => readonly Scalar[]
}

/** Whether something depends on one axis of the output. */
const usesOf = (axis: number): Uses => {
  const known = new Map<Scalar, boolean>()
  const index = (found: Index): boolean => {
    switch (found.kind) {
      case 'const':
      case 'loop':
        return false
      case 'axis':
        return found.axis === axis
      case 'sum':
        return found.terms.map(([, term]) => index(term)).includes(true)
      case 'quotient':
      case 'remainder':
        return index(found.index)
      case 'dynamic':
        return scalar(found.value)
    }
  }
  const own = (value: Scalar): boolean => {
    switch (value.kind) {
      case 'read':
      case 'index':
        return index(value.index)
      case 'guard':
        return value.condition.map((bound) => index(bound.index)).includes(true)
      case 'accumulator':
        return true
      default:
        return false
    }
  }
  const scalar = (value: Scalar): boolean => {
    const before = known.get(value)
    if (before !== undefined) return before
    // All operands are visited, so that `nodes` is complete.
    const inner = scalarOperands(value).map(scalar).includes(true)
    const uses = own(value) || inner
    known.set(value, uses)
    return uses
  }
  return { index, scalar, nodes: () => [...known.keys()] }
}

/** One of the neighbours: the innermost axis at LANES · x + `lane`. What does not depend on it stays the same object. */
const laneOf = (kernel: ScalarKernel, uses: Uses, lane: number): ScalarKernel => {
  const axis = kernel.shape.length - 1
  const size = (kernel.shape[axis] ?? 1) / LANES
  const place = sumOf(lane, [[LANES, { kind: 'axis', axis, size }]])
  const scalar = indexMapper((index, inner) => {
    if (!uses.index(index)) return index
    return substitute(index, (variable) => {
      if (variable.kind === 'axis') return variable.axis === axis ? place : null
      return variable.kind === 'dynamic' ? { ...variable, value: inner(variable.value) } : null
    })
  }, uses.scalar)
  return {
    ...kernel,
    shape: [...kernel.shape.slice(0, axis), size],
    body: scalar(kernel.body),
    epilogue: kernel.epilogue === null ? null : scalar(kernel.epilogue),
  }
}

/** True where the neighbours have something to share, or at least nothing to lose. */
const gains = (kernel: ScalarKernel, axis: number): boolean => {
  const branches = branchesOf([kernel]).map(({ lanes }) => {
    const uses = usesOf(axis)
    lanes.forEach(({ body }) => uses.scalar(body))
    const nodes = uses.nodes()
    return { length: nodes.length, shares: nodes.some((n) => n.kind === 'read' && !uses.scalar(n)) }
  })
  return (
    branches.every(({ length }) => length <= MOST_NODES) &&
    (kernel.combine === null || branches.some(({ shares }) => shares))
  )
}

/**
 * A kernel as the kernels of a thread's neighbouring outputs, in order: four of them on webgpu where the innermost
 * axis is a multiple of four, else the kernel itself.
 */
export const toLanes = (target: GpujsTarget, kernel: ScalarKernel): readonly ScalarKernel[] => {
  const inner = kernel.shape.at(-1) ?? 1
  const outputs = kernel.shape.reduce((all, size) => all * size, 1)
  if (target !== 'webgpu' || inner % LANES !== 0 || outputs < FEWEST_OUTPUTS) return [kernel]
  const uses = usesOf(kernel.shape.length - 1)
  const isRagged = kernel.loops.some((loop) => loop.extent !== undefined && uses.index(loop.extent))
  if (isRagged || !gains(kernel, kernel.shape.length - 1)) return [kernel]
  return Array.from({ length: LANES }, (_, lane) => laneOf(kernel, uses, lane))
}
