/**
 * The released convolutional baselines: residual networks, the stem of ViT_C, kernels and layers of CCNN. The authors'
 * code made the files of `released`, a float64 program written after it, which reproduces these, all others.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { ccnnFamily } from '../../src/cli/goldens/ccnn.js'
import { decodeGolden } from '../../src/cli/goldens/decode-golden.js'
import type { Golden } from '../../src/cli/goldens/family.js'
import { resnetFamily } from '../../src/cli/goldens/resnet.js'
import { passes, runGolden } from '../../src/cli/goldens/run-golden.js'
import { vitcFamily } from '../../src/cli/goldens/vitc.js'
import { orFail, renderError } from '../../src/error/error.js'
import { referenceDevice } from '../../src/run/reference-device.js'

const folder = fileURLToPath(new URL('../golden/', import.meta.url))
const files = readdirSync(folder).filter((file) => /^(resnet|ccnn|vitc).*\.safetensors$/.test(file))
const released = [
  'ccnn_magnet_h8_l3_o4',
  'ccnn_sepflex_s25_3x3',
  'resnet8_w4_i16_eval',
  'resnet8_w4_i16_train',
  'resnet_block_16_32_s2_A_eval',
  'resnet_block_16_32_s2_A_train',
  'vitc_stem_eval',
  'vitc_stem_train',
]
const families = [resnetFamily, ccnnFamily, vitcFamily]

const goldenOf = (file: string): Golden => pipe(readFileSync(`${folder}${file}`), decodeGolden(file), orFail)

/** Tensors that a file asks for. */
const asked = ({ tensors }: Golden): readonly string[] =>
  Object.keys(tensors).filter((name) => !/^(x$|g$|param\/|buffer\/)/.test(name))

describe('files of the convolutional baselines', () => {
  it('are there', () => {
    expect(files).toEqual(expect.arrayContaining(released.map((name) => `${name}.safetensors`)))
    expect(files.length).toBeGreaterThan(released.length)
  })

  it.each(files)('%s: outputs, kernels, running statistics and every gradient', async (file) => {
    const golden = goldenOf(file)
    const result = orFail(await runGolden(referenceDevice, golden, families)())
    expect(result.comparisons.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([])
    expect(result.excused).toEqual({})
    expect(result.comparisons.map(({ name }) => name).sort()).toEqual([...asked(golden)].sort())
    expect(passes(result)).toBe(true)
  })
})

describe('files that say something else than their tensors', () => {
  const errorOf = (file: string, metadata: Readonly<Record<string, string>>): string => {
    const golden = goldenOf(`${file}.safetensors`)
    const family = families.find(({ recognises }) => recognises(golden))
    const read = family?.read({ ...golden, metadata: { ...golden.metadata, ...metadata } })
    return read !== undefined && E.isLeft(read) ? renderError(read.left) : 'no error'
  }

  it.each([
    ['resnet8_w4_i16_eval', { train: 'maybe' }, 'train'],
    ['resnet8_w4_i16_eval', { n: '0' }, 'metadata n'],
    ['resnet8_w4_i16_eval', { image: '8' }, 'metadata image: 16'],
    ['resnet_block_16_32_s2_A_eval', { cin: '8' }, 'metadata cin: 16'],
    ['resnet_block_16_32_s2_A_eval', { option: 'C' }, 'option'],
    ['resnet_block_16_32_s2_A_eval', { stride: '1.5' }, 'stride'],
    ['vitc_stem_eval', { dims: '4,6,12' }, 'kernels, dims and strides'],
    ['vitc_stem_eval', { strides: '2,2,0,1' }, 'strides'],
    ['ccnn_magnet_h8_l3_o4', { layers: '2' }, 'param/'],
    ['ccnn_sepflex_s25_3x3', { bias: 'False' }, 'param/bias'],
    ['ccnn_sepflex_s25_3x3', { crop: 'False' }, 'kernel_shape'],
    ['ccnn_sepflex_s25_3x3', { threshold: '2' }, 'threshold'],
  ])('%s with %j is refused', (file, metadata, named) => {
    expect(errorOf(file, metadata as Readonly<Record<string, string>>)).toContain(named)
  })
})
