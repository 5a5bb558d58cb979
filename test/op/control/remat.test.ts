import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { compileGraph } from '../../../src/compile/passes.js'
import { renderError } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { grad } from '../../../src/grad/vjp.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { tensorsOf } from '../../../src/ir/tensor-tree.js'
import { remat } from '../../../src/op/control/remat.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { evaluate } from '../../../src/run/reference.js'
import { noise } from '../../support/arbitrary.js'

type Matrix = Tensor<readonly [number, number], 'f32'>
interface Weights {
  readonly wide: Matrix
  readonly narrow: Matrix
}
type Block = (input: { readonly x: Tensor; readonly weights: Weights }) => Tensor
type Wrap = (block: Block) => Block

const plain: Wrap = (block) => block
const again: Wrap = (block) => remat(block)

/** x + gelu(x·wide)·narrow: what is between is four times as wide as what is kept. */
const block: Block = ({ x, weights }) =>
  build.add(x, build.matmul(build.gelu(build.matmul(x, weights.wide)), weights.narrow))

const lossOf =
  (wrap: Wrap, x: Tensor) =>
  (layers: readonly Weights[]): Tensor<readonly []> =>
    build.mean(
      layers.reduce((y, weights) => wrap(block)({ x: y, weights }), x),
      [0, 1],
    ) as Tensor<readonly []>

const inputs = (layers: number, width: number): readonly Weights[] =>
  Array.from({ length: layers }, (_, i) => ({
    wide: inputTensor(`wide ${i}`, [width, 4 * width], 'f32'),
    narrow: inputTensor(`narrow ${i}`, [4 * width, width], 'f32'),
  }))

/** Bytes that the program of the gradient holds besides its inputs and results. */
const temporaryBytes = (wrap: Wrap, layers: number): number => {
  const weights = inputs(layers, 32)
  const x = inputTensor('x', [256, 32], 'f32')
  const gradient = tensorsOf(grad(lossOf(wrap, x))(weights))
  const graph = toGraph(gradient.map((tensor, i) => ({ name: `g${i}`, tensor })))
  const compiled = compileGraph(graph, {
    target: 'webasm',
    inputs: ['x', ...weights.flatMap((_, i) => [`wide ${i}`, `narrow ${i}`])],
    carries: [],
  })
  if (E.isLeft(compiled)) throw new Error(renderError(compiled.left))
  const fixed = [x, ...tensorsOf(weights), ...gradient].reduce(
    (sum, { shape }) => sum + 4 * shape.reduce<number>((size, dim) => size * Number(dim), 1),
    0,
  )
  return compiled.right.program.peakBytes - fixed
}

const valuesOf = (tensors: readonly Tensor[]): readonly number[] =>
  evaluate(tensors).flatMap(({ data }) => [...data])
const drawn = (seed: number, stream: number, shape: readonly [number, number]): Matrix =>
  fromArray(noise(seed, stream, shape[0] * shape[1]), shape)

describe('remat', () => {
  it('changes neither the value nor any derivative, to the bit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3 }), (seed, layers) => {
        const x = drawn(seed, 0, [2, 3])
        const weights = Array.from({ length: layers }, (_, i) => ({
          wide: drawn(seed, 2 * i + 1, [3, 12]),
          narrow: drawn(seed, 2 * i + 2, [12, 3]),
        }))
        const [once, twice] = [lossOf(plain, x), lossOf(again, x)]
        expect(valuesOf([twice(weights)])).toEqual(valuesOf([once(weights)]))
        expect(valuesOf(tensorsOf(grad(twice)(weights)))).toEqual(valuesOf(tensorsOf(grad(once)(weights))))
        const second = (f: typeof once) =>
          grad((w: readonly Weights[]) => {
            const all = tensorsOf(grad(f)(w)).map((g) => build.sum(build.mul(g, g), [0, 1]))
            return all.reduce(build.add) as Tensor<readonly []>
          })(weights)
        valuesOf(tensorsOf(second(twice))).forEach((value, i) =>
          expect(value).toBeCloseTo(valuesOf(tensorsOf(second(once)))[i] ?? Number.NaN, 10),
        )
      }),
      { numRuns: 4 },
    )
  })

  it('is mapped, and the gradient of what is mapped is the same', () => {
    const rows = fromArray(noise(1, 9, 4 * 2 * 3), [4, 2, 3] as const)
    const weights = { wide: drawn(1, 1, [3, 12]), narrow: drawn(1, 2, [12, 3]) }
    const each = (wrap: Wrap) => vmap(grad((x: Tensor<readonly [2, 3]>) => lossOf(wrap, x)([weights])))(rows)
    expect(valuesOf([each(again)])).toEqual(valuesOf([each(plain)]))
    const whole = (wrap: Wrap) =>
      grad(
        (xs: Tensor<readonly [4, 2, 3]>) =>
          build.sum(vmap((x: Tensor<readonly [2, 3]>) => lossOf(wrap, x)([weights]))(xs), [0]) as Tensor<
            readonly []
          >,
      )(rows)
    valuesOf([whole(again)]).forEach((value, i) =>
      expect(value).toBeCloseTo(valuesOf([whole(plain)])[i] ?? Number.NaN, 12),
    )
  })

  it('leaves a program that holds the inputs of blocks instead of what is inside them', () => {
    const blockBytes = 4 * 256 * 32
    const growth = (wrap: Wrap): number => (temporaryBytes(wrap, 12) - temporaryBytes(wrap, 4)) / 8
    // Without it, each block adds its input and its hidden values, four times as wide; with it, its input.
    expect(growth(plain)).toBeGreaterThanOrEqual(5 * blockBytes)
    expect(growth(again)).toBeLessThanOrEqual(1.01 * blockBytes)
  })
})
