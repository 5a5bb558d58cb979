/** The convolution stem of ViT_C (facebookresearch/pycls). */
import { attempt, dataError, fail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import { convolutionStem } from '../../nn/convolution-stem.js'
import type { Golden, GoldenFamily, GoldenProgram } from './family.js'
import { lastChannelsShape, networkProgram, normRules, weightRules } from './network-program.js'
import { numberOf, textOf } from './vit-metadata.js'

/** Positive whole numbers separated by commas. */
const countsOf = (golden: Golden, field: string): readonly number[] => {
  const counts = textOf(golden, field)
    .replace(/[[\]() ]/g, '')
    .split(',')
    .map(Number)
  return counts.every((count) => Number.isInteger(count) && count > 0)
    ? counts
    : fail(
        dataError({
          where: golden.name,
          expected: `metadata ${field}: positive whole numbers`,
          found: textOf(golden, field),
          hint: 'one for each convolution, the last included',
        }),
      )
}

const lists = (golden: Golden): readonly (readonly number[])[] => {
  const found = ['kernels', 'dims', 'strides'].map((field) => countsOf(golden, field))
  const [first] = found
  return found.every(({ length }) => length === first?.length)
    ? found
    : fail(
        dataError({
          where: golden.name,
          expected: 'metadata kernels, dims and strides of one length',
          found: found.map(({ length }) => length).join(', '),
          hint: 'one of each for every convolution',
        }),
      )
}

const program = (golden: Golden): GoldenProgram => {
  const [kernels = [], dims = [], strides = []] = lists(golden)
  const widths = dims.slice(0, -1)
  const stem = convolutionStem({
    widths,
    strides: strides.slice(0, -1),
    // The reference has three taps in all but the last, whatever `kernels` says; the weights show it.
    taps: widths.map((_, i) => golden.tensors[`param/cstem${i}_conv.weight`]?.shape.at(-1) ?? 3),
    outputs: dims.at(-1) ?? 1,
    lastTaps: kernels.at(-1) ?? 1,
    lastStride: strides.at(-1) ?? 1,
    activated: true,
    norm: { epsilon: numberOf(golden, 'bn_eps'), momentum: numberOf(golden, 'bn_mom') },
  })
  const rules = [
    ...widths.flatMap((_, i) => [
      ...weightRules(`steps\\.${i}\\.convolution`, `cstem${i}_conv`),
      ...normRules(`steps\\.${i}\\.norm`, `cstem${i}_bn`),
    ]),
    ...weightRules('last', 'cstem_last_conv'),
  ]
  return networkProgram(golden, stem(inputTensor('x', lastChannelsShape(golden), 'f32')), rules)
}

export const vitcFamily: GoldenFamily = {
  name: 'vitc',
  recognises: ({ name, tensors }) => name.startsWith('vitc') && 'param/cstem_last_conv.weight' in tensors,
  read: (golden) => attempt(() => program(golden)),
}
