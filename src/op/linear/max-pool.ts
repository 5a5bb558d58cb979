import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { PoolAttributes, PoolCheck, Pooled, PoolOptions } from '../../shape/pool.js'
import { poolAttributes, poolShape } from '../../shape/pool.js'
import type { Padding, Steps } from '../../shape/slide.js'
import { alongLeadingAxes } from '../batching.js'
import type { Primitive, Sample } from '../def.js'
import { apply, apply1, definePrimitive } from '../def.js'
import { oneOperand } from '../operands.js'
import { constant, guard } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { forEachTap, poolFields, sourceOf, windowSize } from './pool-windows.js'

const apart = (...shape: Shape): Sample['inputs'][number] => ({ shape, dtype: 'f32', domain: 'apart' })

export const maxPoolOp: Primitive<PoolAttributes> = definePrimitive<PoolAttributes>({
  name: 'maxPool',
  category: 'linear',
  doc:
    'The largest element of each window over the spatial axes of x [...lead, ...spatial, channels], of as many as the window has sizes: ' +
    'y[…, i, c] = max_t x[…, s·i + t − before, c]. What lies outside x is not looked at. ' +
    'Of equal largest elements the first in row-major order has the whole gradient.',
  attrs: t.readonly(t.strict(poolFields)),
  type: (attrs, inputs) =>
    pipe(
      oneOperand('maxPool', 'f32', inputs),
      E.chain((x) => poolShape('maxPool', x.shape, attrs)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: (attrs, [x], [output = []]) => {
    if (x === undefined) return []
    const data = new Float64Array(sizeOf(output)).fill(-Infinity)
    forEachTap(attrs, x.shape, output, (place, _, source) => {
      data[place] = Math.max(data[place] ?? -Infinity, x.data[source] ?? Number.NaN)
    })
    return [{ shape: output, data }]
  },
  vjp: (b, { attrs, inputs: [x], outputs: [y], cotangents: [cotangent] }) =>
    x === undefined || y === undefined || cotangent === undefined
      ? []
      : [b.spreadTap(attrs, cotangent, b.poolTap(attrs, x, y), x.shape.slice(-1 - attrs.window.length, -1))],
  jvp: (b, { attrs, inputs: [x], outputs: [y], tangents: [dx = null] }) =>
    x === undefined || y === undefined || dx === null
      ? [null]
      : [b.readTap(attrs, dx, b.poolTap(attrs, x, y))],
  batch: alongLeadingAxes((_, attrs, inputs) => apply(maxPoolOp, attrs, inputs)),
  lower: {
    skeleton: 'slide',
    nest: (attrs, [x = []]) => ({
      loops: () => attrs.window.map((size) => ({ size })),
      combine: 'max',
      body: ({ at, counters, read }) => {
        const source = sourceOf(attrs, x, at, counters)
        return guard(source.inside, read(0, source.at), constant(-Infinity))
      },
    }),
  },
  cost: ({ window }, _, [output]) => ({ flops: windowSize(window) * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { window: [2], strides: [2], padding: [[0, 0]] }, inputs: [apart(2, 5, 'm')] },
    { attrs: { window: [3], strides: [1], padding: [[2, 0]] }, inputs: [apart('n', 2)] },
    {
      attrs: {
        window: [3, 2],
        strides: [2, 1],
        padding: [
          [1, 1],
          [0, 1],
        ],
      },
      inputs: [apart(2, 'n', 3, 'm')],
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
      },
      inputs: [apart(1, 2, 2, 'n', 3, 1)],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/**
 * The largest element of each window over the spatial axes of x [...lead, ...spatial, channels], of as many as the
 * window has sizes: `pipe(x, maxPool({ window: [2, 2] }))`. The padding is not looked at. Each spatial axis has
 * floor((size + before + after − window) / stride) + 1 places. Of equal elements the first has the gradient.
 * @throws TraceFailure with a ShapeError where the windows do not fit.
 */
export const maxPool =
  <
    const Window extends readonly number[],
    const Stride extends Steps = Window,
    const P extends Padding = 'valid',
  >(
    options: PoolOptions<Window, Stride, P>,
  ) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & PoolCheck<'maxPool', X, Window, Stride, P>,
  ): Tensor<Pooled<X, Window, Stride, P>, 'f32'> =>
    typedResult(apply1(maxPoolOp, poolAttributes(options), [x]))
