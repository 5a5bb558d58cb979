/** What a model costs, counted on its compiled plan; its parameters are inputs, as in training. */
import { compileGraph } from '../../src/compile/passes.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Model } from '../../src/nn/model.js'
import { isParameter } from '../../src/nn/parameter.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { mapLeaves } from '../../src/tree/tree.js'
import { expectRight } from '../support/gpu-environment.js'
import { evaluation } from '../support/nn-values.js'

export interface Cost {
  readonly flops: number
  /** Most bytes at one time, parameters and input included. */
  readonly bytes: number
}

/** The forward pass on `webasm`, a target that takes long convolutions apart into the passes of an FFT. */
export const costOf = <P, St, I, O extends Tensor>(model: Model<P, St, I, O>, input: I): Cost => {
  const params = mapLeaves(isParameter, model.parameters, ({ shape }, path) =>
    inputTensor(path, shape, 'f32'),
  ) as P
  const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, input, evaluation)
  const graph = toGraph([{ name: 'y', tensor: y }])
  const { program } = expectRight(compileGraph(graph, { target: 'webasm', inputs: [], carries: [] }))
  return { flops: program.flops, bytes: program.peakBytes }
}

/** The exponent of a power law, by least squares on logarithms. */
export const slopeOf = (points: readonly (readonly [size: number, cost: number])[]): number => {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const)
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
}
