/**
 * One pass of a merge sort without shared memory or branches. Each place of the result finds by itself how many of
 * the elements before it come from the first run (the co-rank), by a binary search along its diagonal of the merge
 * (Odeh, Green, Mwassi, Shmueli and Birk 2012: Merge Path). A pass is one kernel of log n steps a thread; a bitonic
 * network has log n passes for each of these.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { Scalar } from '../../ir/scalar.js'
import { sizeOf } from '../../shape/dim.js'
import type { LoopNest, Primitive } from '../def.js'
import { apply, definePrimitive } from '../def.js'
import {
  binary,
  constant,
  dynamic,
  fromIndex,
  indexConst,
  indexSum,
  quotient,
  remainder,
  select,
  unary,
} from '../scalar-expression.js'
import { floatInput } from '../view/family.js'
import { checkWidth, orderable } from './line-types.js'
import { mapLines } from './line-values.js'
import { compareNumbers, precedes } from './sort-order.js'

export type MergeRunsAttributes = {
  /** Elements of a run; runs 0 and 1 are merged, 2 and 3, …; the last one may be shorter. */
  readonly width: number
  readonly descending: boolean
}

/** The places of one line in merged order. */
const mergedLine = ({ width, descending }: MergeRunsAttributes, keys: Float64Array): Float64Array => {
  const compare = compareNumbers(descending)
  const key = (place: number): number => keys[place] ?? Number.NaN
  const merged = new Float64Array(keys.length)
  for (let start = 0; start < keys.length; start += 2 * width) {
    const middle = Math.min(start + width, keys.length)
    const end = Math.min(start + 2 * width, keys.length)
    let [a, b] = [start, middle]
    for (let at = start; at < end; at++) {
      const takesFirst = a < middle && (b >= end || compare(key(b), key(a)) >= 0)
      merged[at] = takesFirst ? a++ : b++
    }
  }
  return merged
}

const minus = (x: Scalar, y: Scalar): Scalar => binary('sub', x, y)
const plus = (x: Scalar, y: Scalar): Scalar => binary('add', x, y)
const both = (x: Scalar, y: Scalar): Scalar => binary('and', x, y)

const mergeNest = ({ width, descending }: MergeRunsAttributes, size: number): LoopNest => ({
  loops: () => [],
  combine: null,
  body: ({ at, read }) => {
    const lead = at.slice(0, -1)
    const place = at.at(-1) ?? indexConst(0)
    const base = fromIndex(indexSum(0, [2 * width, quotient(place, 2 * width)]))
    const diagonal = fromIndex(remainder(place, 2 * width))
    const isWhole = size % (2 * width) === 0
    const left = minus(constant(size), base)
    const firsts = isWhole ? constant(width) : binary('min', constant(width), left)
    const seconds = isWhole
      ? constant(width)
      : binary('min', constant(width), binary('max', minus(left, constant(width)), constant(0)))
    const key = (position: Scalar): Scalar => read(0, [...lead, dynamic(position, size)])
    const first = (i: Scalar): Scalar => plus(base, i)
    const second = (i: Scalar): Scalar => plus(base, plus(constant(width), i))
    /** Whether element i of the first run stands before element j of the second, or there is none. */
    const firstIsNext = (i: Scalar, j: Scalar): Scalar =>
      both(
        binary('lt', i, firsts),
        binary(
          'or',
          binary('ge', j, seconds),
          unary('not', precedes(key(second(j)), key(first(i)), descending)),
        ),
      )
    let taken: Scalar = constant(0)
    for (let step = width; step >= 1; step /= 2) {
      const last = plus(taken, constant(step - 1))
      const isTaken = both(
        binary('lt', last, diagonal),
        firstIsNext(last, minus(diagonal, plus(last, constant(1)))),
      )
      taken = select(isTaken, plus(taken, constant(step)), taken)
    }
    const rest = minus(diagonal, taken)
    return select(firstIsNext(taken, rest), first(taken), second(rest))
  },
})

export const mergeRunsOp: Primitive<MergeRunsAttributes> = definePrimitive<MergeRunsAttributes>({
  name: 'mergeRuns',
  category: 'index',
  doc:
    'A pass of a stable merge sort along the last axis: runs of `width` (a power of two) elements, each sorted, are ' +
    'merged two by two. The result is where along the line each element of the merged runs is read (i24). NaN comes last.',
  attrs: t.readonly(t.strict({ width: t.number, descending: t.boolean })),
  type: ({ width }, inputs) =>
    pipe(
      checkWidth('mergeRuns', width),
      E.chain(() => orderable('mergeRuns', inputs, (inputs[0]?.shape.length ?? 0) - 1)),
      E.map(({ shape }) => [{ shape, dtype: 'i24' as const }]),
    ),
  evaluate: (attrs, [x], [output = []]) =>
    x === undefined ? [] : [mapLines([x], output, (keys = new Float64Array()) => mergedLine(attrs, keys))],
  vjp: () => [null],
  jvp: () => [null],
  batch: (_, { attrs, inputs }) => apply(mergeRunsOp, attrs, inputs),
  lower: {
    skeleton: 'search',
    nest: (attrs, inputs) => mergeNest(attrs, inputs[0]?.at(-1) ?? 1),
  },
  cost: ({ width }, [x]) => ({ flops: 14 * (Math.log2(width) + 2) * sizeOf(x?.shape ?? []) }),
  samples: [
    { attrs: { width: 1, descending: false }, inputs: [floatInput('n')] },
    { attrs: { width: 1, descending: true }, inputs: [floatInput('n', 5)] },
    {
      attrs: { width: 1, descending: false },
      inputs: [{ shape: [2, 'n'], dtype: 'i24', domain: { below: 3 } }],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})
