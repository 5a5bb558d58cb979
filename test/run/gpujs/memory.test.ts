import { describe, expect, it } from 'vitest'
import { NODE_TARGETS, withDevice } from '../../support/gpu-environment.js'
import { memoryGrowth } from '../../support/memory-growth.js'

describe.each(NODE_TARGETS)('memory on %s', (target) => {
  it('is level over 600 runs of 50 launches', () =>
    withDevice(target, async (device) => {
      const growth = await memoryGrowth(device, 600, 1_024)
      expect(growth.launches).toBe(50)
      expect(growth.error).toBeLessThan(1e-4)
      // A buffer a launch that was not freed would be 80 MB.
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
