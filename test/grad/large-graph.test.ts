import { describe, expect, it } from 'vitest'
import { vmap } from '../../src/grad/batch.js'
import { jvp } from '../../src/grad/jvp.js'
import { grad } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { evaluate } from '../../src/run/reference.js'

/** Depth that no recursion over nodes survives; how fast it goes is measured by test/soak/large-graph.ts. */
const LENGTH = 20_000

type Scalar = Tensor<readonly []>

/** sin of sin of … of x. */
const sines = (x: Scalar): Scalar => {
  let y: Tensor = x
  for (let i = 0; i < LENGTH; i++) y = build.sin(y)
  return y as Scalar
}

/** The value after n sines, and the product of the cosines on the way: the derivative. */
const expected = (x: number): readonly [value: number, derivative: number] => {
  let [value, derivative] = [x, 1]
  for (let i = 0; i < LENGTH; i++) {
    derivative *= Math.cos(value)
    value = Math.sin(value)
  }
  return [value, derivative]
}

const number = (x: number): Scalar => fromArray(Float64Array.of(x), [])
const valueOf = (x: Tensor): number => evaluate([x])[0]?.data[0] ?? Number.NaN

describe('a chain of 20,000 nodes', () => {
  it('is traced, and merges to as many', () => {
    expect(toGraph([{ name: 'y', tensor: sines(number(1)) }]).nodes.length).toBe(LENGTH + 1)
    expect(valueOf(sines(number(1)))).toBe(expected(1)[0])
  })

  it('has a gradient and a tangent', () => {
    const [, derivative] = expected(1)
    expect(valueOf(grad(sines)(number(1))) / derivative).toBeCloseTo(1, 12)
    expect(valueOf(jvp(sines)(number(1), number(1)).tangent) / derivative).toBeCloseTo(1, 12)
  })

  it('is mapped', () => {
    const rows = vmap(sines)(fromArray(Float64Array.of(1, 2), [2]))
    expect([...(evaluate([rows])[0]?.data ?? [])]).toEqual([expected(1)[0], expected(2)[0]])
  })
})
