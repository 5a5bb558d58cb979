import { beforeAll, describe, expect, test } from 'vitest'
import { openDevice } from '../../src/run/open-device.js'
import { expectRight } from '../support/gpu-environment.js'
import { mixers, trainMixers, unmixed } from '../support/mixer-training.js'
import { TARGETS } from '../support/targets.js'

const options = { steps: 13, rate: 0.06 }
/** Adam divides by the root of small second moments, which amplifies rounding; measured are 7e-6. */
const BOUND = 1e-4

const train = async (name: string): Promise<ReadonlyMap<string, readonly number[]>> => {
  const device = expectRight(await openDevice(name)())
  const losses = await trainMixers(device, options)
  await device.destroy()
  return losses
}

const none: readonly number[] = []

/** A grid's image turned by 180° cannot be had from each place by itself. */
describe('every mixer learns to turn a grid', () => {
  const reference = train('reference')

  test.each(mixers)('%s does better than none', async (name) => {
    const losses = (await reference).get(name) ?? none
    expect(losses).toHaveLength(options.steps)
    expect(losses.at(-1)).toBeLessThan(0.65 * (losses[0] ?? 0))
    expect(losses.at(-1)).toBeLessThan(0.85 * unmixed)
  })

  describe.each(TARGETS)('on %s', (target) => {
    const found = { losses: new Map<string, readonly number[]>() as ReadonlyMap<string, readonly number[]> }
    beforeAll(async () => {
      found.losses = await train(target)
    })

    test.each(mixers)('%s follows the float64 interpreter', async (name) => {
      const [expected, losses] = [(await reference).get(name) ?? none, found.losses.get(name) ?? none]
      expect(losses).toHaveLength(options.steps)
      losses.forEach((loss, step) => {
        expect([step, Math.abs(loss - (expected[step] ?? Number.NaN)) < BOUND]).toEqual([step, true])
      })
    })
  })
})
