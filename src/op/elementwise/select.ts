import { select } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const selectOp = elementwise({
  name: 'select',
  doc: 'x where the condition holds, otherwise y; operands broadcast.',
  operands: ['bool', 'same', 'same'],
  result: 'same',
  value: (condition = 0, x = 0, y = 0) => (condition !== 0 ? x : y),
  scalar: (condition, x, y) => select(condition, x, y),
  partials: (b, [condition]) => {
    if (condition === undefined) return []
    const chosen = b.toFloat(condition)
    return [null, chosen, b.sub(b.constant(1), chosen)]
  },
})
