import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toGraph } from '../../src/ir/graph.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'
import { goldenProgram, gradientCount, relativeError } from '../support/golden-hyena.js'
import { hyenaGoldens, readHyenaGolden } from '../support/hyena-golden-files.js'

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
      const file = readHyenaGolden(name)
      const { bindings, results } = goldenProgram(file)
      // Rates of two axes are one of our tensors and two of theirs.
      const joined = Number(file.metadata['window'] === 'learn')
      expect(results).toHaveLength(1 + gradientCount(file) - joined)
      const found = await runOn(opened.device, { graph: toGraph(results), bindings })
      for (const { name: what, expected, tolerance } of results)
        expect([what, relativeError(found.get(what) ?? [], expected.data) < tolerance]).toEqual([what, true])
    },
    60_000,
  )
})
