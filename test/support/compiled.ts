import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import type { Bindings } from '../../src/run/reference.js'
import { runPlan } from './run-plan.js'

/** The values of tensors by every pass and the kernels of the plan, run in float64: what compiling must not change. */
export const evaluateCompiled = (tensors: readonly Tensor[], bindings: Bindings = {}): readonly NdArray[] => {
  const graph = toGraph(tensors.map((tensor, i) => ({ name: `${i}`, tensor })))
  const ready = graphPasses.reduce((current, pass) => pass.run(current), graph)
  const results = runPlan(fuse(ready, { inputs: 7 }), bindings)
  return tensors.map((_, i) => {
    const value = results.get(`${i}`)
    if (value === undefined) throw new RangeError(`result ${i} is missing`)
    return value
  })
}
