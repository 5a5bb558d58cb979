import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullBack } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

/** Tensors of rank 0 to 6 on every target, the sizes 0 and 1 among their axes. */
const SIZES = [3, 1, 2, 5, 1, 4]
const EMPTY = [2, 0, 3]

const axesOf = (shape: readonly number[]): readonly number[] => shape.map((_, axis) => axis)

/** Every kind of loop nest once: a map that broadcasts, views, a reduction over each axis, a contraction. */
const results = (x: Tensor, shape: readonly number[]): readonly Tensor[] => {
  const rank = shape.length
  const last = shape.at(-1) ?? 1
  const along = build.iota([last], 0)
  const turned = build.permute(x, axesOf(shape).toReversed())
  const letters = 'abcdef'.slice(0, rank)
  return [
    build.mul(build.sin(x), rank === 0 ? build.constant(2) : along),
    build.add(build.flip(x, axesOf(shape)), build.permute(turned, axesOf(shape).toReversed())),
    build.reshape(turned, [sizeOf(shape)]),
    build.sum(x, axesOf(shape)),
    ...axesOf(shape).map((axis) => build.mean(build.mul(x, x), [axis], true)),
    ...(rank === 0 ? [] : [build.softmax(x, -1), build.concat([x, x], rank - 1)]),
    build.einsum(`${letters},${letters}->`, x, build.cos(x)),
  ]
}

const programOf = (shape: readonly number[]) => {
  const x = inputTensor('x', shape, 'f32')
  const variable = build.identity(x)
  const values = results(variable, shape)
  const gradient = pullBack(values, values.map(build.onesLike), [variable])
  return {
    graph: toGraph([...values, ...gradient].map((tensor, i) => ({ name: `y${i}`, tensor }))),
    bindings: { x: { shape, data: noise(7, shape.length, sizeOf(shape)).map(Math.fround) } },
  }
}

const shapes = [...Array.from({ length: 7 }, (_, rank) => SIZES.slice(0, rank)), EMPTY]

describe.each(TARGETS)('on %s', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })

  test.each(shapes.map((shape) => [`[${shape.join(', ')}]`, shape] as const))('%s', async (_, shape) => {
    if (opened.device === undefined) throw new Error(`${target} is not open`)
    const program = programOf(shape)
    const found = await runOn(opened.device, program)
    for (const [name, value] of interpret(program.graph, program.bindings)) {
      const data = Float64Array.from(found.get(name) ?? [])
      expect(data.length).toBe(value.data.length)
      expectNear(name, { shape: value.shape, data }, value, 1e-5)
    }
  })
})
