import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contraction } from '../../../kernels/simd/contraction.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import { quotientOf, remainderOf, sumOf } from '../../../src/ir/index-map.js'
import type { Index, IndexTerm, Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { evaluateKernel } from '../../support/evaluate-scalar.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'
import {
  axis,
  binary,
  constant,
  contraction as matrixProduct,
  distance,
  loop,
  read,
  sizeOf,
  unary,
  values,
} from '../../support/scalar-kernels.js'

const same = (value: Scalar): Scalar => value

/** The kernel of an einsum pattern; the operands' axes lie in memory in their order in the pattern. */
const einsumKernel = (
  pattern: string,
  sizes: Readonly<Record<string, number>>,
  around: {
    readonly left?: (value: Scalar) => Scalar
    readonly right?: (value: Scalar) => Scalar
    readonly epilogue?: Scalar | null
  } = {},
): ScalarKernel => {
  const [operands = '', result = ''] = pattern.split('->')
  const [x = '', y = ''] = operands.split(',')
  const size = (letter: string): number => sizes[letter] ?? 1
  const summed = [...new Set([...x, ...y])].filter((letter) => !result.includes(letter))
  const shape = [...result].map(size)
  const place = (letter: string): Index =>
    result.includes(letter)
      ? axis(result.indexOf(letter), size(letter))
      : loop(summed.indexOf(letter), size(letter))
  const at = (letters: string): Index =>
    sumOf(
      0,
      [...letters].map((letter, i) => [sizeOf([...letters].slice(i + 1).map(size)), place(letter)] as const),
    )
  const { left = same, right = same, epilogue = null } = around
  return {
    name: pattern,
    shape,
    loops: summed.map((letter) => ({ size: size(letter) })),
    combine: 'sum',
    body: binary('mul', left(read(0, at(x))), right(read(1, at(y)))),
    epilogue,
    inputs: [sizeOf([...x].map(size)), sizeOf([...y].map(size)), sizeOf(shape)],
  }
}

const inputsOf = ({ inputs }: ScalarKernel): readonly Float32Array[] =>
  inputs.map((length, i) => values(length, i + 1))

/** Runs it whole and in pieces, and compares both with the meaning. */
const check = (kernel: ScalarKernel, features: Features, step: number): void => {
  const made = contraction(kernel, features)
  expect(made).not.toBeNull()
  if (made === null) return
  const inputs = inputsOf(kernel)
  const length = sizeOf(kernel.shape)
  const whole = runSimdKernel(made, features, length, inputs)
  const pieces = runSimdKernel(made, features, length, inputs, { step, backwards: true })
  expect(distance(whole.output, evaluateKernel(kernel, inputs))).toBeLessThan(1e-5)
  expect(new Uint32Array(pieces.output.buffer)).toEqual(new Uint32Array(whole.output.buffer))
  expect(whole.isTidy && pieces.isTidy).toBe(true)
}

const PATTERNS = [
  'ij,jk->ik',
  'ji,jk->ik',
  'ij,kj->ik',
  'ij,kj->ki',
  'bij,bjk->bik',
  'bij,bkj->bik',
  'bni,io->bno',
  'bthd,bshd->bhts',
  'bhts,bshd->bthd',
  'bti,bto->io',
  'icd,cdo->io',
  'icd,dco->io',
  'iac,bcj->iabj',
  'bto,bhtd->hdo',
] as const

const LETTERS = [...new Set(PATTERNS.join('').replace(/[^a-z]/g, ''))]

const sizesWith = (most: number): fc.Arbitrary<Readonly<Record<string, number>>> =>
  fc
    .tuple(...LETTERS.map((letter) => fc.integer({ min: 'ijkdsoc'.includes(letter) ? 4 : 2, max: most })))
    .map((sizes) => Object.fromEntries(LETTERS.map((letter, i) => [letter, sizes[i] ?? 1])))

const halved = (value: Scalar): Scalar => binary('mul', constant(0.5), value)
const raised = (value: Scalar): Scalar => binary('max', value, constant(-0.25))
const accumulator: Scalar = { kind: 'accumulator' }

const negated = (value: Scalar): Scalar => unary('neg', value)

/** Factors as they are or of expressions, and what is made of the sum. */
const surroundings = fc.record({
  left: fc.constantFrom(same, negated, halved, raised),
  right: fc.constantFrom(same, same, halved, raised),
  epilogue: fc.constantFrom(null, unary('abs', accumulator), binary('mul', accumulator, constant(-3))),
})

const sides = ['left', 'right', 'both'] as const

/** Kernels of up to four axes and two loops, whose factors read anywhere that their side may depend on. */
const mixedKernels: fc.Arbitrary<ScalarKernel> = fc
  .record({
    axes: fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...sides)), { maxLength: 3 }),
    columns: fc.integer({ min: 3, max: 30 }),
    loops: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 2 }),
    strides: fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 12, maxLength: 12 }),
    divisors: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
    isContiguous: fc.boolean(),
    isPadded: fc.boolean(),
  })
  .map(({ axes, columns, loops, strides, divisors, isContiguous, isPadded }) => {
    const shape = [...axes.map(([size]) => size), columns]
    const indexFor = (side: 'left' | 'right', from: number): Index => {
      const places = [...axes.map(([, which]) => which), 'right' as const].flatMap((which, i) =>
        which === side || which === 'both' ? [axis(i, shape[i] ?? 1)] : [],
      )
      const counters = loops.map((size, i) => loop(i, size))
      const terms = [...places, ...counters].map((place, i): IndexTerm => [strides[from + i] ?? 1, place])
      const column: IndexTerm = [1, axis(axes.length, columns)]
      return sumOf(2, side === 'right' && isContiguous ? [...terms, column] : terms)
    }
    const within = (index: Index, divisor: number): Index =>
      remainderOf(sumOf(0, [[1, quotientOf(index, divisor)]]), 53)
    const right = indexFor('right', 6)
    const guarded: Scalar = {
      kind: 'guard',
      condition: [{ index: right, low: 0, high: 400 }],
      x: read(1, right),
      y: constant(0.25),
    }
    return {
      name: 'mixed',
      shape,
      loops: loops.map((size) => ({ size })),
      combine: 'sum' as const,
      body: binary(
        'mul',
        read(0, within(indexFor('left', 0), divisors[0])),
        isPadded ? guarded : read(1, within(right, divisors[1])),
      ),
      epilogue: null,
      inputs: [53, 400],
    }
  })

describe.each(FEATURES)('contractions, %o', (features) => {
  it.each(PATTERNS)('%s is the sum of products, in any pieces', (pattern) => {
    fc.assert(
      fc.property(sizesWith(9), surroundings, fc.integer({ min: 1, max: 9 }), (sizes, around, step) => {
        check(einsumKernel(pattern, sizes, around), features, step)
      }),
      { numRuns: 20 },
    )
  })

  it('any reads of either side are taken as they come', () => {
    const kernels = mixedKernels.filter((kernel) => contraction(kernel, features) !== null)
    fc.assert(
      fc.property(kernels, fc.integer({ min: 1, max: 9 }), (kernel, step) => {
        check(kernel, features, step)
      }),
      { numRuns: 60 },
    )
  })

  it('any numbers of rows, terms and columns fit the tiles', () => {
    fc.assert(
      fc.property(
        fc.record({
          i: fc.integer({ min: 2, max: 15 }),
          j: fc.integer({ min: 4, max: 20 }),
          k: fc.integer({ min: 3, max: 45 }),
        }),
        fc.constantFrom('ij,jk->ik', 'ij,kj->ik', 'ji,kj->ik'),
        fc.integer({ min: 1, max: 15 }),
        (sizes, pattern, step) => {
          check(einsumKernel(pattern, sizes), features, step)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('long sums and wide panels go in blocks', () => {
    check(matrixProduct(7, 1801, 10), features, 4)
    check(einsumKernel('ij,kj->ik', { i: 5, j: 901, k: 700 }), features, 3)
    check(einsumKernel('icd,dco->io', { i: 110, c: 40, d: 30, o: 5 }), features, 97)
  })

  it('factors and the result may be any expressions', () => {
    const epilogue = binary('add', unary('abs', accumulator), read(2, sumOf(0, [[1, axis(1, 13)]])))
    const sizes = { i: 11, j: 9, k: 13 }
    check(einsumKernel('ij,jk->ik', sizes, { left: raised, epilogue }), features, 3)
    check(einsumKernel('ij,jk->ik', sizes, { right: raised, left: halved }), features, 4)
    check(einsumKernel('ij,kj->ik', sizes, { right: raised, left: raised, epilogue }), features, 5)
  })

  it('a factor may be guarded where its read would leave the operand', () => {
    const [rows, size, taps, columns] = [9, 9, 5, 6]
    const at = sumOf(-2, [
      [1, axis(0, rows)],
      [1, loop(0, taps)],
    ])
    const kernel: ScalarKernel = {
      name: 'padded',
      shape: [rows, columns],
      loops: [{ size: taps }],
      combine: 'sum',
      body: binary(
        'mul',
        { kind: 'guard', condition: [{ index: at, low: 0, high: size }], x: read(0, at), y: constant(0) },
        read(
          1,
          sumOf(0, [
            [columns, loop(0, taps)],
            [1, axis(1, columns)],
          ]),
        ),
      ),
      epilogue: null,
      inputs: [size, taps * columns],
    }
    check(kernel, features, 2)
  })
})

describe('what is a contraction', () => {
  it('keeps its text', async () => {
    const kernel = contraction(matrixProduct(4, 5, 8), { relaxed: true, shared: true })
    await expect(kernel?.text).toMatchFileSnapshot('../../golden/simd/contraction.wat')
  })

  const [features = { relaxed: false, shared: false }] = FEATURES
  const sizes = Object.fromEntries(LETTERS.map((letter) => [letter, 8]))
  it.each([
    ['a matrix and a vector', einsumKernel('ij,j->i', sizes)],
    ['a vector and a matrix', einsumKernel('j,jk->k', sizes)],
    ['an outer product', einsumKernel('i,j->ij', sizes)],
    ['an inner product', einsumKernel('ij,ij->', sizes)],
    ['each column by itself', einsumKernel('aij,aj->ij', sizes)],
    ['another combination', { ...matrixProduct(8, 8, 8), combine: 'max' as const }],
    ['a sum', { ...matrixProduct(8, 8, 8), body: binary('add', constant(1), matrixProduct(8, 8, 8).body) }],
    ['an extent', { ...matrixProduct(8, 8, 8), loops: [{ size: 8, extent: axis(0, 8) }] }],
    ['nothing to sum', matrixProduct(8, 0, 8)],
  ])('%s is none', (_, kernel) => {
    expect(contraction(kernel, features)).toBeNull()
  })
})
