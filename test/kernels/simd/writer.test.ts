import { describe, expect, it } from 'vitest'
import type { SimdKernel } from '../../../kernels/simd/kernel.js'
import { addI32, get, i32, mulI32, multiplyAdd, splat, writer } from '../../../kernels/simd/writer.js'
import { FEATURES, runSimdKernel } from '../../support/run-simd-kernel.js'

describe('a kernel written by hand', () => {
  it.each(FEATURES)('computes 2x + y over rows of four, %o', (features) => {
    const w = writer(features)
    const row = w.local('i32', 'row')
    w.loop(row, get('$begin'), get('$end'), 1, () => {
      const at = w.let('i32', 'at', mulI32(get(row), 16))
      const [x, y] = ['$in0', '$in1'].map((input) => `(v128.load ${addI32(get(input), at)})`)
      w.line(`(v128.store ${addI32(get('$out'), at)} ${multiplyAdd(features, splat(2), x ?? '', y ?? '')})`)
    })
    const kernel: SimdKernel = {
      name: 'double and add',
      text: w.module('double and add', 2),
      units: 3,
      rowwise: true,
      grain: 1,
      scratchBytes: 0,
    }
    const x = Float32Array.from({ length: 12 }, (_, i) => i)
    const { output, isTidy } = runSimdKernel(kernel, features, 12, [x, x.map((v) => v / 4)], {
      step: 2,
      backwards: true,
    })
    expect([...output]).toEqual([...x].map((v) => 2 * v + v / 4))
    expect(isTidy).toBe(true)
  })
})

describe('index arithmetic as text', () => {
  it('leaves out what does nothing', () => {
    expect(addI32('a', i32(0))).toBe('a')
    expect(mulI32('a', 1)).toBe('a')
    expect(mulI32('a', 0)).toBe(i32(0))
    expect(mulI32('a', 8)).toBe('(i32.shl a (i32.const 3))')
    expect(mulI32('a', 12)).toBe('(i32.mul a (i32.const 12))')
    expect(mulI32('a', -1)).toBe('(i32.mul a (i32.const -1))')
  })
})
