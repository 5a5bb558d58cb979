import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { measure } from '../support/accuracy/measure.js'
import { REASONS, promised, readPage } from '../support/accuracy/page.js'
import { categories } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { ALL_TARGETS, TARGETS } from '../support/targets.js'

const stated = readPage(readFileSync('docs/accuracy.md', 'utf8'))

/** What another machine's arithmetic, such as a product and a sum rounded once, may add to a figure of the page. */
const allowed = (units: number): number => units + Math.max(0.5, units / 10)
/** From here on a figure is no longer that of the op, even if it comes from many more inputs. */
const outdated = (units: number): number => 4 * units + 2

describe('docs/accuracy.md', () => {
  test('has a row for every op, with the bound and the range of its record', () => {
    const all = [...categories().values()].flat()
    expect([...stated.keys()].toSorted()).toEqual(all.map(({ name }) => name).toSorted())
    for (const op of all) {
      expect(stated.get(op.name), op.name).toMatchObject(promised(op))
      expect([...(stated.get(op.name)?.worst.keys() ?? [])]).toEqual(ALL_TARGETS)
    }
  })

  test('says why of ops only that there are', () => {
    expect(Object.keys(REASONS).filter((name) => !stated.has(name))).toEqual([])
  })

  const devices: Device[] = []
  beforeAll(async () => {
    for (const target of TARGETS) devices.push(expectRight(await openDevice(target)()))
  })
  afterAll(async () => {
    for (const device of devices) await device.destroy()
  })

  test.each([...categories()])(
    'states the errors of 2^14 inputs, none of them too low or far too high: %s',
    async (_, chosen) => {
      const found = await measure(devices, chosen, { places: 2 ** 14, results: 2 ** 14 })
      const beyond = [...found].flatMap(([target, ops]) =>
        [...ops].flatMap(([op, { value, gradient }]) => {
          const page = stated.get(op)?.worst.get(target) ?? { value: Number.NaN, gradient: Number.NaN }
          const isKept = value <= allowed(page.value) && gradient <= allowed(page.gradient)
          // An error that cancellation makes is as large as the inputs are many.
          const isFresh =
            op in REASONS || (page.value <= outdated(value) && page.gradient <= outdated(gradient))
          return isKept && isFresh ? [] : [{ target, op, value, gradient, page }]
        }),
      )
      expect(beyond).toEqual([])
    },
    120_000,
  )
})
