import { batchResults } from '../../../src/grad/batch.js'
import { inputTensor, outputsOf } from '../../../src/ir/tensor.js'
import type { NdArray, Op } from '../../../src/op/def.js'
import { apply } from '../../../src/op/def.js'
import { sizeOf } from '../../../src/shape/dim.js'
import type { Case } from '../arbitrary.js'
import { nodeOf } from '../arbitrary.js'
import type { OpLaw } from './law.js'
import { arrayFunction, meaning, resultTypes } from './law.js'
import { expectAllNear } from './meaning-laws.js'

/** Mapping an op over a new axis is applying it to each place. */

const stack = (rows: readonly NdArray[], shape: readonly number[]): NdArray => ({
  shape: [rows.length, ...shape],
  data: Float64Array.from(rows.flatMap(({ data }) => [...data])),
})

const rowOf = ({ shape, data }: NdArray, row: number): NdArray => {
  const own = shape.slice(1)
  return { shape: own, data: data.subarray(row * sizeOf(own), (row + 1) * sizeOf(own)) }
}

/** Which operands are mapped: every non-empty choice turns up. */
const choice = (seed: number, count: number): readonly boolean[] => {
  const bits = 1 + (seed % (2 ** count - 1))
  return Array.from({ length: count }, (_, i) => (bits & (1 << i)) !== 0)
}

const rowByRow: OpLaw = {
  name: 'its batch rule maps it: each row of the results is that of the rows',
  appliesTo: (op) => op.samples.some(({ inputs }) => inputs.length > 0),
  empty: true,
  others: 2,
  check: (op, { attrs, types, inputs, others, seed }) => {
    if (inputs.length === 0) return
    const isMapped = choice(seed, inputs.length)
    // From no row to three.
    const draws = [inputs, ...others].slice(0, (seed >> 8) % 4)
    const rows = draws.map((draw) =>
      inputs.map((held, i) => (isMapped[i] === true ? (draw[i] ?? held) : held)),
    )
    const wide = types.map(({ shape, dtype }, i) => ({
      shape: isMapped[i] === true ? [rows.length, ...shape] : shape,
      dtype,
    }))
    const mapped = <T>(items: readonly T[]): readonly T[] => items.filter((_, i) => isMapped[i] === true)
    const found = arrayFunction(wide, (stacked) => {
      const variables = types.map(({ shape, dtype }, i) => inputTensor(`example ${i}`, shape, dtype))
      const operands = variables.map((variable, i) =>
        isMapped[i] === true ? variable : (stacked[i] ?? variable),
      )
      return batchResults(apply(op, attrs, operands), mapped(variables), mapped(stacked), rows.length)
    })(
      inputs.map((held, i) =>
        isMapped[i] === true
          ? stack(
              rows.map((row) => row[i] ?? held),
              held.shape,
            )
          : held,
      ),
    )
    resultTypes(op, attrs, types).forEach(({ shape }, i) => {
      const wanted = [rows.length, ...shape].join()
      if (found[i]?.shape.join() !== wanted)
        throw new Error(`result ${i} has shape [${found[i]?.shape.join() ?? ''}], expected [${wanted}]`)
    })
    rows.forEach((row, place) => {
      expectAllNear(
        `row ${place}, result`,
        found.map((result) => rowOf(result, place)),
        meaning(op, attrs, types, row),
      )
    })
  },
}

/** The axis may be a name, as the batch of a model is: the results then have it first. */
const named = (op: Op, c: Case): void => {
  const types = resultTypes(op, c.attrs, c.types)
  const operands = nodeOf(op, c, types).inputs
  const variables = operands.map(({ shape, dtype }, i) => inputTensor(`example ${i}`, shape, dtype))
  const stacked = operands.map(({ shape, dtype }, i) => inputTensor(`${i}`, ['examples', ...shape], dtype))
  const results = batchResults(
    outputsOf({ op: op.name, attrs: c.attrs, inputs: variables, outputs: types }),
    variables,
    stacked,
    'examples',
  )
  results.forEach((result, i) => {
    const wanted = ['examples', ...(types[i]?.shape ?? [])].join()
    if (result.shape.join() !== wanted) throw new Error(`[${result.shape.join()}], expected [${wanted}]`)
  })
}

const namedAxis: OpLaw = {
  name: 'it can be mapped over an axis that is a name',
  appliesTo: rowByRow.appliesTo,
  empty: false,
  check: (op, c) => {
    if (c.inputs.length > 0) named(op, c)
  },
}

export const batchLaws: readonly OpLaw[] = [rowByRow, namedAxis]
