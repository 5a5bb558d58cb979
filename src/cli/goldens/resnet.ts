/** The residual networks of akamaster/pytorch_resnet_cifar10, and one block of them. */
import type { BlockOptions } from '../../../models/resnet/index.js'
import { decodeConfig, residualBlock, resnet } from '../../../models/resnet/index.js'
import { attempt, dataError, fail, orFail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Tokens } from '../../nn/class-token.js'
import type { Model } from '../../nn/model.js'
import type { Golden, GoldenFamily, GoldenProgram } from './family.js'
import { lastChannelsShape, networkProgram, normRules, weightRules } from './network-program.js'
import { nameOf, sizeOfField } from './vit-metadata.js'
import type { WeightRule } from './vit-weights.js'

const norm = { epsilon: 1e-5, momentum: 0.1 }

/** Rules for the block at `path`, which ends with a point where it is not empty. */
const blockRules = (path: string, name: string): readonly WeightRule[] => [
  ...weightRules(`${path}first`, `${name}conv1`),
  ...normRules(`${path}norm1`, `${name}bn1`),
  ...weightRules(`${path}second`, `${name}conv2`),
  ...normRules(`${path}norm2`, `${name}bn2`),
  ...weightRules(`${path}shortcut\\.convolution`, `${name}shortcut.0`),
  ...normRules(`${path}shortcut\\.norm`, `${name}shortcut.1`),
]

/** Stated in a block's metadata; in a network, seen from the tensors. */
const kindOf = (golden: Golden): BlockOptions['shortcut'] => {
  const convolved = Object.keys(golden.tensors).some((name) => name.endsWith('shortcut.0.weight'))
  const option = 'option' in golden.metadata ? nameOf(golden, 'option', ['A', 'B']) : convolved ? 'B' : 'A'
  return option === 'B' ? 'projection' : 'zeros'
}

/** Refuses a file whose x has another size than it states. */
const checkSize = (golden: Golden, field: string, found: number): void => {
  const stated = sizeOfField(golden, field)
  if (stated === found) return
  fail(
    dataError({
      where: `${golden.name}: x`,
      expected: `metadata ${field}: ${found}, as x has`,
      found: `${stated}`,
      hint: 'the configuration in the metadata does not fit the tensors',
    }),
  )
}

const blockProgram = (golden: Golden): GoldenProgram => {
  const shape = lastChannelsShape(golden)
  checkSize(golden, 'cin', shape[3] ?? 0)
  const block = residualBlock({
    outputs: sizeOfField(golden, 'cout'),
    stride: sizeOfField(golden, 'stride'),
    shortcut: kindOf(golden),
    norm,
  })
  return networkProgram(golden, block(inputTensor('x', shape, 'f32')), blockRules('', ''))
}

const stageCount = 3

const networkOf = (golden: Golden): GoldenProgram => {
  const [, height, columns, channels] = lastChannelsShape(golden)
  checkSize(golden, 'image', height)
  const width = sizeOfField(golden, 'width')
  const blocks = sizeOfField(golden, 'n')
  const config = orFail(
    decodeConfig()({
      height,
      columns,
      channels,
      classes: sizeOfField(golden, 'classes'),
      blocks,
      widths: Array.from({ length: stageCount }, (_, stage) => width * 2 ** stage),
      shortcut: kindOf(golden),
      ...norm,
    }),
  )
  const stages = Array.from({ length: stageCount * blocks }, (_, i) => {
    const [stage, block] = [Math.floor(i / blocks), i % blocks]
    return blockRules(`stages\\.${stage}\\.${block}\\.`, `layer${stage + 1}.${block}.`)
  })
  const rules = [
    ...weightRules('stem', 'conv1'),
    ...normRules('norm', 'bn1'),
    ...stages.flat(),
    ...weightRules('head', 'linear'),
  ]
  return networkProgram(golden, resnet(config) as Model<unknown, unknown, Tokens, Tensor>, rules)
}

export const resnetFamily: GoldenFamily = {
  name: 'resnet',
  recognises: ({ name, tensors }) => name.startsWith('resnet') && 'param/conv1.weight' in tensors,
  read: (golden) =>
    attempt(() => ('param/linear.weight' in golden.tensors ? networkOf(golden) : blockProgram(golden))),
}
