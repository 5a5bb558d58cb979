import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary, constant, select } from '../scalar-expression.js'
import { ternaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

const derivatives = (b: Builder, x: Tensor, y: Tensor, t: Tensor): readonly Tensor[] => [
  b.sub(b.constant(1), t),
  t,
  b.sub(y, x),
]

export const lerpOp = elementwise({
  name: 'lerp',
  doc: 'Linear interpolation x + t (y − x), elementwise; operands broadcast. Computed from the nearer end, so that it is exactly x at t = 0 and y at t = 1; t beyond extrapolates.',
  operands: ['f32', 'f32', 'f32'],
  result: 'f32',
  value: (x, y, t) => (t < 0.5 ? x + t * (y - x) : y - (1 - t) * (y - x)),
  scalar: (x, y, t) => {
    const way = binary('sub', y, x)
    const fromX = binary('add', x, binary('mul', t, way))
    const fromY = binary('sub', y, binary('mul', binary('sub', constant(1), t), way))
    return select(binary('lt', t, constant(0.5)), fromX, fromY)
  },
  partials: (b, [x, y, t]) =>
    x === undefined || y === undefined || t === undefined ? [] : derivatives(b, x, y, t),
  flops: 5,
  range: [
    [-1024, 1024],
    [-1024, 1024],
    [0, 1],
  ],
})

/**
 * `pipe(x, lerp(y, t))`: x + t (y − x), elementwise: x at t = 0, y at t = 1; all three broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const lerp = ternaryCombinator(lerpOp)
