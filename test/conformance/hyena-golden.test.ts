import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isWithin } from '../../src/cli/goldens/compare.js'
import { runGolden } from '../../src/cli/goldens/run-golden.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { expectRight } from '../support/gpu-environment.js'
import { hyenaGoldens, readGolden } from '../support/golden-hyena.js'
import { TARGETS } from '../support/targets.js'

/** The released layers, outputs and gradients, on every target that runs in Node. */
describe.each(TARGETS)('%s reproduces the released Hyena layers', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })

  test.each(hyenaGoldens)(
    '%s',
    async (name) => {
      if (opened.device === undefined) throw new Error(`${target} is not open`)
      const { comparisons, missing } = expectRight(await runGolden(opened.device, readGolden(name))())
      expect(missing).toEqual([])
      expect(comparisons.filter((comparison) => !isWithin(comparison))).toEqual([])
      expect(comparisons.length).toBeGreaterThan(10)
    },
    60_000,
  )
})
