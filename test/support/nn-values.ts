/** Numbers of models in tests: random parameters, and applying a model to numbers on the interpreter. */
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import type { Model, Run } from '../../src/nn/model.js'
import { isParameter } from '../../src/nn/parameter.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { evaluate } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { mapLeaves } from '../../src/tree/tree.js'

/** Repeatable numbers in [−1, 1): the fractional parts of multiples of an irrational number. */
export const numbers = (shape: readonly number[], seed: number): NdArray => ({
  shape,
  data: Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => 2 * (((i + 1) * 0.6180339887498949 + seed * 0.7548776662466927) % 1) - 1,
  ),
})

export const asTensor = ({ shape, data }: NdArray): Tensor => fromArray(data, shape)

/** Parameters of a model with the numbers that `values` gives for each path. */
export const paramsFrom = <P, St, I, O>(
  model: Model<P, St, I, O>,
  values: (path: string, shape: readonly number[]) => NdArray,
): P =>
  mapLeaves(isParameter, model.parameters, ({ shape }, path) =>
    asTensor(values(path, shape.map(Number))),
  ) as P

/** Numbers for every parameter of a model, a different series each. */
export const someParams = <P, St, I, O>(model: Model<P, St, I, O>): P => {
  const paths: string[] = []
  return paramsFrom(model, (path, shape) => numbers(shape, paths.push(path)))
}

export const evaluation: Run = { mode: 'evaluate' }

/** The result of a model of one tensor for numbers, in evaluation. */
export const applied = <P, St, I extends Tensor, O extends Tensor>(
  model: Model<P, St, I, O>,
  params: P,
  x: NdArray,
): NdArray => {
  const input = inputTensor('x', x.shape, 'f32') as Tensor
  const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, input as I, evaluation)
  const [value] = evaluate([y], { x })
  if (value === undefined) throw new RangeError('no result')
  return value
}
