/** The Hyena goldens on disk, decoded. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pipe } from 'fp-ts/lib/function.js'
import { orFail } from '../../src/error/error.js'
import { decodeSafetensors } from '../../src/io/safetensors.js'
import type { NdArray } from '../../src/op/def.js'
import type { GoldenFile } from './golden-hyena.js'

export const hyenaGoldens = [
  'hyena1d_L12_C6_o2',
  'hyena2d_implicit_4dir_standard_L6_C5_o2',
  'hyena2d_implicit_seq_standard_L6_C5_o2',
  'hyena2d_implicit_standard_learn_L5_C6_o2',
  'hyena2d_product_standard_standard_L6_C5_o2',
] as const

export const readHyenaGolden = (name: string): GoldenFile => {
  const path = fileURLToPath(new URL(`../golden/${name}.safetensors`, import.meta.url))
  const { tensors, metadata } = pipe(readFileSync(path), decodeSafetensors(name), orFail)
  const arrays = [...tensors].map(([key, { shape, data }]): readonly [string, NdArray] => [
    key,
    { shape, data: Float64Array.from(data, Number) },
  ])
  return { tensors: Object.fromEntries(arrays), metadata: { ...metadata } }
}
