import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const maximumOp = elementwise({
  name: 'maximum',
  doc: 'The larger of x and y, elementwise; operands broadcast. Equal operands share the gradient.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: Math.max,
  scalar: (x, y) => binary('max', x, y),
  partials: (b, [x, y]) => {
    if (x === undefined || y === undefined) return []
    const half = b.mul(b.constant(0.5), b.toFloat(b.equal(x, y)))
    return [b.add(b.toFloat(b.greater(x, y)), half), b.add(b.toFloat(b.greater(y, x)), half)]
  },
  domain: 'apart',
  laws: ['commutative', 'associative', 'idempotent'],
})
