/** The worst errors of ops on devices, in units in the last place. */
import type { Op } from '../../../src/op/def.js'
import type { Device, LoadedGraph } from '../../../src/run/device.js'
import { interpret } from '../../../src/run/reference.js'
import { expectRight } from '../gpu-environment.js'
import type { AccuracyProgram } from './programs.js'
import { elementwiseProgram, mappedProgram } from './programs.js'
import { distance, largest, unitsOf, unitsOff } from './units.js'

export interface Worst {
  readonly value: number
  readonly gradient: number
}

/** By target, then by op. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, Worst>>

export interface Amount {
  /** Places at which each elementwise op is tried, … */
  readonly places: number
  /** … and numbers looked at of the results of every other op, and of every gradient. */
  readonly results: number
}

/** So many numbers are handled at once: the most that memory is asked for, and the least of one run. */
const PLACES_AT_ONCE = 2 ** 16
const RESULTS_AT_ONCE = 2 ** 14

type Results = ReadonlyMap<string, ArrayLike<number>>
/** The errors of one run, by op. */
type Judge = (found: Results, exact: Results) => ReadonlyMap<string, Worst>

const judgePlaces: Judge = (found, exact) =>
  new Map(
    [...exact].map(([op, wanted]) => {
      const values = found.get(op) ?? []
      let value = 0
      for (let i = 0; i < wanted.length; i++)
        value = Math.max(value, unitsOff(values[i] ?? Number.NaN, wanted[i] ?? Number.NaN))
      return [op, { value, gradient: 0 }]
    }),
  )

const judgeResults: Judge = (found, exact) => {
  const scales = new Map<string, number>()
  const groupOf = (name: string): string => name.replace(/\d+$/, '')
  for (const [name, wanted] of exact)
    scales.set(groupOf(name), Math.max(scales.get(groupOf(name)) ?? 0, largest(wanted)))
  const worst = new Map<string, Worst>()
  for (const [name, wanted] of exact) {
    const [op = '', part = ''] = name.split(' ')
    const error = unitsOf(distance(found.get(name) ?? [], wanted), scales.get(groupOf(name)) ?? 0)
    const known = worst.get(op) ?? { value: 0, gradient: 0 }
    const kind = part.startsWith('y') ? 'value' : 'gradient'
    worst.set(op, { ...known, [kind]: Math.max(known[kind], error) })
  }
  return worst
}

const runLoaded = async (
  program: AccuracyProgram,
  loaded: LoadedGraph,
  values: ReadonlyMap<string, Float32Array>,
): Promise<Results> => {
  for (const [name, data] of values) expectRight(loaded.write(name, data))
  expectRight(await loaded.run())
  const found = new Map<string, Float32Array>()
  for (const { name } of program.graph.outputs) found.set(name, expectRight(await loaded.read(name)()))
  return found
}

/** The worst errors over some chunks of a program, added to `found`; each chunk is interpreted once for all devices. */
const measureProgram = async (
  devices: readonly Device[],
  program: AccuracyProgram,
  chunks: number,
  judge: Judge,
  found: ReadonlyMap<string, Map<string, Worst>>,
): Promise<void> => {
  const names = [...program.shapes.keys()]
  const loaded: LoadedGraph[] = []
  for (const device of devices)
    loaded.push(expectRight(await device.load(program.graph, { inputs: names, carries: [] })()))
  for (let chunk = 0; chunk < chunks; chunk++) {
    const values = program.values(chunk)
    const bindings = Object.fromEntries(
      [...values].map(([name, data]) => [
        name,
        { shape: program.shapes.get(name) ?? [], data: Float64Array.from(data) },
      ]),
    )
    const exact = new Map([...interpret(program.graph, bindings)].map(([name, { data }]) => [name, data]))
    for (const [i, graph] of loaded.entries()) {
      const target = found.get(devices[i]?.name ?? '')
      for (const [op, error] of judge(await runLoaded(program, graph, values), exact)) {
        const known = target?.get(op) ?? { value: 0, gradient: 0 }
        target?.set(op, {
          value: Math.max(known.value, error.value),
          gradient: Math.max(known.gradient, error.gradient),
        })
      }
    }
  }
  for (const graph of loaded) graph.destroy()
}

/** Values of an elementwise op are measured place by place, its gradients as every other op. */
const onlyGradients: Judge = (found, exact) =>
  new Map([...judgeResults(found, exact)].map(([op, worst]) => [op, { ...worst, value: 0 }]))

/** The worst errors of the ops of one category on the devices. */
export const measure = async (
  devices: readonly Device[],
  chosen: readonly Op[],
  amount: Amount,
): Promise<Measured> => {
  const found = new Map(devices.map(({ name }) => [name, new Map<string, Worst>()]))
  const isElementwise = chosen.every(({ category }) => category === 'elementwise')
  if (isElementwise) {
    const count = Math.min(amount.places, PLACES_AT_ONCE)
    await measureProgram(
      devices,
      elementwiseProgram(chosen, count),
      Math.ceil(amount.places / count),
      judgePlaces,
      found,
    )
  }
  const count = Math.min(amount.results, RESULTS_AT_ONCE)
  await measureProgram(
    devices,
    mappedProgram(chosen, count),
    Math.ceil(amount.results / count),
    isElementwise ? onlyGradients : judgeResults,
    found,
  )
  return found
}
