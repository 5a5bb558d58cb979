/** What depends on constants alone is computed when a function is loaded, on every target, and once. */
import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/ir/tensor.js'
import { sin } from '../../src/op/elementwise/sin.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { matmul } from '../../src/op/linear/contract.js'
import { fftConv } from '../../src/op/signal/fft-conv.js'
import { compile } from '../../src/run/compile.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { evaluate } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import { noise } from '../support/arbitrary.js'
import { expectNear } from '../support/close.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

const values = <const S extends readonly number[]>(stream: number, shape: S): Tensor<S, 'f32'> =>
  fromArray(noise(7, stream, sizeOf(shape)).map(Math.fround), shape)

type Matrix = Tensor<readonly [number, number], 'f32'>
type Signal = Tensor<readonly [number, number, number], 'f32'>

interface Params {
  readonly table: Tensor<readonly [1, number, number], 'f32'>
  readonly first: Matrix
  readonly last: Matrix
}

/** A filter network on a table of positions, and a long convolution with what it makes. */
const convolved = ({ table, first, last }: Params, x: Signal): Signal =>
  pipe(x, fftConv(pipe(table, matmul(first), sin, matmul(last)), { axes: [1] }))

describe.each(TARGETS)('on %s', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(() => opened.device?.destroy())

  test('a filter of constants takes no launch, and gives what it gives as an argument', async () => {
    const { device } = opened
    if (device === undefined) throw new Error(`${target} is not open`)
    const params = { table: values(0, [1, 12, 24]), first: values(1, [24, 20]), last: values(2, [20, 6]) }
    const given = expectRight(await compile(device)(convolved)(params, values(3, [2, 12, 6]))())
    const held = expectRight(
      await compile(device)((x: Signal) => convolved(params, x))(values(3, [2, 12, 6]))(),
    )
    expect(held.facts.flops).toBeLessThan(given.facts.flops)
    for (const stream of [4, 5]) {
      const x = values(stream, [2, 12, 6])
      const [expected = expect.unreachable()] = evaluate([convolved(params, x)])
      for (const run of [given.run(params, x), held.run(x)]) {
        const [found = expect.unreachable()] = evaluate([expectRight(await run())])
        expectNear('y', found, expected, 1e-5)
      }
    }
  })
})
