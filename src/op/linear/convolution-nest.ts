/** The loop nest of a convolution: one place and output channel an element, loops over taps and input channels. */
import type { Bound, Index, Loop } from '../../ir/scalar.js'
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf } from '../../shape/convolution.js'
import type { Slide } from '../../shape/slide.js'
import type { LoopNest } from '../def.js'
import {
  binary,
  constant,
  guard,
  indexConst,
  indexSum,
  quotient,
  remainder,
  within,
} from '../scalar-expression.js'

/** One axis: which taps a place loops over, and what each reads. */
interface AxisLoop {
  readonly loop: (place: Index) => Loop
  /** The tap of a counter. */
  readonly tap: (place: Index, counter: Index) => Index
  /** The element of x under it, and what must hold for there to be one. */
  readonly source: (place: Index, counter: Index) => Index
  readonly inside: (place: Index, counter: Index) => readonly Bound[]
}

/** Every tap reads an element of x, or a zero outside. */
const dense = ({ padding: [before], stride, dilation }: Slide, size: number, taps: number): AxisLoop => {
  const source = (place: Index, tap: Index): Index => indexSum(-before, [stride, place], [dilation, tap])
  return {
    loop: () => ({ size: taps }),
    tap: (_, counter) => counter,
    source,
    inside: (place, counter) => [within(source(place, counter), 0, size)],
  }
}

/** Between the elements of x lie zeros: the loop meets only every `inputDilation`-th tap, those that do not read one. */
const sparse = ({ padding, stride, inputDilation }: Slide, size: number, taps: number): AxisLoop => {
  const [before, after] = padding
  // Where the taps begin in the dilated x, and the first of them that meets an element.
  const start = (place: Index): Index => indexSum(-before, [stride, place])
  const first = (place: Index): Index => remainder(indexSum(before, [-stride, place]), inputDilation)
  const source = (place: Index, counter: Index): Index =>
    indexSum(0, [1, quotient(indexSum(inputDilation - 1, [1, start(place)]), inputDilation)], [1, counter])
  return {
    loop: (place) => ({
      size: Math.ceil(taps / inputDilation),
      extent: quotient(indexSum(taps - 1 + inputDilation, [-1, first(place)]), inputDilation),
    }),
    tap: (place, counter) => indexSum(0, [1, first(place)], [inputDilation, counter]),
    source,
    inside: (place, counter) => (before > 0 || after > 0 ? [within(source(place, counter), 0, size)] : []),
  }
}

/** Zeros between elements and gaps between taps: every tap asks whether it meets an element. */
const dilatedTwice = (slide: Slide, size: number, taps: number): AxisLoop => {
  const { padding, stride, dilation, inputDilation } = slide
  const place = (at: Index, tap: Index): Index => indexSum(-padding[0], [stride, at], [dilation, tap])
  return {
    loop: () => ({ size: taps }),
    tap: (_, counter) => counter,
    source: (at, counter) => quotient(place(at, counter), inputDilation),
    inside: (at, counter) => [
      within(remainder(place(at, counter), inputDilation), 0, 1),
      within(quotient(place(at, counter), inputDilation), 0, size),
    ],
  }
}

const axisLoop = (slide: Slide, size: number, taps: number): AxisLoop => {
  if (slide.inputDilation === 1) return dense(slide, size, taps)
  return slide.dilation === 1 ? sparse(slide, size, taps) : dilatedTwice(slide, size, taps)
}

export const convolutionNest = (
  attrs: ConvolutionAttributes,
  [x = [], kernel = []]: readonly (readonly number[])[],
): LoopNest => {
  const slides = slidesOf(attrs)
  const rank = slides.length
  const axes = slides.map((slide, i) => axisLoop(slide, x[i + 1] ?? 0, kernel[i] ?? 0))
  const [perGroup = 1, outputs = 1] = kernel.slice(rank)
  const zero = indexConst(0)
  return {
    loops: (at) => [...axes.map(({ loop }, i) => loop(at[i + 1] ?? zero)), { size: perGroup }],
    combine: 'sum',
    body: ({ at, counters, read }) => {
      const output = at[rank + 1] ?? zero
      const input = counters[rank] ?? zero
      const along = <T>(f: (axis: AxisLoop, place: Index, counter: Index) => T): readonly T[] =>
        axes.map((axis, i) => f(axis, at[i + 1] ?? zero, counters[i] ?? zero))
      const group = quotient(output, Math.max(outputs / attrs.groups, 1))
      const sources = along(({ source }, place, counter) => source(place, counter))
      const product = binary(
        'mul',
        read(0, [at[0] ?? zero, ...sources, indexSum(0, [perGroup, group], [1, input])]),
        read(1, [...along(({ tap }, place, counter) => tap(place, counter)), input, output]),
      )
      return guard(along(({ inside }, place, counter) => inside(place, counter)).flat(), product, constant(0))
    },
  }
}
