import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isWithin } from '../../src/cli/goldens/compare.js'
import type { Golden } from '../../src/cli/goldens/family.js'
import { familyOf, runGolden } from '../../src/cli/goldens/run-golden.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { hyenaGoldens, readGolden } from '../support/golden-hyena.js'
import { expectRight } from '../support/gpu-environment.js'

describe('the released Hyena layers', () => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice('reference')())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })

  it.each(hyenaGoldens)('%s: output, kernel and every gradient', async (name) => {
    if (opened.device === undefined) throw new Error('the interpreter is not open')
    const golden = readGolden(name)
    const { comparisons, missing } = expectRight(await runGolden(opened.device, golden)())
    expect(missing).toEqual([])
    expect(comparisons.filter((comparison) => !isWithin(comparison))).toEqual([])
    const asked = Object.keys(golden.tensors).filter((tensor) => /^(y|k|grad\/.*)$/.test(tensor))
    expect(comparisons.map((comparison) => comparison.name).sort()).toEqual(asked.sort())
  })

  it('are all there: every filter, window, mode and order', () => {
    const all = hyenaGoldens.join(' ')
    for (const part of ['implicit', 'product', 'direct', 'seq', '4dir_', '4dirp', 'parallel'])
      expect(all).toContain(part)
    for (const part of ['learn', 'no_', 'symettric', 'sqrt', 'o2', 'o3', 'o4']) expect(all).toContain(part)
  })
})

describe('a configuration that the released layers do not have', () => {
  const seq = (): Golden => readGolden('hyena2d_implicit_seq_standard_L6_C5_o2')
  const errorOf = (golden: Golden): unknown => {
    const read = expectRight(familyOf(golden)).read(golden)
    return E.isLeft(read) ? read.left : 'read'
  }
  const stating = (golden: Golden, metadata: Readonly<Record<string, string>>): Golden => ({
    ...golden,
    metadata: { ...golden.metadata, ...metadata },
  })

  it.each([
    [{ mode: '8dir' }, 'mode', '8dir'],
    [{ window: 'gaussian' }, 'window', 'gaussian'],
    [{ implicit: 'maybe' }, 'implicit', 'maybe'],
    [{ order: '3' }, 'order', '3'],
    [{ L: '7' }, 'L', '7'],
    [{ F: '64' }, 'F', '64'],
    [{ direct_paramtrization: 'True' }, 'direct', 'none'],
    [{ quantised: 'True' }, 'quantised', 'quantised = True'],
  ])('%o is refused', (metadata, field, found) => {
    const golden = seq()
    expect(errorOf(stating(golden, metadata))).toMatchObject({
      _tag: 'DataError',
      where: `${golden.name}: ${field}`,
      found,
    })
  })

  it('that leaves a tensor unused is refused', () => {
    const golden = readGolden('hyena2d_implicit_4dir_standard_L6_C5_o2')
    expect(errorOf(stating(golden, { mode: 'seq' }))).toMatchObject({
      where: `${golden.name}: param/linear_mix.weight`,
    })
  })

  it('of the product filter with a symmetric window, or of other modes on one axis, is refused', () => {
    const product = stating(readGolden('hyena2d_product_standard_standard_L6_C5_o2'), { window: 'symettric' })
    expect(errorOf(product)).toMatchObject({ where: `${product.name}: window` })
    const line = stating(readGolden('hyena1d_L12_C6_o2'), { mode: '4dir' })
    expect(errorOf(line)).toMatchObject({ where: `${line.name}: mode`, found: '4dir' })
  })

  it('is read from the name where the metadata do not say it', () => {
    const golden = seq()
    const { L = '', C = '', F = '', order = '' } = golden.metadata
    expect(errorOf({ ...golden, metadata: { L, C, F, order } })).toBe('read')
  })
})
