import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'
import { runOn } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'
import { randomPrograms } from '../support/random-graph.js'

/** Programs a target is tried with; each builds several kernels, which the device keeps until it is destroyed. */
const PROGRAMS = 100

describe('random programs of integers, compiled and run', () => {
  test.each(TARGETS)(
    'are bit-equal to the interpreter on %s',
    async (target) => {
      const device = expectRight(await openDevice(target)())
      try {
        await fc.assert(
          fc.asyncProperty(randomPrograms('exact'), async (program) => {
            const found = await runOn(device, program)
            for (const [name, { data }] of interpret(program.graph, program.bindings))
              // −0 and 0 are one integer.
              expect([name, Array.from(found.get(name) ?? [], (x) => x + 0)]).toEqual([
                name,
                Array.from(data, (x) => x + 0),
              ])
          }),
          { numRuns: PROGRAMS },
        )
      } finally {
        await device.destroy()
      }
    },
    120_000,
  )
})

/** Values lie between −1 and 1 (random-graph-any-op.ts); float32 over chains of some thirty ops. */
const ABSOLUTE = 1e-5

describe('random programs over all ops, compiled and run', () => {
  test.each(TARGETS)(
    'are what the interpreter says on %s',
    async (target) => {
      const device = expectRight(await openDevice(target)())
      try {
        await fc.assert(
          fc.asyncProperty(randomPrograms('any'), async (program) => {
            const found = await runOn(device, program)
            for (const [name, value] of interpret(program.graph, program.bindings)) {
              const data = Float64Array.from(found.get(name) ?? [])
              expectNear(name, { shape: value.shape, data }, value, ABSOLUTE, {
                shape: [],
                data: Float64Array.of(1, ...value.data),
              })
            }
          }),
          { numRuns: PROGRAMS / 2 },
        )
      } finally {
        await device.destroy()
      }
    },
    120_000,
  )
})
