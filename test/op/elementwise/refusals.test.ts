import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { add } from '../../../src/op/elementwise/add.js'
import { build } from '../../../src/op/index.js'

const x = inputTensor('x', ['batch', 3], 'f32')
const count = inputTensor('count', ['batch', 3], 'i24')
const flag = inputTensor('flag', ['batch', 3], 'bool')

const refusal = (make: () => Tensor): unknown => attempt(make)
const shapeRefusal = (detail: {
  readonly where: string
  readonly expected?: string
  readonly found?: string
}) => ({
  _tag: 'Left',
  left: { _tag: 'ShapeError', ...detail },
})

describe('dtypes', () => {
  it('arithmetic takes f32 alone', () => {
    expect(refusal(() => build.add(x, count))).toMatchObject(
      shapeRefusal({
        where: 'add',
        expected: 'operands of dtype f32, f32',
        found: 'f32[batch, 3], i24[batch, 3]',
      }),
    )
    expect(refusal(() => build.gelu(flag))).toMatchObject(
      shapeRefusal({ where: 'gelu', expected: 'operands of dtype f32' }),
    )
  })
  it('comparisons take two f32 or two i24', () => {
    expect(build.less(count, count).dtype).toBe('bool')
    for (const [a, b] of [
      [x, count],
      [count, x],
      [flag, flag],
    ] as const)
      expect(refusal(() => build.less(a, b))).toMatchObject(
        shapeRefusal({
          where: 'less',
          expected: 'operands of dtype f32 or i24, f32 or i24 (one dtype for both)',
        }),
      )
  })
  it('select takes a bool and two of one dtype', () => {
    expect(build.select(flag, count, count).dtype).toBe('i24')
    expect(refusal(() => build.select(x, x, x))).toMatchObject(shapeRefusal({ where: 'select' }))
    expect(refusal(() => build.select(flag, x, count))).toMatchObject(shapeRefusal({ where: 'select' }))
  })
})

describe('shapes', () => {
  it('a size that is only known at run time is checked there', () => {
    const loose: Tensor<readonly [number, number], 'f32'> = inputTensor('loose', [1, 4], 'f32')
    expect(refusal(() => pipe(x, add(loose)))).toMatchObject(
      shapeRefusal({ where: 'add', found: '[batch, 3] and [1, 4], whose sizes 3 and 4 differ' }),
    )
  })
})

describe('what is no tensor', () => {
  it('is refused where types are not looked at', () => {
    const list = JSON.parse('[1, 2, 3]') as Tensor<readonly [3], 'f32'>
    expect(refusal(() => pipe(x, add(list)))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ValueError', where: 'add', found: 'object' },
    })
  })
})
