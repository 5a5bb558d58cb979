import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Graph } from '../../src/ir/graph.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Op } from '../../src/op/def.js'
import { apply } from '../../src/op/def.js'
import { ops } from '../../src/op/index.js'
import type { Bindings } from '../../src/run/reference.js'

/** Every elementwise op at the special numbers: all pairs of two operands, all triples of a few of three. */

export const LARGEST = (2 - 2 ** -23) * 2 ** 127
export const SMALLEST_NORMAL = 2 ** -126

const SPECIAL: readonly number[] = [
  ...[0, -0, 1, -1, 0.5, 2.5, -2.5, 3, Infinity, -Infinity, NaN],
  ...[LARGEST, -LARGEST, SMALLEST_NORMAL, -SMALLEST_NORMAL],
]
const OF_TRIPLES: readonly number[] = [0, -0, 1, -1, 2.5, Infinity, -Infinity, NaN]
const VALUES = { f32: SPECIAL, bool: [0, 1], i24: [0, 1, 2 ** 24 - 1] } as const

export const elementwiseOps: readonly Op[] = Object.values(ops).filter(
  ({ category }) => category === 'elementwise',
)

/** The operands of each place at which the op is tried. */
export const placesOf = (op: Op): readonly (readonly number[])[] => {
  const kinds = op.samples[0]?.inputs.map(({ dtype }) => dtype) ?? []
  return kinds.reduce<readonly (readonly number[])[]>(
    (places, dtype) => {
      const values = kinds.length > 2 && dtype === 'f32' ? OF_TRIPLES : VALUES[dtype]
      return places.flatMap((place) => values.map((value) => [...place, value]))
    },
    [[]],
  )
}

export interface SpecialProgram {
  readonly graph: Graph
  readonly bindings: Bindings
}

/** All elementwise ops at their places; results are named by the op. */
export const specialProgram = (chosen: readonly Op[]): SpecialProgram => {
  const bindings: Record<string, Bindings[string]> = {}
  const results: { readonly name: string; readonly tensor: Tensor }[] = []
  for (const op of chosen) {
    const places = placesOf(op)
    const inputs = (op.samples[0]?.inputs ?? []).map(({ dtype }, i) => {
      const name = `${op.name} x${i}`
      const data = Float64Array.from(places, (place) => place[i] ?? NaN)
      bindings[name] = { shape: [places.length], data }
      return inputTensor(name, [places.length], dtype)
    })
    results.push(...apply(op, {}, inputs).map((tensor) => ({ name: op.name, tensor })))
  }
  return { graph: toGraph(results), bindings }
}

/** An application as text, for messages. */
export const printPlace = (op: Op, place: readonly number[]): string =>
  `${op.name}(${place.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join(', ')})`
