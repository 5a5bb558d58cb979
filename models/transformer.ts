/** What the vision transformers of models/vit and models/swin share: how layers start, and what their options must satisfy. */
import * as E from 'fp-ts/lib/Either.js'
import type { Initialisation } from '../src/nn/initialiser.js'
import { pytorchInit, truncatedNormalInit, xavierInit } from '../src/nn/initialiser.js'
import type { TensorError } from '../src/error/error.js'
import { optionError } from '../src/error/error.js'
import type { Decode, Rule, SingleMixerConfig } from './mixer/index.js'
import { decodeSingleMixer } from './mixer/index.js'

/** How linear layers may start. */
export const initNames = ['truncated normal', 'xavier normal', 'pytorch'] as const

export const initialisations: Readonly<Record<(typeof initNames)[number], Initialisation>> = {
  'truncated normal': truncatedNormalInit,
  'xavier normal': xavierInit,
  pytorch: pytorchInit,
}

/** Options that both have. */
interface Common {
  readonly height: number
  readonly columns: number
  readonly patch: number
  readonly dropPath: number
  readonly epsilon: number
}

/** Patches fill the image. */
export const patchRule: Rule<Common> = [
  'patch',
  (c) => c.height % c.patch === 0 && c.columns % c.patch === 0,
  'a side that divides height and columns',
  'patches must fill the image; crop or pad it, or choose another side',
]

export const trainingRules: readonly Rule<Common>[] = [
  ['dropPath', (c) => c.dropPath >= 0 && c.dropPath < 1, 'a rate from 0 to below 1', 'the paper uses 0.1'],
  ['epsilon', (c) => c.epsilon > 0, 'a positive number', 'it keeps the normalisation from dividing by 0'],
]

/** A place where a layer may stand, or none. */
export const decodeMixerOrNull: Decode<SingleMixerConfig | null> = (where) => (given) =>
  given === null ? E.right(null) : decodeSingleMixer(where)(given)

/** The released factor of kernels, 1/(2L), needs one side length L for all of `what`. */
export const checkKernelScale = (
  mixer: SingleMixerConfig,
  where: string,
  what: string,
  hasSideLength: boolean,
): E.Either<TensorError, SingleMixerConfig> =>
  mixer.kind === 'hyena' && mixer.kernelScale !== 'one' && !hasSideLength
    ? E.left(
        optionError({
          where: `${where}kernelScale`,
          expected: `'one' for ${what} that are not square`,
          found: mixer.kernelScale,
          hint: 'the released factor is defined for square grids',
        }),
      )
    : E.right(mixer)
