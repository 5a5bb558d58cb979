import { pipe } from 'fp-ts/lib/function.js'
import { fail, optionError } from '../error/error.js'
import { build } from '../op/index.js'
import type { BatchNormOptions } from './batch-norm.js'
import { batchNorm } from './batch-norm.js'
import type { Tokens } from './class-token.js'
import { layer } from './compose.js'
import type { ConvolutionInit } from './convolution.js'
import { convolution, pytorchConvolution } from './convolution.js'
import { normal, zeros } from './initialiser.js'
import type { Layer, Model } from './model.js'
import { model, pure } from './model.js'

export interface ConvolutionStemOptions {
  /** Channels after each convolution that goes over neighbours. */
  readonly widths: readonly number[]
  /** Strides of these; 2 each unless stated. Their product is the side of a patch. */
  readonly strides?: readonly number[]
  /** Taps of these along every axis, for all or for each; 3 unless stated. */
  readonly taps?: number | readonly number[]
  /** Channels of the tokens, made by a last convolution. */
  readonly outputs: number
  /** Taps and stride of the last convolution; 1 unless stated. */
  readonly lastTaps?: number
  readonly lastStride?: number
  /** Batch normalisation and ReLU after each convolution but the last, which then have no bias; or none of both. */
  readonly activated: boolean
  readonly norm?: BatchNormOptions
}

/** N(0, 2/outputs) for the last convolution, which has one tap. */
const lastInit: ConvolutionInit = ({ outputs }) => ({ weight: normal(Math.sqrt(2 / outputs)), bias: zeros })

/** The stem of ViT_C (Xiao et al. 2021, at 1 GFLOP): four halvings, each with batch normalisation and ReLU. */
export const vitcStem = (outputs: number): ConvolutionStemOptions => ({
  widths: [24, 48, 96, 192],
  outputs,
  activated: true,
})

/** The stem of the released Hyena N-D code: a chain of linear maps, convolutions with bias alone. */
export const linearStem = (outputs: number): ConvolutionStemOptions => ({
  widths: [48, 96, 192, 384],
  outputs,
  activated: false,
})

const relu: Layer<object, object, Tokens, Tokens> = (x) =>
  pure({}, x, (_, given) => build.relu(given) as Tokens)

const check = ({ widths, strides, taps }: ConvolutionStemOptions): void => {
  const refuse = (field: string, expected: string, found: readonly number[]): never =>
    fail(
      optionError({
        where: `convolutionStem: ${field}`,
        expected,
        found: JSON.stringify(found),
        hint: 'one width and one stride for each convolution but the last; the product of strides is the patch',
      }),
    )
  const counts = (list: readonly number[]): boolean => list.every((n) => Number.isInteger(n) && n >= 1)
  if (!counts(widths)) refuse('widths', 'positive whole numbers', widths)
  if (strides !== undefined && (!counts(strides) || strides.length !== widths.length))
    refuse('strides', `${widths.length} positive whole numbers`, strides)
  if (typeof taps === 'object' && taps.length !== widths.length)
    refuse('taps', `a number, or ${widths.length} numbers`, taps)
}

type Chain = Model<object, object, Tokens, Tokens>

/** One convolution over neighbours, with what follows it. */
const step =
  (options: ConvolutionStemOptions, index: number): Layer<unknown, unknown, Tokens, Tokens> =>
  (x) => {
    const { widths, strides, taps = 3, activated, norm } = options
    const convolved = convolution(widths[index] ?? 1, {
      taps: typeof taps === 'number' ? taps : (taps[index] ?? 3),
      stride: strides?.[index] ?? 2,
      bias: !activated,
      init: pytorchConvolution,
    })
    const from = pipe(model(x.shape), layer('convolution', convolved))
    return activated ? pipe(from, layer('norm', batchNorm(norm)), layer('relu', relu)) : from
  }

/**
 * A stem of convolutions in place of patches (Xiao et al. 2021): [batch, ...grid, C] → [batch, ...grid/patch, outputs].
 * Convolutions over neighbours under `steps`, in order, then the last one.
 * @throws TraceFailure with an OptionError that names the option at fault.
 */
export const convolutionStem =
  (options: ConvolutionStemOptions): Layer<unknown, unknown, Tokens, Tokens> =>
  (x) => {
    check(options)
    const steps = (given: Tokens): Chain =>
      options.widths.reduce<Chain>(
        (made, _, index) => pipe(made, layer(`${index}`, step(options, index))),
        model(given.shape),
      )
    return pipe(
      model(x.shape),
      layer('steps', steps),
      layer(
        'last',
        convolution(options.outputs, {
          taps: options.lastTaps ?? 1,
          stride: options.lastStride ?? 1,
          init: options.activated ? lastInit : pytorchConvolution,
        }),
      ),
    )
  }
