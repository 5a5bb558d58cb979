import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { convolutionAttributes } from '../shape/convolution.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { AsShape } from '../shape/size-arithmetic.js'
import type { Padding, SlidAxes, Steps } from '../shape/slide.js'
import { stepsOf } from '../shape/slide.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import type { Initialiser } from './initialiser.js'
import { normal, uniform, zeros } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** Products that one output sums over, and that one input goes into. */
export interface Fans {
  readonly inputs: number
  readonly outputs: number
}

/** First values of a kernel and its bias, by the number of terms of their sums. */
export type ConvolutionInit = (fans: Fans) => { readonly weight: Initialiser; readonly bias: Initialiser }

/** Weights and bias U(±1/√inputs), PyTorch's default. */
export const pytorchConvolution: ConvolutionInit = ({ inputs }) => {
  const bound = 1 / Math.sqrt(inputs)
  return { weight: uniform(-bound, bound), bias: uniform(-bound, bound) }
}

/** Weights N(0, 2/inputs), biases 0 (He et al. 2015): keeps the size of signals through rectified layers. */
export const heConvolution: ConvolutionInit = ({ inputs }) => ({
  weight: normal(Math.sqrt(2 / inputs)),
  bias: zeros,
})

/** Taps along every axis of the grid, or one count for all. */
export type Taps = number | readonly number[]

/** A count of taps for each axis of the grid. */
export type TapsOf<G extends Shape, T extends Taps> = {
  readonly [I in keyof G]: T extends number ? T : I extends keyof T ? T[I] : number
}

export interface ConvolutionParams {
  /** [...taps, inputs / groups, outputs] */
  readonly weight: Tensor<Shape, 'f32'>
}

export interface ConvolutionOptions<
  T extends Taps = Taps,
  Stride extends Steps = Steps,
  P extends Padding = Padding,
  Bias extends boolean = boolean,
> {
  readonly taps: T
  /** From one place to the next, for all axes or for each; 1 unless stated. */
  readonly stride?: Stride
  /** Zeros around the grid: pairs, or a rule; 'same' unless stated. */
  readonly padding?: P
  /** From one tap to the next; 1 unless stated. */
  readonly dilation?: Steps
  /** Groups of channels that are convolved by themselves; 1 unless stated. */
  readonly groups?: number
  readonly bias?: Bias
  /** PyTorch's unless stated. */
  readonly init?: ConvolutionInit
}

/** The grid after the taps have slid over it. */
export type ConvolvedGrid<
  G extends Shape,
  T extends Taps,
  Stride extends Steps,
  P extends Padding,
> = number extends G['length'] ? readonly number[] : AsShape<SlidAxes<G, AsShape<TapsOf<G, T>>, P, Stride, 1>>

const counted = (field: string, value: unknown, expected = 'a positive whole number'): void => {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.every((item) => Number.isInteger(item) && Number(item) >= 1)) return
  fail(
    optionError({
      where: `convolution: ${field}`,
      expected,
      found: JSON.stringify(value),
      hint: 'one for all axes of the grid, or one for each',
    }),
  )
}

/** One for each axis of the grid. */
const listed = (field: string, value: Taps, rank: number): readonly number[] => {
  counted(field, value)
  const list = stepsOf(value, rank)
  return list.length === rank
    ? list
    : fail(
        optionError({
          where: `convolution: ${field}`,
          expected: `a number, or ${rank} numbers`,
          found: JSON.stringify(value),
          hint: 'the grid has the axes between batch and channels',
        }),
      )
}

const checkGroups = (groups: number, inputs: number, outputs: number): void => {
  counted('groups', groups)
  if (inputs % groups === 0 && outputs % groups === 0) return
  fail(
    optionError({
      where: 'convolution: groups',
      expected: `a number that divides ${inputs} inputs and ${outputs} outputs`,
      found: `${groups}`,
      hint: 'as many groups as channels make a depthwise convolution',
    }),
  )
}

/**
 * Convolution (cross-correlation) over every axis of the grid: [batch, ...grid, C] → [batch, ...places, outputs].
 * With padding 'same' every stride-th place has a result. The bias is not decayed.
 * @throws TraceFailure with an OptionError that names the option at fault, or a ShapeError where taps do not fit.
 */
export const convolution =
  <
    const O extends number,
    const T extends Taps,
    const Stride extends Steps = 1,
    const P extends Padding = 'same',
    const Bias extends boolean = true,
  >(
    outputs: O,
    options: ConvolutionOptions<T, Stride, P, Bias>,
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<
    ConvolutionParams & (Bias extends true ? { readonly bias: Tensor<readonly [O], 'f32'> } : Empty),
    Empty,
    OnGrid<B, G, C>,
    OnGrid<B, ConvolvedGrid<G, T, Stride, P>, O>
  > => {
    type Params = ConvolutionParams &
      (Bias extends true ? { readonly bias: Tensor<readonly [O], 'f32'> } : Empty)
    type Result = OnGrid<B, ConvolvedGrid<G, T, Stride, P>, O>
    const rank = gridOf('convolution', x).length
    const inputs = channelsOf('convolution', x)
    const { stride = 1, padding = 'same', dilation = 1, groups = 1, init = pytorchConvolution } = options
    counted('outputs', outputs)
    checkGroups(groups, inputs, outputs)
    const taps = listed('taps', options.taps, rank)
    const shape: Shape = [...taps, inputs / groups, outputs]
    const attributes = convolutionAttributes(shape, {
      padding,
      groups,
      stride: listed('stride', stride, rank),
      dilation: listed('dilation', dilation, rank),
    })
    const size = taps.reduce((product, count) => product * count, 1)
    const first = init({ inputs: (size * inputs) / groups, outputs: (size * outputs) / groups })
    const weight = parameter({ shape, init: first.weight })
    const bias = parameter({ shape: [outputs] as const, init: first.bias, decay: false })
    const result =
      options.bias === false
        ? pure({ weight }, x, (params, given) => build.convolution(attributes, given, params.weight))
        : pure({ weight, bias }, x, (params, given) =>
            build.add(build.convolution(attributes, given, params.weight), params.bias),
          )
    return result as Model<Params, Empty, OnGrid<B, G, C>, Result>
  }
