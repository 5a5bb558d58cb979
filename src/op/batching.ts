/** What batch rules share: where a new leading axis goes when operands differ in having it, or in rank. */
import type { Tensor } from '../ir/tensor.js'
import type { Builder } from './builder.js'
import type { BatchRule, BatchSite } from './def.js'

/** An axis of one example as an axis of all of them; counted from the end it stays. */
export const behindNewAxis = (axis: number): number => (axis < 0 ? axis : axis + 1)

/** Operand number `i` with the new axis first, repeated along it where it has none. */
export const mappedOperand = <A>(b: Builder, { inputs, isMapped, size }: BatchSite<A>, i: number): Tensor => {
  const x = inputs[i]
  if (x === undefined) throw new RangeError(`no operand ${i}`)
  return isMapped[i] === true ? x : b.broadcast(x, [size, ...x.shape])
}

/** All operands with the new axis first. */
export const mappedOperands = <A>(b: Builder, site: BatchSite<A>): readonly Tensor[] =>
  site.inputs.map((_, i) => mappedOperand(b, site, i))

/**
 * Operands that broadcast against each other as they did without the new axis: where a mapped one has a lower
 * rank than another, axes of size 1 come between the new axis and its own.
 */
export const alignedOperands = <A>(b: Builder, { inputs, isMapped }: BatchSite<A>): readonly Tensor[] => {
  const rank = Math.max(...inputs.map(({ shape }, i) => shape.length - (isMapped[i] === true ? 1 : 0)))
  return inputs.map((x, i) => {
    const [size, ...own] = x.shape
    return isMapped[i] !== true || size === undefined || own.length === rank
      ? x
      : b.reshape(x, [size, ...Array.from({ length: rank - own.length }, () => 1), ...own])
  })
}

/** The rule of an op that takes any leading axes, as long as all operands have the same ones. */
export const alongLeadingAxes =
  <A>(again: (b: Builder, attrs: A, inputs: readonly Tensor[]) => readonly Tensor[]): BatchRule<A> =>
  (b, site) =>
    again(b, site.attrs, mappedOperands(b, site))
