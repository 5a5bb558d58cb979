import fc from 'fast-check'
import { expect } from 'vitest'
import { toTensors } from '../../src/ir/graph.js'
import { closureOf, inlineGraph } from '../../src/ir/nested.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { outputsOf, topological } from '../../src/ir/tensor.js'
import type { ScanOptions } from '../../src/op/control/combinator.js'
import { scan } from '../../src/op/control/combinator.js'
import { build } from '../../src/op/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from './arbitrary.js'
import { randomPrograms } from './random-graph.js'

/** Constants drawn from a seed. */
export const tensor = <const S extends readonly number[]>(seed: number, ...shape: S): Tensor<S, 'f32'> =>
  fromArray(noise(seed, 0, sizeOf(shape)), shape)

export interface RandomLoop {
  readonly f: (options: ScanOptions<number>) => (operands: readonly Tensor[]) => readonly Tensor[]
  readonly operands: readonly Tensor[]
}

/**
 * A loop whose body is a random program: some of its inputs are carried, some come in slices, the others are closed
 * over. A carry goes on as a bounded mixture of itself and of what the program makes.
 */
export const randomLoops = (lengths: fc.Arbitrary<number>): fc.Arbitrary<RandomLoop> =>
  fc
    .tuple(
      randomPrograms('smooth'),
      lengths,
      fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
      fc.nat(),
      fc.boolean(),
    )
    .map(([{ graph }, length, roles, seed, reverse]) => {
      const results = [...toTensors(graph).values()].filter(({ dtype }) => dtype === 'f32')
      const inputs = topological(results).flatMap((node) => (node.op === 'input' ? outputsOf(node) : []))
      const { body } = closureOf(inputs, results)
      const isA = (role: number) => (_: unknown, i: number) => (roles[i] ?? 0) === role
      const carried = inputs.filter(isA(0))
      const operands = inputs.map(({ shape }, i) =>
        tensor(seed + i, ...(isA(1)(null, i) ? [length, ...shape.map(Number)] : shape.map(Number))),
      )
      const mixed = (carry: Tensor, made: readonly Tensor[]): Tensor => {
        const means = made.map((x) =>
          build.mean(
            x,
            x.shape.map((_, axis) => axis),
          ),
        )
        const total = means.reduce((a, b) => build.add(a, build.tanh(b)), build.constant(0.25))
        return build.tanh(build.add(build.mul(carry, build.constant(0.5)), total))
      }
      return {
        operands,
        f: (options) => (given) => {
          const outside = given.filter(isA(2))
          const step = (carry: readonly Tensor[], slices: readonly Tensor[]) => {
            const queues = [[...carry], [...slices], [...outside]]
            const made = inlineGraph(
              body,
              inputs.flatMap((_, i) => queues[roles[i] ?? 0]?.shift() ?? []),
            )
            return { carry: carry.map((x) => mixed(x, made)), y: made }
          }
          const loop = scan(step, given.filter(isA(0)), { ...options, length, reverse })
          const { carry, ys } = loop(given.filter(isA(1)))
          expect(carry.length).toBe(carried.length)
          return [...carry, ...ys]
        },
      }
    })
