import { orFail } from '../../error/error.js'
import { parseGraph } from '../../ir/parse.js'
import type { Sample } from '../def.js'

/** sin(x·y)·x */
const smooth = orFail(
  parseGraph(`graph {
  %0 = input {name: "0"} : f32["$n"]
  %1 = input {name: "1"} : f32["$n"]
  %2 = mul(%0, %1) : f32["$n"]
  %3 = sin(%2) : f32["$n"]
  %4 = mul(%3, %0) : f32["$n"]
  return "0" = %4
}`),
)

/** exp(x·w) and its sum, where a bool says so, else w; the third operand is not read. */
const mixed = orFail(
  parseGraph(`graph {
  %0 = input {name: "0"} : f32["$n", "$m"]
  %1 = input {name: "1"} : bool["$n", "$m"]
  %2 = input {name: "3"} : f32[]
  %3 = mul(%0, %2) : f32["$n", "$m"]
  %4 = sigmoid(%3) : f32["$n", "$m"]
  %5 = sum(%4) {axes: [1], keepDims: false} : f32["$n"]
  %6 = select(%1, %4, %2) : f32["$n", "$m"]
  return "0" = %6, "1" = %5
}`),
)

export const rematSamples: readonly Sample[] = [
  {
    attrs: { body: smooth, operands: 2 },
    inputs: [
      { shape: ['n'], dtype: 'f32', domain: 'any' },
      { shape: ['n'], dtype: 'f32', domain: 'any' },
    ],
  },
  {
    attrs: { body: mixed, operands: 4 },
    inputs: [
      { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
      { shape: ['n', 'm'], dtype: 'bool', domain: 'bool' },
      { shape: [2], dtype: 'f32', domain: 'any' },
      { shape: [], dtype: 'f32', domain: 'any' },
    ],
  },
]
