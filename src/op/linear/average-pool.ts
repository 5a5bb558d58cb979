import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import { slidingBy } from '../../shape/convolution.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { PoolAttributes, PoolCheck, Pooled, PoolOptions } from '../../shape/pool.js'
import { poolAttributes, poolShape, poolSlides } from '../../shape/pool.js'
import type { Padding, Slide, Steps } from '../../shape/slide.js'
import { alongLeadingAxes } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply, apply1, defineComposite } from '../def.js'
import type { Composite } from '../def.js'
import { oneOperand } from '../operands.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { forEachTap, poolFields, windowSize } from './pool-windows.js'

export type AveragePoolAttributes = PoolAttributes & {
  /** Whether what the padding adds counts, as zeros. */
  readonly countPadding: boolean
}

const STILL: Slide = { padding: [0, 0], stride: 1, dilation: 1, inputDilation: 1 }

/** The sum of each window: a convolution with ones, in which other axes than the first are spatial ones of one tap. */
const windowSums = (b: Builder, attrs: PoolAttributes, x: Tensor): Tensor => {
  const { window } = attrs
  const lead = x.shape.slice(0, x.shape.length - 1 - window.length)
  const images = b.reshape(x, [...(lead.length === 0 ? [1] : []), ...x.shape, 1])
  const others = lead.slice(1).map(() => 1)
  const kernel = b.constant(1, [...others, ...window, 1, 1, 1])
  const slides = [...others.map(() => STILL), ...poolSlides(attrs), STILL]
  const sums = b.convolution(slidingBy(slides, 1), images, kernel)
  return b.reshape(sums, sums.shape.slice(lead.length === 0 ? 1 : 0, -1))
}

export const averagePoolOp: Composite<AveragePoolAttributes> = defineComposite<AveragePoolAttributes>({
  name: 'averagePool',
  category: 'linear',
  doc:
    'The mean of each window over the spatial axes of x [...lead, ...spatial, channels], of as many as the window has sizes: ' +
    'y[…, i, c] = Σ_t x[…, s·i + t − before, c] / n, with zeros outside x. n is the size of the window, ' +
    'or with countPadding false the number of its elements that lie in x.',
  attrs: t.readonly(t.strict({ ...poolFields, countPadding: t.boolean })),
  type: (attrs, inputs) =>
    pipe(
      oneOperand('averagePool', 'f32', inputs),
      E.chain((x) => poolShape('averagePool', x.shape, attrs)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  expand: (b, attrs, [x]) => {
    if (x === undefined) return []
    const { window, padding, countPadding } = attrs
    const sums = windowSums(b, attrs, x)
    if (countPadding || padding.every(([before, after]) => before === 0 && after === 0))
      return [b.div(sums, b.constant(windowSize(window)))]
    const spatial = x.shape.slice(x.shape.length - 1 - window.length, -1)
    return [b.div(sums, windowSums(b, attrs, b.constant(1, [...spatial, 1])))]
  },
  evaluate: (attrs, [x], [output = []]) => {
    if (x === undefined) return []
    const data = new Float64Array(sizeOf(output))
    const counts = new Float64Array(data.length)
    forEachTap(attrs, x.shape, output, (place, _, source) => {
      data[place] = (data[place] ?? 0) + (x.data[source] ?? Number.NaN)
      counts[place] = (counts[place] ?? 0) + 1
    })
    const all = windowSize(attrs.window)
    return [
      {
        shape: output,
        data: data.map((sum, place) => sum / (attrs.countPadding ? all : (counts[place] ?? 0))),
      },
    ]
  },
  vjp: 'expand',
  jvp: 'expand',
  batch: alongLeadingAxes((_, attrs, inputs) => apply(averagePoolOp, attrs, inputs)),
  cost: ({ window }, _, [output]) => ({ flops: (windowSize(window) + 1) * sizeOf(output?.shape ?? []) }),
  samples: [
    {
      attrs: { window: [2], strides: [2], padding: [[0, 0]], countPadding: true },
      inputs: [floatInput(2, 5, 'm')],
    },
    {
      attrs: { window: [3], strides: [2], padding: [[1, 1]], countPadding: false },
      inputs: [floatInput('n', 'm')],
    },
    {
      attrs: {
        window: [3, 2],
        strides: [1, 2],
        padding: [
          [1, 2],
          [1, 0],
        ],
        countPadding: true,
      },
      inputs: [floatInput(2, 'n', 3, 2)],
    },
    {
      attrs: {
        window: [2, 1, 2],
        strides: [1, 1, 2],
        padding: [
          [1, 0],
          [0, 0],
          [1, 1],
        ],
        countPadding: false,
      },
      inputs: [floatInput(2, 1, 2, 'n', 3, 2)],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['linear'],
})

export interface AveragePoolOptions<
  Window extends readonly number[],
  Stride extends Steps,
  P extends Padding,
> extends PoolOptions<Window, Stride, P> {
  /** Whether the zeros of the padding count in the mean; true unless stated, as in PyTorch. */
  readonly countPadding?: boolean
}

/**
 * The mean of each window over the spatial axes of x [...lead, ...spatial, channels], of as many as the window has
 * sizes: `pipe(x, averagePool({ window: [2, 2] }))`. Each has floor((size + before + after − window) / stride) + 1
 * places. The mean over whole axes is `mean`.
 * @throws TraceFailure with a ShapeError where the windows do not fit.
 */
export const averagePool =
  <
    const Window extends readonly number[],
    const Stride extends Steps = Window,
    const P extends Padding = 'valid',
  >(
    options: AveragePoolOptions<Window, Stride, P>,
  ) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & PoolCheck<'averagePool', X, Window, Stride, P>,
  ): Tensor<Pooled<X, Window, Stride, P>, 'f32'> =>
    typedResult(
      apply1(averagePoolOp, { ...poolAttributes(options), countPadding: options.countPadding ?? true }, [x]),
    )
