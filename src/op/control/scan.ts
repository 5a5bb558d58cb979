import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Graph } from '../../ir/graph.js'
import { graphCodec } from '../../ir/graph-codec.js'
import type { NdArray } from '../def.js'
import { defineComposite } from '../def.js'
import type { TensorType } from '../../shape/dim.js'
import { printType, sameType, sizeOf } from '../../shape/dim.js'
import type { ScanAttributes } from './loop.js'
import { partsOf, sliceType } from './loop.js'
import { scanSamples } from './scan-samples.js'
import { mapScan, outputTypes, pullScan, pushScan, unrolled } from './scan-rules.js'

const refuse = (expected: string, found: string, hint: string): E.Either<TensorError, never> =>
  E.left(shapeError({ where: 'scan', expected, found, hint }))

/** What the body must be given: types of its inputs by position; null where a sequence has another length. */
const bodyInputs = (attrs: ScanAttributes, inputs: readonly TensorType[]): readonly (TensorType | null)[] => {
  const { init, sequences, captured } = partsOf(attrs, inputs)
  return [
    ...init,
    ...sequences.map((type) => (type.shape[0] === attrs.length ? sliceType(type) : null)),
    ...captured,
  ]
}

/** The positions that a closed graph reads, with the types it states for them. */
const readPositions = ({ nodes }: Graph): ReadonlyMap<number, TensorType | undefined> =>
  new Map(
    nodes.flatMap(({ op, attrs, outputs }) => (op === 'input' ? [[Number(attrs['name']), outputs[0]]] : [])),
  )

const printMaybe = (type: TensorType | null | undefined): string => (type ? printType(type) : 'nothing')

const scanType = (
  attrs: ScanAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const { body, length, carries, sequences } = attrs
  const given = bodyInputs(attrs, inputs)
  if (inputs.length < carries + sequences || given.includes(null))
    return refuse(
      `${carries} carries, then ${sequences} sequences of length ${length}`,
      inputs.map(printType).join(', ') || 'none',
      'all sequences of a loop are as long as it has steps',
    )
  const read = readPositions(body)
  const wrong = [...read].find(([at, type]) => {
    const operand = given[at]
    return !operand || type === undefined || !sameType(operand, type)
  })
  if (wrong !== undefined)
    return refuse(
      `an operand ${printMaybe(wrong[1])} for input ${wrong[0]} of the body`,
      printMaybe(given[wrong[0]]),
      'a body is given the carry, one slice of each sequence and what was captured',
    )
  const unread = given.findIndex((_, at) => at >= carries + sequences && !read.has(at))
  if (unread >= 0)
    return refuse(
      `a body that reads what is captured for it`,
      `operand ${unread}, ${printMaybe(given[unread])}, unread`,
      'leave out what the body does not use',
    )
  const results = outputTypes(body)
  const changed = Array.from({ length: carries }).findIndex((_, i) => {
    const [before, after] = [inputs[i], results[i]]
    return before === undefined || after === undefined || !sameType(before, after)
  })
  if (changed >= 0)
    return refuse(
      `a step whose carry ${changed} is ${printMaybe(inputs[changed])} again`,
      printMaybe(results[changed]),
      'a step gives a carry of the types it was given',
    )
  return E.right([
    ...results.slice(0, carries).map(({ shape, dtype }) => ({ shape, dtype })),
    ...results.slice(carries).map(({ shape, dtype }) => ({ shape: [length, ...shape], dtype })),
  ])
}

const count = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'a count')

const joinRows = (rows: readonly NdArray[], shape: readonly number[]): NdArray => {
  const data = new Float64Array(sizeOf(shape))
  const size = rows.length === 0 ? 0 : data.length / rows.length
  rows.forEach((row, i) => data.set(row.data, i * size))
  return { shape, data }
}

const rowAt = ({ shape, data }: NdArray, row: number): NdArray => {
  const own = shape.slice(1)
  const size = sizeOf(own)
  return { shape: own, data: data.subarray(row * size, (row + 1) * size) }
}

export const scanOp = defineComposite<ScanAttributes>({
  name: 'scan',
  category: 'control',
  doc:
    'A loop: (carryₜ₊₁, pieceₜ) = body(carryₜ, sliceₜ, captured), t = 0 … length − 1, or backwards with `reverse`. ' +
    'Operands are the first carry, sequences with the steps along axis 0, and what the body reads besides; results ' +
    'are the last carry and all pieces, stacked along a new axis 0. As `lax.scan` in JAX.',
  attrs: t.readonly(
    t.strict({
      body: graphCodec,
      length: count,
      carries: count,
      sequences: count,
      reverse: t.boolean,
      unroll: t.boolean,
    }),
  ),
  type: scanType,
  // What is in the body is not known here: one operation for each number it makes.
  cost: ({ body, length }) => ({
    flops:
      length *
      body.nodes.reduce(
        (sum, { outputs }) => sum + outputs.reduce((n, { shape }) => n + sizeOf(shape), 0),
        0,
      ),
  }),
  expand: unrolled,
  evaluate: 'expand',
  interpret: (attrs, run) => {
    const step = run(attrs.body)
    return (inputs, outputs) => {
      const { init, sequences, captured } = partsOf(attrs, inputs)
      let carry = init
      const rows: (readonly NdArray[])[] = []
      for (let i = 0; i < attrs.length; i++) {
        const at = attrs.reverse ? attrs.length - 1 - i : i
        const results = step([...carry, ...sequences.map((x) => rowAt(x, at)), ...captured])
        carry = results.slice(0, attrs.carries)
        rows[at] = results.slice(attrs.carries)
      }
      return [
        ...carry,
        ...outputs.slice(attrs.carries).map((shape, i) =>
          joinRows(
            rows.flatMap((row) => row[i] ?? []),
            shape,
          ),
        ),
      ]
    }
  },
  vjp: pullScan,
  jvp: pushScan,
  batch: mapScan,
  lower: { skeleton: 'loop' },
  keepWhole: ({ length, unroll }) => !unroll && length > 1,
  samples: scanSamples,
  tolerance: { relative: 2e-6 },
  laws: [],
})
