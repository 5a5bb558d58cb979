/**
 * Attention of more scores than are ever kept (src/op/composite/attention-weights.ts), in several heads so that a head by
 * itself, whose scores are kept, says what it should be.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { isByRows } from '../../src/op/composite/attention-weights.js'
import { build as b } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

const [HEADS, TOKENS, WIDTH] = [8, 2101, 4]
/** The shapes of the operands in some heads. */
const shapesOf = (heads: number): Readonly<Record<string, readonly number[]>> => {
  const rows = [heads, TOKENS, WIDTH]
  return { q: rows, k: rows, v: rows, g: rows, bias: [heads, 1, TOKENS], open: [heads, TOKENS, 1] }
}

const graphOf = (heads: number) => {
  const [q, k, v, g, bias, open] = Object.entries(shapesOf(heads)).map(([name, shape]) =>
    inputTensor(name, shape, 'f32'),
  )
  if (!q || !k || !v || !g || !bias || !open) throw new RangeError('six operands')
  expect(isByRows({ q, k })).toBe(heads === HEADS)
  const y = b.attention(q, k, v, 0.5, bias, b.greater(open, b.constant(-0.5)))
  const gradients = pullBack([y], [g], [q, k, v, bias])
  return toGraph([y, ...gradients].map((tensor, i) => ({ name: `${i}`, tensor })))
}

/** The operands of some heads. */
const bindingsOf = (from: number, heads: number) =>
  Object.fromEntries(
    Object.entries(shapesOf(heads)).map(([name, shape], i) => {
      const size = sizeOf(shape.slice(1))
      const all = noise(11, i, HEADS * size)
      return [name, { shape, data: all.subarray(from * size, (from + heads) * size) }]
    }),
  )

describe.runIf(TARGETS.includes('simd'))('simd', () => {
  const devices: Device[] = []
  beforeAll(async () => {
    for (const threads of [1, 2]) devices.push(expectRight(await openDevice('simd', { threads })()))
  })
  afterAll(() => Promise.all(devices.map((device) => device.destroy())))

  test('every head of a long attention is what it is alone, whatever the number of threads', async () => {
    const [first, second] = devices
    if (!first || !second) throw new RangeError('two devices')
    const given = { graph: graphOf(HEADS), bindings: bindingsOf(0, HEADS) }
    const [all, again] = [await runOn(first, given), await runOn(second, given)]
    for (const head of [0, 3, HEADS - 1]) {
      const alone = await runOn(first, { graph: graphOf(1), bindings: bindingsOf(head, 1) })
      for (const [name, expected] of alone) {
        const found = all.get(name)?.subarray(head * expected.length, (head + 1) * expected.length) ?? []
        const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        const worst = expected.reduce(
          (most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? Number.NaN))),
          0,
        )
        expect(largest).toBeGreaterThan(0)
        expect(worst).toBeLessThan(1e-5 * largest)
      }
    }
    for (const [name, found] of all) expect(again.get(name)).toEqual(found)
  })
})
