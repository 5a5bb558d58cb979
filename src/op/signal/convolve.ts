import { fail, orFail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Dim, Shape } from '../../shape/dim.js'
import { printShape } from '../../shape/dim.js'
import type { LinearConvolutionCheck, LinearMode, LinearShape } from '../../shape/linear-convolution.js'
import { linearRange } from '../../shape/linear-convolution.js'
import { axesFromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { padOp } from '../view/pad.js'
import { sliceOp } from '../view/slice.js'
import { fftConvOp } from './fft-conv.js'
import { goodLength } from './radix-plan.js'

/** Options of `convolve`. */
export interface LinearOptions<Axes extends readonly number[], Mode extends LinearMode> {
  /** The axes convolved over jointly, which may count from the end. */
  readonly axes: Axes
  /** 'full' unless stated. */
  readonly mode?: Mode
}

interface Axis {
  readonly at: number
  readonly points: number
  readonly taps: number
}

/** The convolved axes with their sizes. */
const sizedAxes = (x: Shape, kernel: Shape, axes: readonly number[], mode: LinearMode): readonly Axis[] => {
  const front = axesFromFront(axes, x.length)
  const found = front.flatMap((at): readonly Axis[] => {
    const [points, taps]: readonly (Dim | undefined)[] = [x[at], kernel[at]]
    return typeof points === 'number' && typeof taps === 'number' && points >= 1 && taps >= 1
      ? [{ at, points, taps }]
      : []
  })
  const fits =
    x.length === kernel.length &&
    axes.length > 0 &&
    found.length === axes.length &&
    new Set(front).size === axes.length &&
    (mode !== 'valid' || found.every(({ points, taps }) => taps <= points))
  return fits
    ? found
    : fail(
        shapeError({
          where: 'convolve',
          expected:
            'an input and a kernel of one rank, with distinct axes to convolve of at least one point and one tap each' +
            (mode === 'valid' ? ', no more taps than points' : ''),
          found: `${printShape(x)} and ${printShape(kernel)}, axes [${axes.join(', ')}]`,
          hint: 'give the kernel axes of size 1 where it is shared; a named axis must be bound first',
        }),
      )
}

/**
 * The linear convolution y[i] = Σₐ k[a]·x[i − a] over `axes` jointly, where what lies outside is 0: `pipe(x,
 * convolve(kernel, { axes: [1], mode: 'same' }))`. Of n points and k taps an axis, 'full' gives all n + k − 1 outputs,
 * 'same' the n from floor((k − 1)/2) on, 'valid' the n − k + 1 that no 0 from outside enters. Ranks are equal; the
 * other axes broadcast. It is `fftConv`, circular over a grid padded to a length with factors 2, 3 and 5; for short
 * kernels `convolution` is cheaper.
 * @throws TraceFailure with a ShapeError where ranks or sizes do not fit, or a convolved axis has no size.
 */
export const convolve =
  <K extends Shape, const Axes extends readonly number[], const Mode extends LinearMode = 'full'>(
    kernel: Tensor<K, 'f32'>,
    options: LinearOptions<Axes, Mode>,
  ) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & LinearConvolutionCheck<X, K, Axes>,
  ): Tensor<LinearShape<X, K, Axes, Mode>, 'f32'> => {
    const mode = options.mode ?? 'full'
    const sized = sizedAxes(x.shape, kernel.shape, options.axes, mode)
    const others = (shape: Shape): Shape =>
      shape.map((dim, at) => (sized.some((axis) => axis.at === at) ? 1 : dim))
    orFail(broadcastShapes('convolve', others(x.shape), others(kernel.shape)))
    const whole = (tensor: Tensor, have: (axis: Axis) => number): Tensor => {
      const widths = tensor.shape.map((_, at): readonly [number, number] => {
        const axis = sized.find((own) => own.at === at)
        return axis === undefined ? [0, 0] : [0, goodLength(axis.points + axis.taps - 1) - have(axis)]
      })
      return apply1(padOp, { widths, value: 0 }, [tensor])
    }
    const attrs = { axes: sized.map(({ at }) => at), mode: 'circular' as const, sumOver: [] }
    const y = apply1(fftConvOp, attrs, [whole(x, ({ points }) => points), whole(kernel, ({ taps }) => taps)])
    const ranges = y.shape.map((dim, at) => {
      const axis = sized.find((own) => own.at === at)
      if (axis === undefined) return { start: 0, end: dim }
      const { start, size } = linearRange(mode, axis.points, axis.taps)
      return { start, end: start + size }
    })
    return typedResult(
      apply1(sliceOp, { start: ranges.map(({ start }) => start), end: ranges.map(({ end }) => end) }, [y]),
    )
  }
