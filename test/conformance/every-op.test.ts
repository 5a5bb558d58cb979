import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ops } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { categories, conformanceProgram, opErrors } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'

/**
 * Gradients are products and sums of several ops, each within its own bound: rounding of float32 (6e-8) over
 * chains of this length, on cases of at most a few hundred elements.
 */
const GRADIENT_BOUND = 2e-5

describe.each(TARGETS)('%s computes what the interpreter says', (target) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(target)())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })

  test.each([...categories()])(
    '%s',
    async (_, chosen) => {
      if (opened.device === undefined) throw new Error(`${target} is not open`)
      const errors = await opErrors(opened.device, conformanceProgram(chosen))
      expect(errors.map(({ op }) => op).sort()).toEqual(chosen.map(({ name }) => name).sort())
      const beyond = errors.filter(
        ({ op, value, gradient }) => value > (ops[op]?.tolerance.relative ?? 0) || gradient > GRADIENT_BOUND,
      )
      expect(beyond).toEqual([])
    },
    120_000,
  )
})
