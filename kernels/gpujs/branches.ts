import { indexKey, simplifyCondition } from '../../src/ir/index-map.js'
import type { Condition, ScalarKernel } from '../../src/ir/scalar.js'
import { factsOf } from './scope.js'

/**
 * A reduction whose body asks first where its output is (several reductions side by side, or one that is padded):
 * the question is put once, before the loops, and each answer has loops of its own.
 */

const keyOf = (condition: Condition): string =>
  condition.map(({ index, low, high }) => `${low}<=${indexKey(index)}<${high}`).join('&')

/** What to ask, and the kernels of neighbouring outputs where it holds; the last of a list asks nothing. */
export interface Branch {
  readonly condition: Condition | null
  readonly lanes: readonly ScalarKernel[]
}

interface Fork {
  readonly condition: Condition
  readonly yes: ScalarKernel
  readonly no: ScalarKernel
}

/** The question of a kernel and the kernels for either answer; null where there is none or it changes with the loops. */
const forkOf = (kernel: ScalarKernel): Fork | null => {
  const { body, epilogue, combine } = kernel
  if (combine === null || body.kind !== 'guard' || kernel.shape.includes(0)) return null
  const condition = simplifyCondition(body.condition)
  // What always or never holds is not asked.
  if (condition === null) return forkOf({ ...kernel, body: body.y })
  if (condition.length === 0) return forkOf({ ...kernel, body: body.x })
  if (factsOf([kernel]).levelOfCondition(condition) > 0) return null
  const isAskedAgain = epilogue?.kind === 'guard' && keyOf(epilogue.condition) === keyOf(body.condition)
  return {
    condition,
    yes: { ...kernel, body: body.x, epilogue: isAskedAgain ? epilogue.x : epilogue },
    no: { ...kernel, body: body.y, epilogue: isAskedAgain ? epilogue.y : epilogue },
  }
}

/** What kernels of neighbouring outputs do where: each branch holds where those before it do not. */
export const branchesOf = (lanes: readonly ScalarKernel[]): readonly Branch[] => {
  const forks = lanes.flatMap((lane) => forkOf(lane) ?? [])
  const [first] = forks
  const isOne = new Set(forks.map(({ condition }) => keyOf(condition))).size === 1
  if (first === undefined || forks.length < lanes.length || !isOne) return [{ condition: null, lanes }]
  return [
    { condition: first.condition, lanes: forks.map(({ yes }) => yes) },
    ...branchesOf(forks.map(({ no }) => no)),
  ]
}
