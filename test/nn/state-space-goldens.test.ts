/** What the files of released state space models may say beside their tensors. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { decodeGolden } from '../../src/cli/goldens/decode-golden.js'
import type { Golden } from '../../src/cli/goldens/family.js'
import { passes, runGolden } from '../../src/cli/goldens/run-golden.js'
import { s4ndFamily } from '../../src/cli/goldens/s4nd.js'
import { ssm2dFamily } from '../../src/cli/goldens/ssm-2d.js'
import { orFail, renderError } from '../../src/error/error.js'
import { referenceDevice } from '../../src/run/reference-device.js'

const families = [s4ndFamily, ssm2dFamily]
const diagonal = 's4nd_diag_diag-lin_zoh_6x6_N4_uni'
const lowRank = 's4nd_dplr_trueC_6x6_N4_bi_s1_c1'
const planar = 'ssm2d_real_L6_C4_n1_N2_d2_omega'

/** A file that says something else than it was stored with. */
const saying = (file: string, metadata: Readonly<Record<string, string>>): Golden => {
  const url = new URL(`../golden/${file}.safetensors`, import.meta.url)
  const golden = pipe(readFileSync(fileURLToPath(url)), decodeGolden(`${file}.safetensors`), orFail)
  return { ...golden, metadata: { ...golden.metadata, ...metadata } }
}

describe('files of state space models', () => {
  it.each([
    [diagonal, {}],
    [diagonal, { init: 'diag-inv' }],
    [diagonal, { init: 'diag-fourier', dt_min: '0.1' }],
    [lowRank, {}],
    [lowRank, { init: 'legt' }],
    [planar, {}],
  ])('%s saying %j passes: the values are in the file, wherever they started', async (file, metadata) => {
    const result = orFail(await runGolden(referenceDevice, saying(file, metadata), families)())
    expect(result.comparisons.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([])
    expect(result.excused).toEqual({})
    expect(passes(result)).toBe(true)
  })

  it.each([
    [diagonal, { disc: 'bilinear' }],
    [diagonal, { imag_transform: 'exp' }],
    [planar, { directions: '1' }],
  ])('%s saying %j is another model, or refused', async (file, metadata) => {
    const result = await runGolden(referenceDevice, saying(file, metadata), families)()
    expect(E.isRight(result) && passes(result.right)).toBe(false)
  })

  it.each([
    [lowRank, { disc: 'zoh' }, 'disc'],
    [lowRank, { linear: 'False' }, 'linear'],
    [lowRank, { mode: 's4' }, 'mode'],
    [lowRank, { real_transform: 'square' }, 'real_transform'],
    [planar, { directions: '3' }, 'directions'],
    [planar, { complex: 'perhaps' }, 'complex'],
    [planar, { normalize: 'True' }, 'normalize'],
  ])('%s saying %j is refused', (file, metadata, named) => {
    const golden = saying(file, metadata as Readonly<Record<string, string>>)
    const read = families.find(({ recognises }) => recognises(golden))?.read(golden)
    expect(read !== undefined && E.isLeft(read) ? renderError(read.left) : 'no error').toContain(named)
  })
})
