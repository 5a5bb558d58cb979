import fc from 'fast-check'
import { describe, it } from 'vitest'
import { jvp } from '../../src/grad/jvp.js'
import { vjp } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { noise, noiseLike } from '../support/arbitrary.js'
import { expectClose } from '../support/close.js'
import type { ArrayFunction } from '../../src/inspect/finite-differences.js'
import { directionalDerivative, dot, dotScale, joined } from '../../src/inspect/finite-differences.js'
import { arrayFunction } from '../support/laws/law.js'
import type { RandomProgram } from '../support/random-graph.js'
import { callGraph, randomPrograms } from '../support/random-graph.js'

/** A program's smaller step: compositions have higher derivatives than single ops. */
const STEP = 2e-4

type TensorFunction = (xs: readonly Tensor[]) => readonly Tensor[]

const asFunction = ({ graph, bindings }: RandomProgram) => {
  const names = Object.keys(bindings)
  const at = names.flatMap((name) => bindings[name] ?? [])
  const inputTypes = at.map(({ shape }) => ({ shape, dtype: 'f32' as const }))
  const f: TensorFunction = (xs) =>
    callGraph(graph, Object.fromEntries(xs.map((x, i) => [names[i] ?? '', x])))
  const outputTypes = graph.outputs.flatMap(({ ref }) => graph.nodes[ref.node]?.outputs[ref.output] ?? [])
  return { f, at, inputTypes, outputTypes, count: at.length }
}

/** (x, u) ↦ Jᵀu */
const pullFunction =
  (f: TensorFunction, count: number): TensorFunction =>
  (all) =>
    vjp(f)(all.slice(0, count)).pullback(all.slice(count))

/** uᵀ(Jv) by differences against (Jᵀu)ᵀv, relative to the terms of the product. */
const agree = (
  what: string,
  f: ArrayFunction,
  at: Parameters<ArrayFunction>[0],
  pulled: Float64Array,
  u: Float64Array,
  seed: number,
): void => {
  const v = noise(seed, 7, pulled.length)
  const column = directionalDerivative(f, at, v, STEP)
  expectClose(
    what,
    [dot(pulled, v)],
    [dot(column, u)],
    0,
    1e-8 + 1e-6 * Math.max(dotScale(pulled, v), dotScale(column, u)),
  )
}

describe('the gradient of a random program', () => {
  it('is that of finite differences, and the transpose of the forward derivative', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), fc.nat(), (program, seed) => {
        const { f, at, inputTypes, outputTypes, count } = asFunction(program)
        const u = noiseLike(seed, 1, outputTypes)
        const pulled = joined(
          arrayFunction([...inputTypes, ...outputTypes], pullFunction(f, count))([...at, ...u]),
        )
        agree('Jᵀu', arrayFunction(inputTypes, f), at, pulled, joined(u), seed)

        const v = noiseLike(seed, 2, inputTypes)
        const pushed = joined(
          arrayFunction(
            [...inputTypes, ...inputTypes],
            (all) => jvp(f)(all.slice(0, count), all.slice(count)).tangent,
          )([...at, ...v]),
        )
        const scale = dotScale(pulled, joined(v)) + dotScale(pushed, joined(u))
        expectClose('⟨v, Jᵀu⟩', [dot(pulled, joined(v))], [dot(pushed, joined(u))], 0, 1e-11 * scale)
      }),
    )
  })

  it('has a gradient that is that of finite differences', () => {
    fc.assert(
      fc.property(randomPrograms('smooth'), fc.nat(), (program, seed) => {
        const { f, at, inputTypes, outputTypes, count } = asFunction(program)
        const first = pullFunction(f, count)
        const types = [...inputTypes, ...outputTypes]
        const from = [...at, ...noiseLike(seed, 1, outputTypes)]
        const w = noiseLike(seed, 3, inputTypes)
        const pulled = joined(
          arrayFunction([...types, ...inputTypes], pullFunction(first, types.length))([...from, ...w]),
        )
        agree('second Jᵀu', arrayFunction(types, first), from, pulled, joined(w), seed)
      }),
      { numRuns: 50 },
    )
  })
})
