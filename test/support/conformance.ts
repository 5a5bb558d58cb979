/** Fixed applications of every op, as one program a category, and how far a device is from the interpreter. */
import fc from 'fast-check'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { pullBack } from '../../src/grad/vjp.js'
import type { Op } from '../../src/op/def.js'
import { apply } from '../../src/op/def.js'
import { build, ops } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import type { Bindings } from '../../src/run/reference.js'
import { interpret } from '../../src/run/reference.js'
import type { Case } from './arbitrary.js'
import { applications, noise } from './arbitrary.js'
import { expectRight } from './gpu-environment.js'

/** Applications of an op that every run draws alike. */
const SEED = 20_230_913
const CASES = 6
/**
 * Drawn values are dyadic, and sums of their products exact in float32. Times this they are not, so that every
 * op has rounding to bound; signs, order and domains stay as they were.
 */
const INEXACT = 0.9

export interface ConformanceProgram {
  readonly graph: Graph
  readonly bindings: Bindings
}

type Result = { readonly name: string; readonly tensor: Tensor }

/** The op at one case: its results and the gradients of all its f32 operands for random cotangents. */
const applied = (
  op: Op,
  c: Case,
  label: string,
): { readonly results: readonly Result[]; readonly bindings: Bindings } => {
  const inputs = c.types.map(({ shape, dtype }, i) => inputTensor(`${label} x${i}`, shape, dtype))
  const variables = inputs.map((input) => (input.dtype === 'f32' ? build.identity(input) : input))
  const outputs = apply(op, c.attrs, variables)
  const floats = outputs.filter(({ dtype }) => dtype === 'f32')
  const sources = variables.filter(({ dtype }) => dtype === 'f32')
  const cotangents = floats.map(({ shape }, i) => inputTensor(`${label} g${i}`, shape, 'f32'))
  const gradients = floats.length === 0 || sources.length === 0 ? [] : pullBack(floats, cotangents, sources)
  const arrays = [
    ...inputs.map((tensor, i) => {
      const data = c.inputs[i]?.data ?? new Float64Array()
      const isFloat = tensor.dtype === 'f32'
      return { tensor, data: isFloat ? data.map((x) => Math.fround(INEXACT * x)) : data }
    }),
    ...cotangents.map((tensor, i) => {
      const size = tensor.shape.reduce<number>((product, dim) => product * Number(dim), 1)
      return { tensor, data: Float64Array.from(noise(c.seed, i, size), Math.fround) }
    }),
  ]
  return {
    results: [
      ...outputs.map((tensor, i) => ({ name: `${label} y${i}`, tensor })),
      ...gradients.map((tensor, i) => ({ name: `${label} d${i}`, tensor })),
    ],
    bindings: Object.fromEntries(
      arrays.map(({ tensor, data }) => [
        tensor.node.attrs['name'] as string,
        { shape: tensor.shape.map(Number), data },
      ]),
    ),
  }
}

/** All fixed cases of some ops as one graph; results are named `op case yN` or `op case dN`. */
export const conformanceProgram = (chosen: readonly Op[]): ConformanceProgram => {
  const parts = chosen.flatMap((op) =>
    [false, true]
      .flatMap((empty) => fc.sample(applications(op, { empty }), { seed: SEED, numRuns: empty ? 2 : CASES }))
      .map((c, i) => applied(op, c, `${op.name} ${i}`)),
  )
  return {
    graph: toGraph(parts.flatMap(({ results }) => results)),
    bindings: Object.assign({}, ...parts.map(({ bindings }) => bindings)) as Bindings,
  }
}

/** Ops that compute something, by category; a category is one program. */
export const categories = (): ReadonlyMap<string, readonly Op[]> => {
  const found = new Map<string, Op[]>()
  for (const op of Object.values(ops)) {
    if (op.samples.length === 0) continue
    found.set(op.category, [...(found.get(op.category) ?? []), op])
  }
  return found
}

/** The results of a graph on a device. */
export const runOn = async (
  device: Device,
  { graph, bindings }: ConformanceProgram,
): Promise<ReadonlyMap<string, Float32Array>> => {
  const loaded = expectRight(await device.load(graph, { inputs: Object.keys(bindings), carries: [] })())
  for (const [name, { data }] of Object.entries(bindings))
    expectRight(loaded.write(name, Float32Array.from(data)))
  expectRight(await loaded.run())
  const results = new Map<string, Float32Array>()
  for (const { name } of graph.outputs) results.set(name, expectRight(await loaded.read(name)()))
  loaded.destroy()
  return results
}

const largest = (values: Float64Array): number =>
  values.reduce((norm, value) => (Number.isFinite(value) ? Math.max(norm, Math.abs(value)) : norm), 0)

/** ‖found − expected‖∞; infinite where a special value is not met. */
const distance = (found: ArrayLike<number>, expected: Float64Array): number =>
  expected.reduce((worst, wanted, i) => {
    const value = found[i] ?? Number.NaN
    if (Object.is(value, wanted) || value === wanted) return worst
    return Math.max(worst, Number.isNaN(value - wanted) ? Infinity : Math.abs(value - wanted))
  }, 0)

export interface OpError {
  readonly op: string
  /** Worst over the results of all cases, and over their gradients. */
  readonly value: number
  readonly gradient: number
  /** The case that was worst. */
  readonly worst: string
}

/**
 * The worst errors of each op of a program on a device, relative to the largest number among the results (or
 * gradients) of the same application: the planes of a spectrum are one result.
 */
export const opErrors = async (device: Device, program: ConformanceProgram): Promise<readonly OpError[]> => {
  const found = await runOn(device, program)
  const expected = interpret(program.graph, program.bindings)
  const groupOf = (name: string): string => name.replace(/\d+$/, '')
  const scales = new Map<string, number>()
  for (const [name, { data }] of expected)
    scales.set(groupOf(name), Math.max(scales.get(groupOf(name)) ?? 0, largest(data)))
  const worst = new Map<string, OpError>()
  for (const [name, { data }] of expected) {
    const [op = '', , part = ''] = name.split(' ')
    const known = worst.get(op) ?? { op, value: 0, gradient: 0, worst: '' }
    const away = distance(found.get(name) ?? new Float32Array(), data)
    const error = away === 0 ? 0 : away / (scales.get(groupOf(name)) ?? 0)
    const kind = part.startsWith('y') ? 'value' : 'gradient'
    worst.set(op, error > known[kind] ? { ...known, [kind]: error, worst: name } : known)
  }
  return [...worst.values()]
}
