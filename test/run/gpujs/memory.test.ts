import { describe, expect, it } from 'vitest'
import { NODE_TARGETS, withDevice } from '../../support/gpu-environment.js'
import { memoryGrowth } from '../../support/memory-growth.js'

/** A software adapter on a busy machine is slow. */
const PATIENCE = { timeout: 120_000 }

describe.each(NODE_TARGETS)('memory on %s', PATIENCE, (target) => {
  it('is level over 400 runs of 50 launches', () =>
    withDevice(target, async (device) => {
      const growth = await memoryGrowth(device, 400, 1_024)
      expect(growth.launches).toBe(50)
      expect(growth.error).toBeLessThan(1e-4)
      // A buffer a launch that was not freed would be 55 MB.
      expect(growth.end - growth.settled).toBeLessThan(40)
    }))

  it('does not grow with devices that come and go', () =>
    withDevice(target, async () => {
      const rounds: number[] = []
      for (let i = 0; i < 6; i += 1)
        rounds.push((await withDevice(target, (device) => memoryGrowth(device, 5, 1_024))).end)
      expect((rounds.at(-1) ?? Infinity) - (rounds[2] ?? 0)).toBeLessThan(60)
    }))
})
