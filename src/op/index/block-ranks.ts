/**
 * Sorting short lines by counting: an element's rank is how many stand before it. Two kernels of `width` steps a
 * thread, ranks and their inverse, do what merging does in log2(width) kernels.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { Combine, Index, Scalar } from '../../ir/scalar.js'
import { sizeOf } from '../../shape/dim.js'
import type { LoopNest, LoopScope, Primitive } from '../def.js'
import { apply, definePrimitive } from '../def.js'
import { oneOperand } from '../operands.js'
import {
  binary,
  constant,
  fromIndex,
  guard,
  indexConst,
  indexSum,
  quotient,
  select,
  within,
} from '../scalar-expression.js'
import { floatInput } from '../view/family.js'
import { checkWidth, orderable } from './line-types.js'
import { mapLines } from './line-values.js'
import { compareNumbers, precedes } from './sort-order.js'

/** A loop over the block of `width` elements that the place lies in; beyond the line's end it meets `outside`. */
const blockNest = (
  width: number,
  size: number,
  combine: Combine,
  outside: number,
  body: (scope: LoopScope & { readonly own: Index; readonly other: Index; readonly base: Index }) => Scalar,
): LoopNest => ({
  loops: () => [{ size: Math.min(width, size) }],
  combine,
  body: (scope) => {
    const own = scope.at.at(-1) ?? indexConst(0)
    const base = indexSum(0, [width, quotient(own, width)])
    const other = indexSum(0, [1, base], [1, scope.counters[0] ?? indexConst(0)])
    return guard([within(other, 0, size)], body({ ...scope, own, other, base }), constant(outside))
  },
})

export type BlockRanksAttributes = { readonly width: number; readonly descending: boolean }

export const blockRanksOp: Primitive<BlockRanksAttributes> = definePrimitive<BlockRanksAttributes>({
  name: 'blockRanks',
  category: 'index',
  doc:
    'The place of each element when each block of `width` (a power of two) elements of the last axis is sorted by ' +
    'itself: the block’s first place and how many of its elements stand before this one. Stable, NaN last.',
  attrs: t.readonly(t.strict({ width: t.number, descending: t.boolean })),
  type: ({ width }, inputs) =>
    pipe(
      checkWidth('blockRanks', width),
      E.chain(() => orderable('blockRanks', inputs, (inputs[0]?.shape.length ?? 0) - 1)),
      E.map(({ shape }) => [{ shape, dtype: 'i24' as const }]),
    ),
  evaluate: ({ width, descending }, [x], [output = []]) =>
    x === undefined
      ? []
      : [
          mapLines([x], output, (line = new Float64Array()) => {
            const compare = compareNumbers(descending)
            return line.map((value, i) => {
              const base = Math.floor(i / width) * width
              return line.subarray(base, base + width).reduce((rank, other, j) => {
                const sign = compare(other, value)
                return rank + Number(sign < 0 || (sign === 0 && base + j < i))
              }, base)
            })
          }),
        ],
  vjp: () => [null],
  jvp: () => [null],
  batch: (_, { attrs, inputs }) => apply(blockRanksOp, attrs, inputs),
  lower: {
    skeleton: 'search',
    nest: ({ width, descending }, [shape = []]) =>
      blockNest(width, shape.at(-1) ?? 1, 'sum', 0, ({ at, counters, own, other, base, read }) => {
        const value = read(0, at)
        const compared = read(0, [...at.slice(0, -1), other])
        const isBefore = binary('lt', fromIndex(other), fromIndex(own))
        const counts = select(
          precedes(compared, value, descending),
          constant(1),
          select(precedes(value, compared, descending), constant(0), isBefore),
        )
        // The block's first place is added once, by the first turn.
        const start = guard([within(counters[0] ?? indexConst(0), 0, 1)], fromIndex(base), constant(0))
        return binary('add', counts, start)
      }),
  },
  cost: ({ width }, [x]) => ({ flops: 10 * width * sizeOf(x?.shape ?? []) }),
  samples: [
    { attrs: { width: 8, descending: false }, inputs: [floatInput('n', 5)] },
    { attrs: { width: 2, descending: true }, inputs: [floatInput('n')] },
    {
      attrs: { width: 4, descending: true },
      inputs: [{ shape: ['n', 6], dtype: 'i24', domain: { below: 3 } }],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

export type BlockInverseAttributes = { readonly width: number }

export const blockInverseOp: Primitive<BlockInverseAttributes> = definePrimitive<BlockInverseAttributes>({
  name: 'blockInverse',
  category: 'index',
  doc:
    'For each place of the last axis the last place in the same block of `width` (a power of two) elements whose ' +
    'i24 element names it, or -1: the inverse of a permutation within blocks.',
  attrs: t.readonly(t.strict({ width: t.number })),
  type: ({ width }, inputs) =>
    pipe(
      checkWidth('blockInverse', width),
      E.chain(() => oneOperand('blockInverse', 'i24', inputs)),
      E.chain((x) => orderable('blockInverse', [x], x.shape.length - 1)),
      E.map(({ shape }) => [{ shape, dtype: 'i24' as const }]),
    ),
  evaluate: ({ width }, [x], [output = []]) =>
    x === undefined
      ? []
      : [
          mapLines([x], output, (line = new Float64Array()) =>
            line.map((_, i) => {
              const base = Math.floor(i / width) * width
              const found = line.subarray(base, base + width).lastIndexOf(i)
              return found < 0 ? -1 : base + found
            }),
          ),
        ],
  vjp: () => [null],
  jvp: () => [null],
  batch: (_, { attrs, inputs }) => apply(blockInverseOp, attrs, inputs),
  lower: {
    skeleton: 'search',
    nest: ({ width }, [shape = []]) =>
      blockNest(width, shape.at(-1) ?? 1, 'max', -1, ({ at, own, other, read }) =>
        select(
          binary('eq', read(0, [...at.slice(0, -1), other]), fromIndex(own)),
          fromIndex(other),
          constant(-1),
        ),
      ),
  },
  cost: ({ width }, [x]) => ({ flops: 3 * width * sizeOf(x?.shape ?? []) }),
  samples: [
    { attrs: { width: 8 }, inputs: [{ shape: ['n', 5], dtype: 'i24', domain: { below: 5 } }] },
    { attrs: { width: 2 }, inputs: [{ shape: ['n'], dtype: 'i24', domain: { below: 'n' } }] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})
