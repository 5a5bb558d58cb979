import { describe, expect, it } from 'vitest'
import { vmap } from '../../src/grad/batch.js'
import { grad } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorsOf, withTensors } from '../../src/ir/tensor-tree.js'
import { stack } from '../../src/op/view/stack.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { quadrants, tinyVit } from '../support/tiny-classifier.js'

/** A whole model through every op's batch rule: several models at once, and gradients of several models. */

const model = tinyVit()
const { images } = quadrants(0)
const inits = [1, 2].map((seed) => model.init(keyFromSeed(seed)))
const structure = model.init(keyFromSeed(0))
const leavesOf = inits.map(tensorsOf)
/** The parameters of all models: each tensor has the models on a new first axis. */
const stacked = tensorsOf(structure).map(
  (_, i) => stack(0)(leavesOf.flatMap((leaves) => leaves[i] ?? [])) as Tensor,
)

const predict = (leaves: readonly Tensor[]): Tensor =>
  model.apply(withTensors(structure, leaves), images, { mode: 'evaluate' }).y
const loss = (leaves: readonly Tensor[]): Tensor<readonly []> => {
  const y = predict(leaves)
  return build.mean(build.mul(y, y), [0, 1]) as Tensor<readonly []>
}

const valuesOf = (tensors: readonly Tensor[]): readonly (readonly number[])[] =>
  evaluate(tensors).map(({ data }) => [...data])

const expectClose = (found: readonly number[], expected: readonly number[]): void => {
  expect(found.length).toBe(expected.length)
  const bound = 1e-11 * Math.max(1e-9, ...expected.map(Math.abs))
  found.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThanOrEqual(bound))
}

describe('a model mapped over its parameters', () => {
  it('is each model on the same images', () => {
    const [both = []] = valuesOf([vmap(predict)(stacked)])
    expectClose(
      both,
      leavesOf.flatMap((leaves) => valuesOf([predict(leaves)])[0] ?? []),
    )
  })

  it('has the gradient of each', () => {
    const both = valuesOf(vmap(grad(loss))(stacked))
    const each = leavesOf.map((leaves) => valuesOf(grad(loss)(leaves)))
    both.forEach((values, i) =>
      expectClose(
        values,
        each.flatMap((gradient) => gradient[i] ?? []),
      ),
    )
  })
})
