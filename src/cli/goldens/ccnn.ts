/** The kernel network of CCNN, and its separable flexible convolution (david-knigge/ccnn). */
import { attempt, dataError, fail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Tokens } from '../../nn/class-token.js'
import type { FlexConvolutionOptions } from '../../nn/flex-conv.js'
import { flexKernel, separableFlexConvolution } from '../../nn/flex-conv.js'
import { croppedTaps } from '../../nn/flex-crop.js'
import { magnet } from '../../nn/magnet.js'
import type { Model } from '../../nn/model.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import { flatten } from '../../tree/tree.js'
import { isParameter } from '../../nn/parameter.js'
import type { Shape } from '../../shape/dim.js'
import type { Given, Golden, GoldenFamily, GoldenProgram, NamedTensors } from './family.js'
import { channelsFirst, checkUsed, lastChannels, lastChannelsShape } from './network-program.js'
import { flagOf, numberOf, sizeOfField, textOf } from './vit-metadata.js'
import { byRules, parametersFrom, tensorOf } from './vit-weights.js'
import type { WeightRule } from './vit-weights.js'

/** Rules for the network at `path`, which the file has under `name`; its Gabor functions are two tensors there. */
const networkRules = (path: string, name: string): readonly WeightRule[] => [
  [new RegExp(`^${path}centres(\\d+)$`), `${name}filters.$1.mu`, 'same'],
  [new RegExp(`^${path}phase(\\d+)$`), `${name}filters.$1.linear.bias`, 'same'],
  [new RegExp(`^${path}weight(\\d+)$`), `${name}linears.$1.weight`, 'outputs first'],
  [new RegExp(`^${path}bias(\\d+)$`), `${name}linears.$1.bias`, 'same'],
  [new RegExp(`^${path}weight$`), `${name}output_linear.weight`, 'outputs first'],
  [new RegExp(`^${path}bias$`), `${name}output_linear.bias`, 'same'],
]

const layerRules: readonly WeightRule[] = [
  ...networkRules('network\\.', 'Kernel.'),
  [/^mask\.sigma$/, 'mask_width_param', 'same'],
  [/^mask\.mean$/, 'mask_mean_param', 'same'],
  [/^shift\.bias$/, 'bias', 'same'],
  [/^mix\.weight$/, 'channel_mixer.weight', 'outputs first'],
  [/^mix\.bias$/, 'channel_mixer.bias', 'same'],
]

/** A filter's inverse widths and frequencies side by side, as ours has them. */
const gaborOf = (given: NamedTensors, filter: string): Tensor => {
  const widths = tensorOf(given, `${filter}.gamma`)
  return build.concat([widths, build.reshape(tensorOf(given, `${filter}.linear.weight`), widths.shape)], 1)
}

/** Our parameter from the file's tensors. */
const weightOf =
  (rules: readonly WeightRule[], prefix: string, given: NamedTensors) =>
  (path: string, shape: Shape): Tensor | null => {
    const filter = /gabor(\d+)$/.exec(path)?.[1]
    return filter === undefined
      ? byRules(rules, given)(path, shape)
      : gaborOf(given, `${prefix}filters.${filter}`)
  }

/** The names of the file that our parameters come from. */
const sourcesOf = (
  rules: readonly WeightRule[],
  prefix: string,
  model: Model<unknown, unknown, Tokens, Tokens>,
): readonly string[] =>
  flatten(isParameter, model.parameters).flatMap(({ path }) => {
    const filter = /gabor(\d+)$/.exec(path)?.[1]
    if (filter !== undefined)
      return ['gamma', 'linear.weight'].map((name) => `${prefix}filters.${filter}.${name}`)
    const rule = rules.find(([pattern]) => pattern.test(path))
    return rule === undefined ? [] : [path.replace(rule[0], rule[1])]
  })

const network = (golden: Golden): FlexConvolutionOptions['network'] => ({
  hidden: sizeOfField(golden, 'hidden'),
  layers: sizeOfField(golden, 'layers'),
  frequency: numberOf(golden, 'omega_0'),
})

const evaluation = { mode: 'evaluate' } as const

const inputOf = (golden: Golden): Tokens => inputTensor('x', lastChannelsShape(golden), 'f32')

const magnetProgram = (golden: Golden): GoldenProgram => {
  const model = magnet(sizeOfField(golden, 'out'), network(golden))(inputOf(golden))
  const rules = networkRules('', '')
  checkUsed(golden, sourcesOf(rules, '', model))
  return {
    kind: 'program',
    compute: ({ x, params }) => {
      const values = parametersFrom(model, weightOf(rules, '', params))
      const { y } = model.apply({ params: values, state: {} }, lastChannels(x), evaluation)
      return { y: channelsFirst(y) }
    },
  }
}

/** The numbers of a small tensor, wherever the file has it. */
const numbersOf = ({ name, tensors }: Golden, names: readonly string[]): readonly number[] => {
  const found = names.flatMap((at) => tensors[at] ?? [])[0]
  return found === undefined
    ? fail(
        dataError({
          where: name,
          expected: `a tensor ${names.join(' or ')}`,
          found: 'none',
          hint: 'the mask of a flexible convolution has a middle and a deviation an axis',
        }),
      )
    : [...found.data]
}

/** The positions of an axis as the file has them, where it does: their rounding differs between versions of PyTorch. */
const positionsOf = ({ tensors }: Golden, taps: number): readonly number[] | null => {
  const found = tensors['buffer/kernel_positions']
  if (found === undefined || found.shape[2] !== taps) return null
  const line = taps ** (found.shape.length - 3)
  return Array.from({ length: taps }, (_, i) => found.data[i * line] ?? Number.NaN)
}

const optionsOf = (golden: Golden): FlexConvolutionOptions => {
  const taps = sizeOfField(golden, 'kernel_size')
  const sigma = numbersOf(golden, ['param/mask_width_param'])
  const mean = numbersOf(golden, ['param/mask_mean_param', 'buffer/mask_mean_param'])
  const threshold = numberOf(golden, 'threshold')
  const room = sigma.map((value, axis) => croppedTaps(taps, threshold, value, mean[axis] ?? 0))
  const positions = positionsOf(golden, taps)
  return {
    taps,
    ...(positions === null ? {} : { positions }),
    sigma,
    mean,
    learnMean: flagOf(golden, 'learn_mean'),
    crop: flagOf(golden, 'crop') ? { threshold, room } : null,
    bias: flagOf(golden, 'bias'),
    network: network(golden),
  }
}

/** The file's kernel must have the taps that the mask's tensors leave. */
const checkKernel = (golden: Golden, found: Shape): void => {
  const stated = golden.metadata['kernel_shape']
  const expected = JSON.stringify([1, found.at(-1), ...found.slice(0, -1)])
  if (stated === undefined || stated.replace(/ /g, '') === expected) return
  fail(
    dataError({
      where: golden.name,
      expected: `metadata kernel_shape ${expected}`,
      found: textOf(golden, 'kernel_shape'),
      hint: 'the kernel is cut where the mask falls below the threshold',
    }),
  )
}

const layerProgram = (golden: Golden): GoldenProgram => {
  const options = optionsOf(golden)
  const x = inputOf(golden)
  const channels = sizeOfField(golden, 'cin')
  const layer = separableFlexConvolution(sizeOfField(golden, 'cout'), options)(x)
  const kernel = flexKernel(options, channels, x.shape.length - 2)
  checkUsed(golden, sourcesOf(layerRules, 'Kernel.', layer))
  checkKernel(golden, kernel.output.shape)
  const taps = kernel.output.shape.slice(0, -1).reduce<number>((product, count) => product * Number(count), 1)
  const compute = ({ x: given, params, buffers }: Given): NamedTensors => {
    const weight = weightOf(layerRules, 'Kernel.', { ...buffers, ...params })
    const run = { params: parametersFrom(layer, weight), state: layer.init(keyFromSeed(0)).state }
    const { y } = layer.apply(run, lastChannels(given), evaluation)
    const own = { params: parametersFrom(kernel, weight), state: kernel.init(keyFromSeed(0)).state }
    const { y: values } = kernel.apply(own, {}, evaluation)
    const k = channelsFirst(build.reshape(values, [1, ...values.shape]))
    const start = build.mul(tensorOf(params, 'Kernel.output_linear.weight'), build.constant(Math.sqrt(taps)))
    const shape = golden.tensors['output_weight_at_init']?.shape ?? start.shape
    return {
      y: channelsFirst(y),
      k,
      'buffer_after/conv_kernel': k,
      output_weight_at_init: build.reshape(start, shape),
    }
  }
  return { kind: 'program', compute }
}

export const ccnnFamily: GoldenFamily = {
  name: 'ccnn',
  recognises: ({ name, tensors }) =>
    name.startsWith('ccnn') &&
    ('param/Kernel.output_linear.weight' in tensors || 'param/output_linear.weight' in tensors),
  read: (golden) =>
    attempt(() =>
      'param/output_linear.weight' in golden.tensors ? magnetProgram(golden) : layerProgram(golden),
    ),
}
