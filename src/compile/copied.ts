/** Kernels that only move elements, which a target may copy instead of launching. */
import { flatten } from '../ir/index-map.js'
import type { Index, Scalar } from '../ir/scalar.js'
import { stridesOf } from '../shape/dim.js'
import type { Piece, PlanKernel } from './plan.js'

/** The place of an element among all, in row-major order. */
export const flatIndex = (shape: readonly number[]): Index =>
  flatten(
    shape.map((size, axis): Index => ({ kind: 'axis', axis, size })),
    stridesOf(shape),
  )

/** A value made of pieces of others, one after another: what a backend copies. Its expression says the same. */
export const copied = (
  name: string,
  output: number,
  shape: readonly number[],
  pieces: readonly Piece[],
): PlanKernel => {
  const at = flatIndex(shape)
  const inputs = [...new Set(pieces.map(({ value }) => value))]
  const bodyOf = ({ value, from, to }: Piece): Scalar => ({
    kind: 'read',
    input: inputs.indexOf(value),
    index: from === to ? at : { kind: 'sum', constant: from - to, terms: [[1, at]] },
  })
  const [last, ...before] = pieces.toReversed()
  return {
    kind: 'kernel',
    name,
    skeleton: 'map',
    output,
    inputs,
    shape,
    loops: [],
    combine: null,
    body: before.reduce<Scalar>(
      (rest, piece) => ({
        kind: 'guard',
        condition: [{ index: at, low: piece.to, high: piece.to + piece.length }],
        x: bodyOf(piece),
        y: rest,
      }),
      last === undefined ? { kind: 'const', value: 0 } : bodyOf(last),
    ),
    epilogue: null,
    flops: 0,
    copies: pieces,
  }
}

/** Elements of a value for each number of `sizes`, one run after another, and where each run starts. */
export const inARow = (
  sizes: readonly number[],
): { readonly total: number; readonly starts: readonly number[] } => {
  let total = 0
  const starts = sizes.map((size) => {
    total += size
    return total - size
  })
  return { total, starts }
}
