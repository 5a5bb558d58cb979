import type { Plan } from '../../src/compile/plan.js'
import type { NdArray } from '../../src/op/def.js'
import { evaluateKernel } from './evaluate-scalar.js'

/** The results of a plan in float64, kernel by kernel: what fusion must not change. */
export const runPlan = (
  plan: Plan,
  bindings: Readonly<Record<string, NdArray>>,
): ReadonlyMap<string, NdArray> => {
  const data: (ArrayLike<number> | null)[] = plan.values.map(({ origin }) =>
    origin.kind === 'input'
      ? (bindings[origin.name]?.data ?? null)
      : origin.kind === 'constant'
        ? origin.data
        : null,
  )
  const at = (value: number): ArrayLike<number> => {
    const found = data[value]
    if (found === null || found === undefined) throw new RangeError(`v${value} is read before it is made`)
    return found
  }
  for (const kernel of plan.kernels) {
    const inputs = kernel.inputs.map(at)
    data[kernel.output] = evaluateKernel({ ...kernel, inputs: inputs.map(({ length }) => length) }, inputs)
  }
  return new Map(
    plan.outputs.map(({ name, value }) => [
      name,
      { shape: plan.values[value]?.shape ?? [], data: Float64Array.from(at(value)) },
    ]),
  )
}
