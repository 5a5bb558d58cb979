/** Every op at stratified inputs, as programs whose inputs can be filled again and again. */
import fc from 'fast-check'
import { batchResults } from '../../../src/grad/batch.js'
import { pullBack } from '../../../src/grad/vjp.js'
import type { Graph } from '../../../src/ir/graph.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Op, SampleInput } from '../../../src/op/def.js'
import { apply } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import { sizeOf } from '../../../src/shape/dim.js'
import type { Case } from '../arbitrary.js'
import { applications } from '../arbitrary.js'
import { apartRows, domainRows, stratified } from './strata.js'

/** Values of all inputs by name, in float32. */
export type Values = ReadonlyMap<string, Float32Array>

export interface AccuracyProgram {
  readonly graph: Graph
  /** The shapes of the inputs. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** Values of chunk number `chunk`; chunk 0 is what every run begins with. */
  readonly values: (chunk: number) => Values
}

interface Part {
  readonly results: readonly { readonly name: string; readonly tensor: Tensor }[]
  readonly shapes: readonly (readonly [string, readonly number[]])[]
  readonly values: (chunk: number) => readonly (readonly [string, Float32Array])[]
}

const programOf = (parts: readonly Part[]): AccuracyProgram => ({
  graph: toGraph(parts.flatMap(({ results }) => results)),
  shapes: new Map(parts.flatMap(({ shapes }) => shapes)),
  values: (chunk) => new Map(parts.flatMap(({ values }) => values(chunk))),
})

/** Numbers for operands that are not f32: few, so that all combinations come soon. */
const wholeNumbers = (input: SampleInput, axis: number, start: number, count: number): Float32Array => {
  const below = input.dtype === 'bool' ? 2 : 5
  const repeat = below ** axis
  return Float32Array.from({ length: count }, (_, i) => Math.floor((start + i) / repeat) % below)
}

/** An elementwise op at `count` places a chunk, over the whole range of its record; its result is named by the op. */
const elementwisePart = (op: Op, count: number): Part => {
  const operands = op.samples[0]?.inputs ?? []
  const nameOf = (i: number): string => `${op.name} x${i}`
  const inputs = operands.map(({ dtype }, i) => inputTensor(nameOf(i), [count], dtype))
  const floats = operands.flatMap(({ dtype }, i) => (dtype === 'f32' ? [i] : []))
  return {
    results: apply(op, {}, inputs).map((tensor) => ({ name: op.name, tensor })),
    shapes: inputs.map((_, i) => [nameOf(i), [count]] as const),
    values: (chunk) => {
      const numbers = stratified(
        floats.map((i) => op.range?.[i]),
        chunk * count,
        count,
      )
      return operands.map((input, i) => {
        const place = floats.indexOf(i)
        const drawn = place < 0 ? wholeNumbers(input, i, chunk * count, count) : numbers[place]
        return [nameOf(i), drawn ?? new Float32Array(0)] as const
      })
    },
  }
}

export const elementwiseProgram = (chosen: readonly Op[], count: number): AccuracyProgram =>
  programOf(chosen.map((op) => elementwisePart(op, count)))

/** Applications of an op that every run draws alike, of which the one with the most arithmetic is measured. */
const SEED = 20_230_913
const DRAWN = 8

interface Weighed {
  readonly drawn: Case
  /** Numbers among the results, and arithmetic for them. */
  readonly size: number
  readonly flops: number
}

const weigh =
  (op: Op) =>
  (drawn: Case): Weighed => {
    const inputs = drawn.types.map(({ shape, dtype }, i) => inputTensor(`x${i}`, shape, dtype))
    const outputs = apply(op, drawn.attrs, inputs)
    return {
      drawn,
      size: outputs.reduce((sum, { shape }) => sum + sizeOf(shape.map(Number)), 0),
      flops: op.cost(drawn.attrs, drawn.types, outputs).flops,
    }
  }

/** Of some applications of the op the one with the most arithmetic; of equals, that with the largest results. */
const largestCase = (op: Op): Weighed => {
  const [first, ...others] = fc.sample(applications(op), { seed: SEED, numRuns: DRAWN }).map(weigh(op))
  if (first === undefined) throw new RangeError(`${op.name} has no samples`)
  return others.reduce(
    (best, next) =>
      next.flops > best.flops || (next.flops === best.flops && next.size > best.size) ? next : best,
    first,
  )
}

const sizeBelow = ({ domain }: SampleInput, { sizes }: Case): number => {
  const below = typeof domain === 'object' ? domain.below : 0
  return typeof below === 'string' ? (sizes[below] ?? 1) : below
}

/** Values of all inputs of rows `start` to `start + rows`; those 'apart' differ from one another in one row. */
const rowsOf = (c: Case, start: number, rows: number): readonly Float32Array[] => {
  const isApart = c.sample.inputs.map(({ domain }) => domain === 'apart')
  const sizes = c.types.map(({ shape }) => sizeOf(shape.map(Number)))
  const width = sizes.reduce((sum, size, i) => sum + (isApart[i] === true ? size : 0), 0)
  const distinct = width === 0 ? new Float32Array(0) : apartRows(start, rows, width)
  const place = { at: 0 }
  return c.sample.inputs.map((input, i) => {
    const size = sizes[i] ?? 0
    const { domain } = input
    if (domain !== 'apart') return domainRows(domain, sizeBelow(input, c), { start, rows, size, stream: i })
    const from = place.at
    place.at += size
    return Float32Array.from(
      { length: rows * size },
      (_, flat) => distinct[Math.floor(flat / size) * width + from + (flat % size)] ?? 0,
    )
  })
}

/**
 * An op mapped over as many rows of inputs as make `count` results a chunk, with the gradients of all its f32
 * operands for stratified cotangents. Results are named `op y0`, `op d0`.
 */
const mappedPart = (op: Op, count: number): Part => {
  const { drawn, size } = largestCase(op)
  const rows = Math.max(1, Math.ceil(count / Math.max(size, 1)))
  const inputs = drawn.types.map(({ shape, dtype }, i) => inputTensor(`one ${op.name} x${i}`, shape, dtype))
  const variables = inputs.map((input) => (input.dtype === 'f32' ? build.identity(input) : input))
  const outputs = apply(op, drawn.attrs, variables)
  const floats = outputs.filter(({ dtype }) => dtype === 'f32')
  const sources = variables.filter(({ dtype }) => dtype === 'f32')
  const cotangents = floats.map(({ shape }, i) => inputTensor(`one ${op.name} g${i}`, shape, 'f32'))
  const gradients = floats.length === 0 || sources.length === 0 ? [] : pullBack(floats, cotangents, sources)
  const fed = [...inputs, ...cotangents]
  const nameOf = (i: number): string => `${op.name} x${i}`
  const shapes = fed.map(({ shape }) => [rows, ...shape.map(Number)])
  const stacked = fed.map(({ dtype }, i) => inputTensor(nameOf(i), shapes[i] ?? [], dtype))
  const mapped = batchResults([...outputs, ...gradients], fed, stacked, rows)
  return {
    results: mapped.map((tensor, i) => ({
      name: `${op.name} ${i < outputs.length ? `y${i}` : `d${i - outputs.length}`}`,
      tensor,
    })),
    shapes: shapes.map((shape, i) => [nameOf(i), shape] as const),
    values: (chunk) => {
      const start = chunk * rows
      const directions = cotangents.map(({ shape }, i) =>
        domainRows('nonzero', 0, { start, rows, size: sizeOf(shape.map(Number)), stream: 100 + i }),
      )
      return [...rowsOf(drawn, start, rows), ...directions].map((data, i) => [nameOf(i), data] as const)
    },
  }
}

export const mappedProgram = (chosen: readonly Op[], count: number): AccuracyProgram =>
  programOf(chosen.map((op) => mappedPart(op, count)))
