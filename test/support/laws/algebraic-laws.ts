import * as E from 'fp-ts/lib/Either.js'
import type { Law, NdArray, Op } from '../../../src/op/def.js'
import type { TensorType } from '../../../src/shape/dim.js'
import type { Case } from '../arbitrary.js'
import { noise } from '../arbitrary.js'
import { expectNear } from '../close.js'
import type { OpLaw } from './law.js'
import { meaning } from './law.js'

/** The algebra that ops declare of themselves. */

const RELATIVE = 1e-12

const map = (x: NdArray, f: (value: number, i: number) => number): NdArray => ({
  shape: x.shape,
  data: x.data.map(f),
})
const combine = (a: number, x: NdArray, b: number, y: NdArray): NdArray =>
  map(x, (value, i) => a * value + b * (y.data[i] ?? Number.NaN))
const negate = (x: NdArray): NdArray => map(x, (value) => -value)

/** What declares algebra has operands of one dtype. */
const typeOf =
  (c: Case) =>
  ({ shape }: NdArray): TensorType => ({ shape, dtype: c.types[0]?.dtype ?? 'f32' })
/** Applies the op to arrays of any shape that its rule accepts. */
const call = (op: Op, c: Case, inputs: readonly NdArray[]): readonly NdArray[] =>
  meaning(op, c.attrs, inputs.map(typeOf(c)), inputs)
const accepts = (op: Op, c: Case, inputs: readonly NdArray[]): boolean =>
  E.isRight(op.type(c.attrs, inputs.map(typeOf(c))))

const expectSame = (found: readonly NdArray[], expected: readonly NdArray[], relative = RELATIVE): void => {
  if (found.length !== expected.length)
    throw new Error(`${found.length} results, expected ${expected.length}`)
  found.forEach((value, i) => {
    const wanted = expected[i]
    if (wanted !== undefined) expectNear(`result ${i}`, value, wanted, relative)
  })
}

/** Other values of the same shape, from the same case. */
const another = (c: Case, x: NdArray, stream: number): NdArray => ({
  shape: x.shape,
  data: noise(c.seed, stream, x.data.length),
})

/** f(2x − 3y) = 2f(x) − 3f(y), where x and y stand for the operands chosen. */
const linearIn = (op: Op, c: Case, chosen: (i: number) => boolean): void => {
  const others = c.inputs.map((x, i) => (chosen(i) ? another(c, x, i) : x))
  const mixed = c.inputs.map((x, i) => (chosen(i) ? combine(2, x, -3, others[i] ?? x) : x))
  const [fx, fy] = [call(op, c, c.inputs), call(op, c, others)]
  const expected = fx.map((x, i) => combine(2, x, -3, fy[i] ?? x))
  // Cancellation may leave a small difference of large numbers: compare on the scale of the terms.
  const scale = fx.map((x, i) =>
    map(x, (value, at) => 2 * Math.abs(value) + 3 * Math.abs(fy[i]?.data[at] ?? 0)),
  )
  const found = call(op, c, mixed)
  found.forEach((value, i) => expectNear(`result ${i}`, value, expected[i] ?? value, RELATIVE, scale[i]))
}

const CHECKS: Readonly<Record<Law, (op: Op, c: Case) => void>> = {
  linear: (op, c) => linearIn(op, c, () => true),
  bilinear: (op, c) => {
    linearIn(op, c, (i) => i === 0)
    linearIn(op, c, (i) => i === 1)
  },
  commutative: (op, c) => expectSame(call(op, c, c.inputs.toReversed()), call(op, c, c.inputs)),
  associative: (op, c) => {
    const [x, y] = c.inputs
    if (x === undefined || y === undefined) throw new Error('an associative op has two operands')
    const z = another(c, y, 1)
    const after = (a: readonly NdArray[], b: readonly NdArray[]): readonly NdArray[] =>
      call(op, c, [...a, ...b])
    expectSame(after(after([x], [y]), [z]), after([x], after([y], [z])))
  },
  idempotent: (op, c) => {
    const [x, y] = c.inputs
    if (x === undefined) throw new Error('an idempotent op has an operand')
    if (y !== undefined) return expectSame(call(op, c, [x, x]), [x], 0)
    const once = call(op, c, [x])
    if (accepts(op, c, once)) expectSame(call(op, c, once), once, 0)
  },
  involution: (op, c) => {
    const once = call(op, c, c.inputs)
    if (accepts(op, c, once)) expectSame(call(op, c, once), c.inputs, 0)
  },
  odd: (op, c) => expectSame(call(op, c, c.inputs.map(negate)), call(op, c, c.inputs).map(negate), 1e-15),
  even: (op, c) => expectSame(call(op, c, c.inputs.map(negate)), call(op, c, c.inputs), 1e-15),
  monotone: (op, c) => {
    const [x] = c.inputs
    if (x === undefined) throw new Error('a monotone op has an operand')
    const [y] = call(op, c, [{ shape: x.shape, data: x.data.toSorted() }])
    y?.data.forEach((value, i) => {
      const before = y.data[i - 1] ?? -Infinity
      if (!(value >= before - 1e-15 * Math.abs(before))) throw new Error(`falls from ${before} to ${value}`)
    })
  },
}

const LAWS: readonly Law[] = [
  'linear',
  'bilinear',
  'commutative',
  'associative',
  'idempotent',
  'involution',
  'odd',
  'even',
  'monotone',
]

export const algebraicLaws: readonly OpLaw[] = LAWS.map((law) => ({
  name: `is ${law}, as it declares`,
  appliesTo: (op) => op.laws.includes(law),
  empty: law !== 'associative',
  check: CHECKS[law],
}))
