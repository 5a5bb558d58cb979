import { describe, expect, it } from 'vitest'
import { blockOf, networkOf, peerSizes } from '../../src/cli/bench/models.js'
import type { MixerKind, NetworkSizes } from '../../src/cli/bench/models.js'
import {
  blockGradients,
  imagesOf,
  networkForward,
  networkTraining,
  parametersFor,
} from '../../src/cli/bench/networks.js'
import { gaussian } from '../../src/cli/bench/values.js'
import type { Prepared, Work } from '../../src/cli/bench/work.js'
import { tensorsOf } from '../../src/ir/tensor-tree.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { countParameters } from '../../src/nn/count.js'
import { constantValues } from '../../src/op/leaf/constant.js'
import { openDevice } from '../../src/run/open-device.js'
import { expectClose } from '../support/close.js'
import { expectRight } from '../support/gpu-environment.js'
import { logitsOf, parameterTable } from './bench-oracle.js'

const kinds: readonly MixerKind[] = ['attention', 'hyena']
const tiny: NetworkSizes = {
  batch: 3,
  side: 6,
  channels: 2,
  patch: 2,
  width: 8,
  depth: 2,
  heads: 2,
  classes: 5,
}

const numbers = (x: Tensor | undefined): readonly number[] => [
  ...((x === undefined ? null : constantValues(x)) ?? []),
]

/** Prepares the work on a device, does something with it, and frees it. */
const withWork = async <A>(
  deviceName: string,
  work: Work,
  use: (prepared: Prepared) => Promise<A>,
): Promise<A> => {
  const device = expectRight(await openDevice(deviceName)())
  const prepared = expectRight(await work(device)())
  try {
    return await use(prepared)
  } finally {
    prepared.destroy()
    await device.destroy()
  }
}

const resultsOf = (deviceName: string, work: Work): Promise<readonly Tensor[]> =>
  withWork(deviceName, work, async ({ run, results }) => {
    expectRight(await run())
    return expectRight(await results())
  })

describe('the networks of the benchmarks', () => {
  it('have as many parameters as the peers', () => {
    expect(countParameters(networkOf('attention', peerSizes))).toBe(2_709_412)
    expect(countParameters(networkOf('hyena', peerSizes))).toBe(2_845_636)
  })

  it.each(kinds)('compute what the peers compute: %s', async (kind) => {
    const params = parametersFor(networkOf(kind, tiny))
    const expected = logitsOf(kind, tiny, parameterTable(params), numbers(imagesOf(tiny)))
    for (const [device, tolerance] of [
      ['reference', 3e-7],
      ['cpu', 1e-4],
    ] as const) {
      const [logits] = await resultsOf(device, networkForward(kind, tiny))
      expect(logits?.shape).toEqual([tiny.batch, tiny.classes])
      expectClose(device, numbers(logits), expected, tolerance, 1e-8)
    }
  })

  it.each(kinds)('give the mean cross-entropy as the loss of a step, and lower it: %s', async (kind) => {
    const losses = await withWork('cpu', networkTraining(kind, tiny, 0.02), async ({ run }) => {
      const all: (number | null)[] = []
      for (let step = 0; step < 6; step += 1) all.push(expectRight(await run()))
      return all
    })
    const params = parameterTable(parametersFor(networkOf(kind, tiny)))
    const logits = logitsOf(kind, tiny, params, numbers(imagesOf(tiny)))
    const crossEntropies = Array.from({ length: tiny.batch }, (_, image) => {
      const own = logits.slice(image * tiny.classes, (image + 1) * tiny.classes)
      const partition = own.reduce((sum, logit) => sum + Math.exp(logit), 0)
      return Math.log(partition) - (own[image % tiny.classes] ?? Number.NaN)
    })
    const mean = crossEntropies.reduce((sum, value) => sum + value, 0) / tiny.batch
    expectClose('first loss', [losses[0] ?? Number.NaN], [mean], 1e-5, 0)
    expect(losses.at(-1)).toBeLessThan(0.7 * mean)
  })

  it.each(kinds)('move and decay every parameter in the first step of AdamW: %s', async (kind) => {
    const rate = 1e-3
    const before = tensorsOf(parametersFor(networkOf(kind, tiny)))
    const after = await resultsOf('cpu', networkTraining(kind, tiny, rate))
    const moved = before.map((tensor, i) => {
      const then = numbers(after[i])
      return numbers(tensor).map((value, j) => (then[j] ?? Number.NaN) - value * (1 - 0.05 * rate))
    })
    // The first step of Adam is the rate times the sign of the gradient, unless the gradient is near ε.
    const largest = moved.map((steps) => Math.max(...steps.map(Math.abs)))
    expect(largest.length).toBeGreaterThan(20)
    for (const step of largest) {
      expect(step).toBeGreaterThan(0.9 * rate)
      expect(step).toBeLessThan(1.001 * rate)
    }
  })
})

describe('the blocks of the benchmarks', () => {
  it.each(kinds)('have the gradients of the input and all parameters: %s', async (kind) => {
    const work = blockGradients(kind, 3, 8, 2)
    const parameters = tensorsOf(parametersFor(blockOf(kind, 2)(gaussian(1001, [1, 3, 3, 8]))))
    const [exact, found] = [await resultsOf('reference', work), await resultsOf('cpu', work)]
    expect(exact.length).toBe(1 + parameters.length + 1)
    exact.forEach((tensor, i) => {
      const [expected, values] = [numbers(tensor), numbers(found[i])]
      const size = Math.max(...expected.map(Math.abs))
      expectClose(`result ${i}`, values, expected, 0, 1e-5 * size + 1e-7)
    })
    expect(exact.slice(1, -1).map(({ shape }) => shape)).toEqual(parameters.map(({ shape }) => shape))
    expect(exact.at(-1)?.shape).toEqual([1, 3, 3, 8])
  })
})
