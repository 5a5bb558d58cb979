import { describe, expect, test } from 'vitest'
import { openDevice } from '../../src/run/open-device.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'
import { trainTiny } from '../support/tiny-classifier.js'

const STEPS = 20
/** Adam divides by the root of small second moments, which amplifies rounding; measured are 2e-6. */
const BOUND = 3e-5

const losses = async (name: string): Promise<readonly number[]> => {
  const device = expectRight(await openDevice(name)())
  const training = await trainTiny(device)
  const found: number[] = []
  for (let step = 0; step < STEPS; step++) found.push(await training.step(step))
  training.destroy()
  await device.destroy()
  return found
}

const average = (numbers: readonly number[]): number =>
  numbers.reduce((sum, x) => sum + x, 0) / numbers.length

describe('twenty training steps of a Hyena vision transformer', () => {
  const reference = losses('reference')

  test.each(TARGETS)(
    'on %s follow the float64 interpreter, and the loss falls',
    async (target) => {
      const [expected, found] = [await reference, await losses(target)]
      expect(found).toHaveLength(STEPS)
      found.forEach((loss, step) => {
        expect([step, Math.abs(loss - (expected[step] ?? Number.NaN)) < BOUND]).toEqual([step, true])
      })
      expect(average(found.slice(-4))).toBeLessThan(average(found.slice(0, 4)) - 0.1)
    },
    120_000,
  )
})
