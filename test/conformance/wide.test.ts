/**
 * Results of so many elements that webgpu computes four neighbours a thread, on every target: what has one place for
 * all neighbours, one a neighbour, and a border between them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

interface Program {
  readonly shapes: readonly (readonly number[])[]
  readonly of: (...x: Tensor[]) => Tensor
}

const programs: Readonly<Record<string, Program>> = {
  arithmetic: {
    shapes: [[131, 128], [131, 1], [128]],
    of: (x, y, z) => b.select(b.less(x, y), b.mul(b.sin(x), z), b.add(x, b.exp(y))),
  },
  'a matrix product with an epilogue': {
    shapes: [[150, 31], [31, 116], [116]],
    of: (x, y, z) => b.gelu(b.add(b.matmul(x, y), z)),
  },
  'a batch of products with a transposed operand': {
    shapes: [
      [5, 60, 9],
      [5, 68, 9],
    ],
    of: (x, y) => b.einsum('bij,bkj->bik', x, y),
  },
  'sums over the middle axis': { shapes: [[140, 7, 120]], of: (x) => b.sum(b.mul(x, x), [1]) },
  'largest of the last axis': { shapes: [[16_400, 5]], of: (x) => b.max(x, [1]) },
  'views whose borders lie between neighbours': {
    shapes: [
      [129, 61],
      [129, 70],
    ],
    of: (x, y) =>
      b.pad(b.concat([x, b.flip(y, [1])], 1), [
        [1, 0],
        [2, 3],
      ]),
  },
  'gradients of weights and biases side by side': {
    shapes: [
      [40, 150],
      [40, 116],
    ],
    of: (x, g) =>
      b.concat(
        [
          b.einsum('ki,kj->ij', x, g),
          b.sum(g, [0], true),
          b.mul(b.sum(b.mul(g, g), [0], true), b.constant(2)),
        ],
        0,
      ),
  },
  'sums of what a border surrounds': {
    shapes: [[129, 7, 125]],
    of: (x) =>
      b.sum(
        b.pad(x, [
          [1, 2],
          [0, 0],
          [0, 3],
        ]),
        [1],
      ),
  },
  'every other column, turned': {
    shapes: [[132, 251]],
    of: (x) => b.permute(b.slice(x, [0, 1], [132, 129]), [1, 0]),
  },
  'a depthwise convolution': {
    shapes: [
      [2, 17, 19, 28],
      [3, 3, 1, 28],
    ],
    of: (x, k) =>
      b.convolution(
        {
          padding: [
            [1, 1],
            [1, 1],
          ],
          groups: 28,
        },
        x,
        k,
      ),
  },
}

describe.each(TARGETS)('on %s', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(() => opened.device?.destroy())

  test.each(Object.entries(programs))('%s', async (_, { shapes, of }) => {
    if (opened.device === undefined) throw new Error(`${target} is not open`)
    const inputs = shapes.map((shape, i) => inputTensor(`x${i}`, shape, 'f32'))
    const graph = toGraph([{ name: 'y', tensor: of(...inputs) }])
    const bindings = Object.fromEntries(
      shapes.map((shape, i) => [`x${i}`, { shape, data: noise(11, i, sizeOf(shape)).map(Math.fround) }]),
    )
    const found = await runOn(opened.device, { graph, bindings })
    const [[name, value] = expect.unreachable()] = [...interpret(graph, bindings)]
    expect(value.data.length).toBeGreaterThanOrEqual(16_384)
    expectNear(name, { shape: value.shape, data: Float64Array.from(found.get(name) ?? []) }, value, 2e-5)
  })
})
