import { orFail } from '../../error/error.js'
import type { Graph } from '../../ir/graph.js'
import { parseGraph } from '../../ir/parse.js'
import type { DType } from '../../shape/dim.js'
import type { Domain, Sample, SampleInput } from '../def.js'

const graph = (text: string): Graph => orFail(parseGraph(text))

/** h′ = a·h + x, and every h′: a linear recurrence. */
const recurrence = graph(`graph {
  %0 = input {name: "0"} : f32["$n"]
  %1 = input {name: "1"} : f32["$n"]
  %2 = input {name: "2"} : f32["$n"]
  %3 = mul(%0, %2) : f32["$n"]
  %4 = add(%3, %1) : f32["$n"]
  return "0" = %4, "1" = %4
}`)

/** h′ = tanh(W h + x), and every h as it came in. */
const cell = graph(`graph {
  %0 = input {name: "0"} : f32["$n"]
  %1 = input {name: "1"} : f32["$n"]
  %2 = input {name: "2"} : f32["$n", "$n"]
  %3 = contract(%2, %0) {pattern: "ij,j->i"} : f32["$n"]
  %4 = add(%3, %1) : f32["$n"]
  %5 = tanh(%4) : f32["$n"]
  return "0" = %5, "1" = %0
}`)

/** Two carries, one of them a bool: h′ = b ? h + x : h·x, and b′ = x < c; every b, and what a step reads of x. */
const choice = graph(`graph {
  %0 = input {name: "0"} : f32[]
  %1 = input {name: "1"} : bool[]
  %2 = input {name: "2"} : f32["$n"]
  %3 = input {name: "3"} : f32["$n"]
  %4 = sum(%2) {axes: [0], keepDims: false} : f32[]
  %5 = sum(%3) {axes: [0], keepDims: false} : f32[]
  %6 = add(%0, %4) : f32[]
  %7 = mul(%0, %4) : f32[]
  %8 = select(%1, %6, %7) : f32[]
  %9 = less(%4, %5) : bool[]
  return "0" = %8, "1" = %9, "2" = %1, "3" = %2
}`)

/** Two carries that change places, without a sequence. */
const swap = graph(`graph {
  %0 = input {name: "0"} : f32["$n", 2]
  %1 = input {name: "1"} : f32["$n", 2]
  %2 = sin(%1) : f32["$n", 2]
  return "0" = %2, "1" = %0
}`)

const input = (
  shape: readonly (number | string)[],
  dtype: DType = 'f32',
  domain: Domain = 'any',
): SampleInput => ({ shape, dtype, domain })

const forwards = { reverse: false, unroll: false }

export const scanSamples: readonly Sample[] = [
  {
    attrs: { body: recurrence, length: 3, carries: 1, sequences: 1, ...forwards },
    inputs: [input(['n']), input([3, 'n']), input(['n'])],
  },
  {
    attrs: { body: cell, length: 3, carries: 1, sequences: 1, reverse: true, unroll: false },
    inputs: [input(['n']), input([3, 'n']), input(['n', 'n'])],
  },
  {
    attrs: { body: choice, length: 2, carries: 2, sequences: 1, ...forwards },
    inputs: [
      input([], 'f32', 'apart'),
      input([], 'bool', 'bool'),
      input([2, 'n'], 'f32', 'apart'),
      input(['n'], 'f32', 'apart'),
    ],
  },
  {
    attrs: { body: swap, length: 5, carries: 2, sequences: 0, ...forwards },
    inputs: [input(['n', 2]), input(['n', 2])],
  },
  {
    attrs: { body: recurrence, length: 2, carries: 1, sequences: 1, reverse: true, unroll: true },
    inputs: [input(['n']), input([2, 'n']), input(['n'])],
  },
  {
    attrs: { body: recurrence, length: 0, carries: 1, sequences: 1, ...forwards },
    inputs: [input(['n']), input([0, 'n']), input(['n'])],
  },
]
