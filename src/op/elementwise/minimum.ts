import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const minimumOp = elementwise({
  name: 'minimum',
  doc: 'The smaller of x and y, elementwise; operands broadcast. Equal operands share the gradient.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: Math.min,
  scalar: (x, y) => binary('min', x, y),
  partials: (b, [x, y]) => {
    if (x === undefined || y === undefined) return []
    const half = b.mul(b.constant(0.5), b.toFloat(b.equal(x, y)))
    return [b.add(b.toFloat(b.less(x, y)), half), b.add(b.toFloat(b.less(y, x)), half)]
  },
  domain: 'apart',
  laws: ['commutative', 'associative', 'idempotent'],
})
