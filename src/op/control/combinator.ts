import { fail, optionError, shapeError } from '../../error/error.js'
import type { Sequence } from '../../ir/sequence.js'
import { tensorPaths, tensorsOf, withTensors } from '../../ir/tensor-tree.js'
import { printType, sameType } from '../../shape/dim.js'
import { apply } from '../def.js'
import { filled } from '../leaf/constant.js'
import type { Loop } from './loop.js'
import { loop } from './loop.js'
import { scanOp } from './scan.js'

/** Steps up to which a loop is copies of its body unless told otherwise. */
const UNROLL = 8

export interface ScanOptions<N extends number> {
  /** How many steps; needed only where there is no sequence to tell. */
  readonly length?: N
  /** From the last place to the first; each y still stands where its x stood. */
  readonly reverse?: boolean
  /**
   * Most steps for which the loop is compiled as copies of its body, which fuse with each other and with what is
   * around; 8 unless stated. 0 always makes a loop, Infinity never.
   */
  readonly unroll?: number
}

/** What a step makes of a carry and a slice. */
export interface ScanStep<C, Y> {
  readonly carry: C
  readonly y: Y
}

export interface Scanned<C, Ys> {
  /** The carry after the last step. */
  readonly carry: C
  /** What all steps put out, stacked. */
  readonly ys: Ys
}

/** How many steps the sequences and the option say. */
const lengthOf = (xs: unknown, stated: number | undefined): number => {
  const [first, ...others] = tensorPaths(xs).map(({ path, leaf }) => ({ path, leaf, size: leaf.shape[0] }))
  const length = first === undefined ? stated : first.size
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0)
    return fail(
      first === undefined
        ? optionError({
            where: 'scan',
            expected: 'a sequence, or a length that is a count of steps',
            found: stated === undefined ? 'neither' : `length ${stated}`,
            hint: 'without sequences say how many steps: scan(step, init, { length: 10 })',
          })
        : shapeError({
            where: 'scan',
            expected: 'sequences with a leading axis of known size',
            found: `${printType(first.leaf)} at ${first.path || 'xs'}`,
            hint: 'axis 0 is the axis that is stepped along; its size is the number of steps',
          }),
    )
  const other = others.find(({ size }) => size !== length)
  if (other !== undefined || (stated !== undefined && stated !== length))
    return fail(
      shapeError({
        where: 'scan',
        expected: `${length} steps, the leading axis of ${first?.path || 'xs'}, everywhere`,
        found: other === undefined ? `length ${stated}` : `${printType(other.leaf)} at ${other.path}`,
        hint: 'all sequences of a loop are as long as it has steps',
      }),
    )
  return length
}

/** The carry must come out with the structure and types it went in with, or it could not go in again. */
const checkCarry = (init: unknown, next: unknown): void => {
  const [before, after] = [tensorPaths(init), tensorPaths(next)]
  const wrong = before.findIndex(({ path, leaf }, i) => {
    const found = after[i]
    return found === undefined || found.path !== path || !sameType(found.leaf, leaf)
  })
  if (wrong < 0 && before.length === after.length) return
  const [expected, found] = [
    before[wrong < 0 ? before.length : wrong],
    after[wrong < 0 ? before.length : wrong],
  ]
  const print = (leaf: (typeof before)[number] | undefined): string =>
    leaf === undefined
      ? 'nothing'
      : `${printType(leaf.leaf)} at ${['carry', leaf.path].filter(Boolean).join('.')}`
  fail(
    shapeError({
      where: 'scan',
      expected: print(expected),
      found: print(found),
      hint: 'a step gives a carry of the same structure and types as it was given',
    }),
  )
}

const builder: Loop = {
  scan: (attrs, operands) => apply(scanOp, attrs, operands),
  constant: (value, shape = [], dtype = 'f32') => filled(value, shape, dtype),
}

/**
 * A loop with a carry: `pipe(xs, scan(step, init))` takes the slices x₀, x₁, … of xs along axis 0 and gives the carry
 * after the last step and the stacked ys, where { carry, y } = step(carry, x). Carry, x and y are trees of tensors.
 *
 * `step` is called once, to see what it does. It may use tensors from outside; what it computes of them alone is
 * computed once. Differentiable in the carry, xs and tensors from outside: a gradient keeps the carries of all steps
 * and computes the rest of each step again. Kernels and compile time do not grow with the number of steps beyond
 * `unroll`. As `lax.scan` in JAX.
 * @throws TraceFailure with a ShapeError where sequences differ in length or the carry changes its type.
 */
export const scan =
  <C, X, Y, const N extends number = number>(
    step: (carry: C, x: X) => ScanStep<NoInfer<C>, Y>,
    init: C,
    options: ScanOptions<N> = {},
  ) =>
  <const T extends number = N>(xs: Sequence<X, T>): Scanned<C, Sequence<Y, T>> => {
    const length = lengthOf(xs, options.length)
    const kept: { next?: ScanStep<C, Y> } = {}
    const settings = {
      length,
      reverse: options.reverse ?? false,
      unroll: length <= (options.unroll ?? UNROLL),
      saveStates: true,
    }
    const { carry, stacked } = loop(builder, settings, tensorsOf(init), tensorsOf(xs), (now, slices) => {
      const next = step(withTensors(init, now), withTensors<unknown>(xs, slices) as X)
      checkCarry(init, next.carry)
      kept.next = next
      return { carry: tensorsOf(next.carry), pieces: tensorsOf(next.y) }
    })
    if (kept.next === undefined) throw new TypeError('the step was not called')
    return {
      carry: withTensors(init, carry),
      ys: withTensors<unknown>(kept.next.y, stacked) as Sequence<Y, T>,
    }
  }
