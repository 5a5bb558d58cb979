import { describe, expect, it } from 'vitest'
import { emitGeneral } from '../../../kernels/simd/emit-general.js'
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'
import {
  axis,
  binary,
  constant,
  loop,
  mapKernel,
  read,
  sum,
  unary,
  values,
} from '../../support/scalar-kernels.js'
import { checkKernel } from './check-kernel.js'
import { GENERAL_KERNELS } from './general-kernels.js'

const total = (length: number): ScalarKernel => ({
  name: 'total',
  shape: [],
  loops: [{ size: length }],
  combine: 'sum',
  body: read(0, loop(0, length)),
  epilogue: null,
  inputs: [length],
})

describe.each(FEATURES)('the general emitter, %o', (features) => {
  it.each(GENERAL_KERNELS)('%s', (_title, kernel) => {
    const inputs = kernel.inputs.map((length, i) => values(length, i + 1))
    checkKernel(emitGeneral(kernel, features), kernel, features, inputs, 2e-5)
    checkKernel(emitSimdKernel(kernel, features), kernel, features, inputs, 2e-5)
  })

  it('makes nothing of an empty axis', () => {
    const kernel = mapKernel([3, 0], read(0, axis(0, 3)), [3])
    expect(emitSimdKernel(kernel, features).units).toBe(0)
  })

  it('counts to 4 million', () => {
    const kernel = total(2 ** 22)
    const { output } = runSimdKernel(emitGeneral(kernel, features), features, 1, [
      new Float32Array(2 ** 22).fill(1),
    ])
    expect(output[0]).toBe(2 ** 22)
  })

  it('sums a million numbers as well as pairwise summation', () => {
    const kernel = total(1_000_003)
    const x = values(1_000_003).map((value) => value + 1)
    const { output } = runSimdKernel(emitGeneral(kernel, features), features, 1, [x])
    const exact = x.reduce((all, value) => all + value, 0)
    expect(Math.abs((output[0] ?? NaN) - exact) / exact).toBeLessThan(2e-7)
  })

  it('finds NaN among the largest, in any lane', () => {
    const kernel: ScalarKernel = { ...total(21), combine: 'max' }
    const emitted = emitGeneral(kernel, features)
    for (let at = 0; at < 21; at += 1) {
      const { output } = runSimdKernel(emitted, features, 1, [values(21).with(at, NaN)])
      expect(output[0]).toBeNaN()
    }
  })

  it('clamps what data say to the range', () => {
    const index = { kind: 'dynamic', value: read(1, axis(0, 7)), size: 5 } as const
    const kernel = mapKernel([7], read(0, index), [5, 7])
    const where = Float32Array.of(-3, 0, 2, 4, 99, NaN, Infinity)
    const { output } = runSimdKernel(emitGeneral(kernel, features), features, 7, [
      Float32Array.of(10, 11, 12, 13, 14),
      where,
    ])
    expect([...output]).toEqual([10, 10, 12, 14, 14, 10, 14])
  })

  it('computes what is used twice once', () => {
    const x = unary('exp', read(0, axis(0, 4)))
    const twice = mapKernel([4], binary('mul', x, binary('add', x, constant(1))), [4])
    const once = mapKernel([4], binary('mul', x, constant(1)), [4])
    const count = (kernel: ScalarKernel): number =>
      emitGeneral(kernel, features).text.split('i32x4.shl').length
    expect(count(twice)).toBe(count(once))
  })

  it('computes what a row does not change before it', () => {
    const scale: Scalar = unary('rsqrt', read(1, axis(0, 80)))
    const kernel = mapKernel(
      [80, 32],
      binary('mul', read(0, sum(0, [32, axis(0, 80)], [1, axis(1, 32)])), scale),
      [2560, 80],
    )
    expect(emitGeneral(kernel, features).text.match(/f32x4\.sqrt/g)).toHaveLength(1)
  })
})

const GOLDEN: ReadonlySet<string> = new Set([
  'a row of 64',
  'sums of rows',
  'a triangle',
  'a transpose of a few',
])

it.each(GENERAL_KERNELS.filter(([title]) => GOLDEN.has(title)))('the text of %s', async (title, kernel) => {
  const { text } = emitGeneral({ ...kernel, name: title }, { relaxed: true, shared: true })
  await expect(text).toMatchFileSnapshot(`../../golden/simd/${title.replaceAll(' ', '-')}.wat`)
})
