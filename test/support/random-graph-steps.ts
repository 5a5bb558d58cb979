import type { Tensor } from '../../src/ir/tensor.js'
import type { Builder } from '../../src/op/builder.js'
import { build } from '../../src/op/index.js'
import { sizeOf } from '../../src/shape/dim.js'

/** The steps of random programs: each makes one tensor from those there are, or nothing if none fits. */

/** A tensor and a bound on the magnitude of its elements. */
export interface Made {
  readonly tensor: Tensor
  readonly bound: number
}

/** Numbers that choose: the step, its operands, and whatever else it needs. */
export interface Pick {
  readonly step: number
  readonly a: number
  readonly b: number
  readonly c: number
}

type Step = (made: readonly Made[], pick: Pick) => Made | null

const LARGEST_SIZE = 48
const LARGEST_RANK = 4
/** Integers below it are exact in float32. */
const EXACT_BOUND = 2 ** 22
/** Beyond it the steps of finite differences would have to be smaller. */
const SMOOTH_BOUND = 12

/** The one that n in [0, 100) stands for; small n, half of all, take the latest quarter, so that programs grow deep. */
const choose = <A>(items: readonly A[], n: number): A | null =>
  items.at(-1 - Math.floor((n / 100) ** 2 * items.length)) ?? null
const floats = (made: readonly Made[]): readonly Made[] => made.filter(({ tensor }) => tensor.dtype === 'f32')
const sizes = (tensor: Tensor): readonly number[] => tensor.shape.map(Number)

const limited =
  (limit: number, step: Step): Step =>
  (made, pick) => {
    const result = step(made, pick)
    const small =
      result !== null &&
      result.bound <= limit &&
      sizeOf(result.tensor.shape) <= LARGEST_SIZE &&
      result.tensor.shape.length <= LARGEST_RANK
    return small ? result : null
  }

type Unary = (b: Builder, x: Tensor, pick: Pick) => Tensor | null

/** A step on one float tensor. */
const unary =
  (f: Unary, bound: (x: number) => number = (x) => x): Step =>
  (made, pick) => {
    const x = choose(floats(made), pick.a)
    const result = x === null ? null : f(build, x.tensor, pick)
    return x === null || result === null ? null : { tensor: result, bound: bound(x.bound) }
  }

const broadcasts = (x: readonly number[], y: readonly number[]): boolean =>
  x.toReversed().every((size, i) => {
    const other = y.at(-1 - i) ?? 1
    return size === other || size === 1 || other === 1
  })

/** A step on two float tensors whose shapes broadcast. */
const binary =
  (
    f: (b: Builder, x: Tensor, y: Tensor, pick: Pick) => Tensor | null,
    bound: (x: number, y: number, tensor: Tensor) => number,
    fits = broadcasts,
  ): Step =>
  (made, pick) => {
    const x = choose(floats(made), pick.a)
    if (x === null) return null
    const y = choose(
      floats(made).filter(({ tensor }) => fits(sizes(x.tensor), sizes(tensor))),
      pick.b,
    )
    const result = y === null ? null : f(build, x.tensor, y.tensor, pick)
    return y === null || result === null ? null : { tensor: result, bound: bound(x.bound, y.bound, x.tensor) }
  }

const axesFrom = (n: number, rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => (n >> axis) % 2 === 1)

/** How many elements become one. */
const reduced = (x: Tensor, { b }: Pick): number =>
  sizeOf(axesFrom(b, x.shape.length).map((axis) => x.shape[axis] ?? 1))

const reduce =
  (name: 'sum' | 'max' | 'mean'): Unary =>
  (b, x, pick) =>
    b[name](x, axesFrom(pick.b, x.shape.length), pick.c % 2 === 1)

const sum: Step = (made, pick) => {
  const x = choose(floats(made), pick.a)
  return x === null
    ? null
    : {
        tensor: build.sum(x.tensor, axesFrom(pick.b, x.tensor.shape.length), pick.c % 2 === 1),
        bound: x.bound * reduced(x.tensor, pick),
      }
}

const permutation = (rank: number, n: number): readonly number[] => {
  const axes = Array.from({ length: rank }, (_, axis) => axis)
  return Array.from({ length: rank }, (_, i) => axes.splice((n >> i) % (rank - i), 1)[0] ?? 0)
}

const VIEWS: readonly Unary[] = [
  (b, x) => b.reshape(x, [sizeOf(x.shape)]),
  (b, x) => b.reshape(x, [...x.shape, 1]),
  (b, x, { b: n }) =>
    sizeOf(x.shape) % 2 === 0
      ? b.reshape(x, n % 2 === 0 ? [2, sizeOf(x.shape) / 2] : [sizeOf(x.shape) / 2, 2])
      : null,
  (b, x, { b: n }) => b.permute(x, permutation(x.shape.length, n)),
  (b, x, { b: n }) => b.broadcast(x, [1 + (n % 3), ...x.shape]),
  (b, x, { b: n }) => b.flip(x, axesFrom(n, x.shape.length)),
  (b, x, { b: n, c }) => {
    const starts = sizes(x).map((size, axis) => (n >> axis) % Math.max(size, 1))
    return b.slice(
      x,
      starts,
      sizes(x).map((size, axis) => Math.max((starts[axis] ?? 0) + 1, size - ((c >> axis) % 2))),
    )
  },
  (b, x, { b: n, c }) =>
    b.pad(
      x,
      x.shape.map((_, axis) => [(n >> axis) % 2, (c >> axis) % 2] as const),
      n % 3,
    ),
]

/** Other sizes than on one axis are equal. */
const joinable = (x: readonly number[], y: readonly number[]): boolean =>
  x.length > 0 && x.length === y.length && x.filter((size, axis) => size !== y[axis]).length <= 1

const concat = (b: Builder, x: Tensor, y: Tensor, { c }: Pick): Tensor => {
  const differing = x.shape.findIndex((size, axis) => size !== y.shape[axis])
  return b.concat([x, y], differing >= 0 ? differing : c % x.shape.length)
}

const CONTRACTIONS = [
  'ij,jk->ik',
  'ij,kj->ik',
  'ji,jk->ik',
  'bij,jk->bik',
  'ij,j->i',
  'i,ij->j',
  'i,j->ij',
  'ij,ij->',
  'i,i->',
  'bij,bij->bi',
  ',i->i',
]

/** The sizes of a pattern's letters, or null where it does not fit the operands. */
const letterSizes = (
  pattern: string,
  x: readonly number[],
  y: readonly number[],
): ReadonlyMap<string, number> | null => {
  const [left = '', right = ''] = pattern.split(/,|->/)
  if (left.length !== x.length || right.length !== y.length) return null
  const found = new Map([...left].map((letter, axis) => [letter, x[axis] ?? 1]))
  for (const [axis, letter] of [...right].entries()) {
    if ((found.get(letter) ?? y[axis]) !== y[axis]) return null
    found.set(letter, y[axis] ?? 1)
  }
  return found
}

const fitting = (x: readonly number[], y: readonly number[]): readonly string[] =>
  CONTRACTIONS.filter((pattern) => letterSizes(pattern, x, y) !== null)

const contract = (b: Builder, x: Tensor, y: Tensor, { c }: Pick): Tensor | null => {
  const pattern = choose(fitting(sizes(x), sizes(y)), c)
  return pattern === null ? null : b.einsum(pattern, x, y)
}

/** No contraction above sums more products than its first operand has elements. */
const contractBound = (x: number, y: number, { shape }: Tensor): number => sizeOf(shape) * x * y

const larger = (x: number, y: number): number => Math.max(x, y)

const compared = (made: readonly Made[], pick: Pick): Tensor | null => {
  const x = choose(floats(made), pick.a)
  const y =
    x === null
      ? null
      : choose(
          floats(made).filter(({ tensor }) => broadcasts(sizes(x.tensor), sizes(tensor))),
          pick.b,
        )
  if (x === null || y === null) return null
  return (pick.c % 2 === 0 ? build.less : build.equal)(x.tensor, y.tensor)
}

const compare: Step = (made, pick) => {
  const condition = compared(made, pick)
  return condition === null ? null : { tensor: condition, bound: 1 }
}

const select: Step = (made, pick) => {
  const condition = choose(
    made.filter(({ tensor }) => tensor.dtype === 'bool'),
    pick.c,
  )
  if (condition === null) return null
  const fits = floats(made).filter(({ tensor }) => broadcasts(sizes(tensor), sizes(condition.tensor)))
  const x = choose(fits, pick.a)
  const y =
    x === null
      ? null
      : choose(
          fits.filter(({ tensor }) => broadcasts(sizes(tensor), sizes(x.tensor))),
          pick.b,
        )
  return x === null || y === null
    ? null
    : { tensor: build.select(condition.tensor, x.tensor, y.tensor), bound: Math.max(x.bound, y.bound) }
}

const toFloat: Step = (made, pick) => {
  const condition = choose(
    made.filter(({ tensor }) => tensor.dtype === 'bool'),
    pick.a,
  )
  return condition === null ? null : { tensor: build.toFloat(condition.tensor), bound: 1 }
}

const scaled = (b: Builder, x: Tensor, { b: n }: Pick): Tensor => b.mul(x, b.constant((n % 5) - 2))

const structural: readonly Step[] = [
  ...VIEWS.map((view) => unary(view, (x) => Math.max(x, 2))),
  binary(concat, larger, joinable),
  ...[1, 2].map(() => binary(contract, contractBound, (x, y) => fitting(x, y).length > 0)),
  binary(
    (b, x, y) => b.add(x, y),
    (x, y) => x + y,
  ),
  binary(
    (b, x, y) => b.sub(x, y),
    (x, y) => x + y,
  ),
  binary(
    (b, x, y) => b.mul(x, y),
    (x, y) => x * y,
  ),
  unary((b, x) => b.neg(x)),
  unary(scaled, (x) => 2 * x),
  sum,
]

export const EXACT_STEPS: readonly Step[] = [
  ...structural,
  unary((b, x) => b.relu(x)),
  unary((b, x) => b.identity(x)),
  unary(reduce('max')),
  binary((b, x, y) => b.maximum(x, y), larger),
  binary((b, x, y) => b.minimum(x, y), larger),
  compare,
  select,
  toFloat,
].map((step) => limited(EXACT_BOUND, step))

export const SMOOTH_STEPS: readonly Step[] = [
  ...structural,
  unary(
    (b, x) => b.sin(x),
    () => 1,
  ),
  unary(
    (b, x) => b.cos(x),
    () => 1,
  ),
  unary(
    (b, x) => b.tanh(x),
    () => 1,
  ),
  unary(
    (b, x) => b.sigmoid(x),
    () => 1,
  ),
  unary(
    (b, x) => b.exp(x),
    (x) => Math.exp(x),
  ),
  unary((b, x) => b.gelu(x)),
  unary(
    (b, x) => b.erf(x),
    () => 1,
  ),
  unary(reduce('mean')),
].map((step) => limited(SMOOTH_BOUND, step))
