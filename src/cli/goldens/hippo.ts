/** The HiPPO-LegS matrix and its form as a normal matrix plus one of low rank (state-spaces/s4). */
import { attempt, dataError, fail } from '../../error/error.js'
import type { ComplexArray } from '../../nn/hermitian-eigen.js'
import { legsDecomposition, legsInput, legsMatrix } from '../../nn/hippo.js'
import type { NdArray } from '../../op/def.js'
import type { Golden, GoldenConstants, GoldenFamily } from './family.js'

const CLIP = 2

const arrayOf = ({ name, tensors }: Golden, tensor: string): NdArray =>
  tensors[tensor] ??
  fail(
    dataError({
      where: name,
      expected: `tensor ${tensor}`,
      found: Object.keys(tensors).join(', '),
      hint: 'each N has A, P, B, V and the dense matrices',
    }),
  )

type Complex = readonly [re: number, im: number]
type Comparisons = ReturnType<GoldenConstants['compare']>

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c]
const at = ({ re, im }: ComplexArray, i: number): Complex => [re[i] ?? Number.NaN, im[i] ?? Number.NaN]

/**
 * All tensors of one N. Eigenvalues come in the file's order, and our eigenvectors are turned to the file's phases,
 * which are arbitrary: P and B turn back with them, and B is clipped after that.
 */
const comparisonsOf = (golden: Golden, n: number): Comparisons => {
  const own = legsDecomposition(n)
  const half = n / 2
  const file = (name: string): NdArray => arrayOf(golden, `N${n}/${name}`)
  const [frequencies, first] = [file('A.im').data, [file('V.re').data, file('V.im').data] as const]
  const order = Array.from({ length: half }, (_, k) => {
    const off = Array.from(own.lambda.im, (value) => Math.abs(value - (frequencies[k] ?? Number.NaN)))
    return off.indexOf(Math.min(...off))
  })
  // Our first elements are real and positive.
  const phases = order.map((_, k): Complex => {
    const [x, y] = [first[0][k] ?? Number.NaN, first[1][k] ?? Number.NaN]
    return [x / Math.hypot(x, y), y / Math.hypot(x, y)]
  })
  const turned = (array: ComplexArray, row: number, sign: 1 | -1): readonly Complex[] =>
    order.map((column, k) => {
      const [re, im] = phases[k] ?? [Number.NaN, Number.NaN]
      return times(at(array, row * half + column), [re, sign * im])
    })
  const vectors = Array.from({ length: n }, (_, row) => turned(own.v, row, 1)).flat()
  const clipped = turned(own.b, 0, -1).map(([re, im]): Complex => [re, Math.min(Math.max(im, -CLIP), CLIP)])
  const planes = (name: string, found: readonly Complex[]): Comparisons =>
    Object.fromEntries(
      (['re', 'im'] as const).map((plane, i) => {
        const expected = file(`${name}.${plane}`)
        const data = Float64Array.from(found, (value) => value[i] ?? Number.NaN)
        return [`N${n}/${name}.${plane}`, { expected, found: { shape: expected.shape, data } }]
      }),
    )
  const dense = (name: string, data: Float64Array): Comparisons => {
    const expected = file(name)
    return { [`N${n}/${name}`]: { expected, found: { shape: expected.shape, data } } }
  }
  return {
    ...planes(
      'A',
      order.map((column) => at(own.lambda, column)),
    ),
    ...planes('P', turned(own.p, 0, -1)),
    ...planes('B', clipped),
    ...planes('V', vectors),
    ...dense('dense_A', legsMatrix(n)),
    ...dense('dense_B', legsInput(n)),
  }
}

const sizesOf = ({ tensors }: Golden): readonly number[] => [
  ...new Set(
    Object.keys(tensors)
      .flatMap((name) => /^N(\d+)\//.exec(name)?.[1] ?? [])
      .map(Number),
  ),
]

export const hippoFamily: GoldenFamily = {
  name: 'hippo',
  recognises: (golden) => golden.name.startsWith('hippo_legs') && sizesOf(golden).length > 0,
  read: (golden) =>
    attempt(() => {
      const all = Object.assign({}, ...sizesOf(golden).map((n) => comparisonsOf(golden, n))) as Comparisons
      return { kind: 'constants', compare: () => all }
    }),
}
