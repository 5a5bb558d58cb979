/** Options of the continuous convolutional networks: a codec, defaults, and what must hold between them. */
import type * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import type { Rule } from '../mixer/index.js'
import { decodeOptions, positive } from '../mixer/index.js'

const fields = {
  kind: t.literal('ccnn'),
  /** Rows and columns of the images. */
  height: t.number,
  columns: t.number,
  channels: t.number,
  classes: t.number,
  /** Channels of the residual blocks. */
  width: t.number,
  blocks: t.number,
  /** Taps of a whole kernel along an axis. */
  taps: t.number,
  /** First deviation of the kernels' masks, on [−1, 1]. */
  sigma: t.number,
  /** Value of the mask below which taps are left out; null: none are. */
  threshold: t.union([t.number, t.null]),
  /** Most taps an axis that kernels have room for; null: all. */
  room: t.union([t.number, t.null]),
  /** Whether the masks' middles are learned. */
  learnMean: t.boolean,
  /** Gabor functions of each filter of a kernel's network, its linear layers, and its first frequencies. */
  hidden: t.number,
  layers: t.number,
  frequency: t.number,
  /** Rate at which channels are dropped in a block. */
  dropout: t.number,
  /** Of the batch normalisation. */
  epsilon: t.number,
  momentum: t.number,
}

export const ccnnConfig = t.readonly(t.type(fields))
export type CcnnConfig = t.TypeOf<typeof ccnnConfig>

/** CCNN 6,380 for CIFAR-100 (Knigge et al. 2023). */
export const paperConfig: CcnnConfig = {
  kind: 'ccnn',
  height: 32,
  columns: 32,
  channels: 3,
  classes: 100,
  width: 380,
  blocks: 6,
  taps: 31,
  sigma: 0.075,
  threshold: 0.1,
  room: null,
  learnMean: false,
  hidden: 64,
  layers: 3,
  frequency: 679.142,
  dropout: 0.2,
  epsilon: 1e-5,
  momentum: 0.1,
}

const rules: readonly Rule<CcnnConfig>[] = [
  ...positive<CcnnConfig>('height', 'columns', 'channels', 'classes', 'width', 'blocks', 'hidden', 'layers'),
  [
    'taps',
    ({ taps }) => Number.isInteger(taps) && taps >= 3 && taps % 2 === 1,
    'an odd number from 3',
    'the kernel has a middle tap; the paper has 31',
  ],
  ['sigma', ({ sigma }) => sigma > 0, 'a positive number', 'the paper starts from 0.075'],
  [
    'threshold',
    ({ threshold }) => threshold === null || (threshold > 0 && threshold < 1),
    'a number between 0 and 1, or null',
    'the paper has 0.1; null leaves no tap out',
  ],
  [
    'room',
    ({ room, taps }) =>
      room === null || (Number.isInteger(room) && room > 0 && room <= taps && room % 2 === 1),
    'an odd number up to taps, or null',
    'a smaller room is faster, and holds as long as the masks do not outgrow it',
  ],
  [
    'room',
    ({ room, threshold }) => room === null || threshold !== null,
    'null where threshold is null',
    'without a threshold the kernel has all its taps',
  ],
  ['frequency', ({ frequency }) => frequency > 0, 'a positive number', 'the paper has 679.142'],
  ['dropout', ({ dropout }) => dropout >= 0 && dropout < 1, 'a rate from 0 to below 1', 'the paper has 0.2'],
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
  (base: CcnnConfig = paperConfig) =>
  (given: unknown): E.Either<TensorError, CcnnConfig> =>
    decodeOptions({ fields, defaults: base, rules })('ccnn: ')(given)
