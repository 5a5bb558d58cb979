/** Options of the residual networks: a codec, defaults, and what must hold between them. */
import type * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import type { Rule } from '../mixer/index.js'
import { decodeOptions, oneOf, positive } from '../mixer/index.js'

const fields = {
  kind: t.literal('resnet'),
  /** Rows and columns of the images. */
  height: t.number,
  columns: t.number,
  channels: t.number,
  classes: t.number,
  /** Blocks of a stage; the depth is twice their number in all, and 2. */
  blocks: t.number,
  /** Channels of each stage; every stage but the first halves the grid. */
  widths: t.readonlyArray(t.number),
  /** Where a block changes the channels: zeros beside them ('zeros', option A), or a convolution of one tap (B). */
  shortcut: oneOf(['zeros', 'projection']),
  /** Of the batch normalisation. */
  epsilon: t.number,
  momentum: t.number,
}

export const resnetConfig = t.readonly(t.type(fields))
export type ResnetConfig = t.TypeOf<typeof resnetConfig>

/** ResNet-110 for 32×32 images of 100 classes (He et al. 2016, section 4.2, option A). */
export const paperConfig: ResnetConfig = {
  kind: 'resnet',
  height: 32,
  columns: 32,
  channels: 3,
  classes: 100,
  blocks: 18,
  widths: [16, 32, 64],
  shortcut: 'zeros',
  epsilon: 1e-5,
  momentum: 0.1,
}

const rules: readonly Rule<ResnetConfig>[] = [
  ...positive<ResnetConfig>('height', 'columns', 'channels', 'classes', 'blocks'),
  [
    'widths',
    ({ widths }) => widths.length > 0 && widths.every((width) => Number.isInteger(width) && width > 0),
    'one or more positive whole numbers',
    'the paper has [16, 32, 64]',
  ],
  [
    'widths',
    ({ widths, shortcut }) =>
      shortcut === 'projection' || widths.every((width, i) => i === 0 || width >= (widths[i - 1] ?? 0)),
    "numbers that do not fall, with shortcut 'zeros'",
    "zeros can only be added to channels: let the widths grow, or take shortcut 'projection'",
  ],
  [
    'epsilon',
    ({ epsilon }) => epsilon > 0,
    'a positive number',
    'it keeps the normalisation from dividing by 0',
  ],
  ['momentum', ({ momentum }) => momentum >= 0 && momentum <= 1, 'a number from 0 to 1', '0.1 is usual'],
]

/** A configuration from some of its fields, the others as in `base`; the first field at fault is named. */
export const decodeConfig =
  (base: ResnetConfig = paperConfig) =>
  (given: unknown): E.Either<TensorError, ResnetConfig> =>
    decodeOptions({ fields, defaults: base, rules })('resnet: ')(given)
