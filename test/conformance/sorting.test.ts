import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { noise } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

/** Beyond one block of counting: several merges and an odd run left over; enough updates to be sorted. */
const COUNT = 5_000
/** Sums of a few numbers of size 1 in float32. */
const SUM_BOUND = 1e-6

const special = [Number.NaN, Infinity, -Infinity, 0, -0]

/** Few different numbers, so that many are equal, and special ones. */
const keys = noise(1, 0, COUNT).map((value, i) =>
  i % 11 === 0 ? (special[(i / 11) % special.length] ?? 0) : Math.round(value * 200) / 64,
)
const places = noise(2, 0, COUNT).map((value) => Math.floor((value + 1) * 0.5 * COUNT))

const program = () => {
  const x = inputTensor('x', [COUNT], 'f32')
  const indices = inputTensor('indices', [COUNT], 'i24')
  const attrs = { axis: 0, batchAxes: 0, outside: 'none', size: COUNT } as const
  const results = {
    ascending: build.argsort(x, 0),
    descending: build.argsort(x, 0, true),
    sorted: build.sort(x, 0),
    sums: build.scatterAdd(attrs, inputTensor('updates', [COUNT, 2], 'f32'), indices),
  }
  return toGraph(Object.entries(results).map(([name, tensor]) => ({ name, tensor })))
}

describe.each(TARGETS)('%s', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })

  test('sorts a long line with NaN, infinities and equal numbers exactly; adds rows by sorting', async () => {
    if (opened.device === undefined) throw new Error(`${target} is not open`)
    const graph = program()
    const bindings = {
      x: { shape: [COUNT], data: keys },
      indices: { shape: [COUNT], data: places },
      updates: { shape: [COUNT, 2], data: Float64Array.from(noise(3, 0, 2 * COUNT), Math.fround) },
    }
    const expected = interpret(graph, bindings)
    const found = await runOn(opened.device, { graph, bindings })
    for (const [name, wanted] of expected) {
      const data = Float64Array.from(found.get(name) ?? [])
      expectNear(name, { shape: wanted.shape, data }, wanted, name === 'sums' ? SUM_BOUND : 0)
    }
    expect(found.size).toBe(4)
  }, 60_000)
})
