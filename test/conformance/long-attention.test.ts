/**
 * Attention of more scores than are ever kept (src/op/composite/attention-weights.ts), in many short heads so that a head
 * by itself, whose scores are kept, says what it should be.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { noise } from '../support/arbitrary.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

const [HEADS, TOKENS, WIDTH] = [33, 1024, 4]
const NAMES = ['q', 'k', 'v', 'g'] as const

const graphOf = (heads: number) => {
  const [q, k, v, g] = NAMES.map((name) => inputTensor(name, [heads, TOKENS, WIDTH], 'f32'))
  if (!q || !k || !v || !g) throw new RangeError('four operands')
  const y = b.attention(q, k, v, 0.5)
  const gradients = pullBack([y], [g], [q, k, v])
  return toGraph([y, ...gradients].map((tensor, i) => ({ name: `${i}`, tensor })))
}

const values = NAMES.map((_, i) => noise(11, i, HEADS * TOKENS * WIDTH))
/** The operands of some heads. */
const bindingsOf = (from: number, heads: number) =>
  Object.fromEntries(
    NAMES.map((name, i) => {
      const part = values[i]?.subarray(from * TOKENS * WIDTH, (from + heads) * TOKENS * WIDTH)
      return [name, { shape: [heads, TOKENS, WIDTH], data: part ?? new Float64Array() }]
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
    for (const head of [0, 17, HEADS - 1]) {
      const alone = await runOn(first, { graph: graphOf(1), bindings: bindingsOf(head, 1) })
      for (const [name, expected] of alone) {
        const found = all.get(name)?.subarray(head * TOKENS * WIDTH, (head + 1) * TOKENS * WIDTH) ?? []
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
