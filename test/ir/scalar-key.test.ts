import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kernelKeys } from '../../src/ir/scalar-key.js'
import type { ScalarKernel } from '../../src/ir/scalar.js'

describe('the key of a kernel', () => {
  const read = (coefficient: number) =>
    ({
      kind: 'read',
      input: 0,
      index: { kind: 'sum', constant: 1, terms: [[coefficient, { kind: 'axis', axis: 0, size: 4 }]] },
    }) as const
  const kernel = (coefficient: number, name: string): ScalarKernel => ({
    name,
    shape: [4],
    loops: [],
    combine: null,
    body: { kind: 'binary', fn: 'mul', x: read(coefficient), y: read(coefficient) },
    epilogue: null,
    inputs: [16],
  })

  test('is equal for equal structure, whatever the name, and tells indices apart', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), (a, b) => {
        const keyOf = kernelKeys()
        expect(keyOf(kernel(a, 'one')) === keyOf(kernel(b, 'other'))).toBe(a === b)
      }),
    )
  })

  test('counts a shared node and two equal ones the same', () => {
    const keyOf = kernelKeys()
    const shared = read(2)
    expect(keyOf({ ...kernel(2, 'shared'), body: { kind: 'binary', fn: 'mul', x: shared, y: shared } })).toBe(
      keyOf(kernel(2, 'twice')),
    )
  })

  test('tells 0 from -0', () => {
    const keyOf = kernelKeys()
    const constant = (value: number): string =>
      keyOf({ ...kernel(1, 'c'), body: { kind: 'const', value }, inputs: [] })
    expect(constant(0)).not.toBe(constant(-0))
  })
})
