import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { cropOrPad } from '../../../src/op/view/crop-or-pad.js'
import { evaluate } from '../../../src/run/reference.js'
import { noise } from '../../support/arbitrary.js'

const size = fc.integer({ min: 0, max: 5 })

describe('cropOrPad', () => {
  it('keeps what lies in both shapes where it was, and is 0 elsewhere', () => {
    fc.assert(
      fc.property(size, size, size, size, fc.nat(), (n, m, rows, columns, seed) => {
        const data = noise(seed, 0, n * m)
        const [found] = evaluate([pipe(fromArray(data, [n, m]), cropOrPad([rows, columns]))])
        expect(found?.shape).toEqual([rows, columns])
        expect([...(found?.data ?? [])]).toEqual(
          Array.from({ length: rows * columns }, (_, at) => {
            const [i, j] = [Math.floor(at / columns), at % columns]
            return i < n && j < m ? data[i * m + j] : 0
          }),
        )
      }),
    )
  })

  it('refuses another rank, sizes below 0, and to be expanded before a name that changes is bound', () => {
    const x = inputTensor('x', ['batch', 3], 'f32')
    expect(attempt(() => build.cropOrPad(x, [3]))).toMatchObject({
      _tag: 'Left',
      left: { where: 'cropOrPad', found: '[3]' },
    })
    expect(attempt(() => build.cropOrPad(x, ['batch', -1]))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => build.cropOrPad(x, ['batch', 2.5]))).toMatchObject({ _tag: 'Left' })
    const op = ops['cropOrPad']
    if (op?.kind !== 'composite') throw new Error('a composite')
    expect(attempt(() => op.expand(build, { shape: [4, 3] }, [x]))).toMatchObject({
      _tag: 'Left',
      left: { where: 'cropOrPad', found: '[batch, 3] to [4, 3]' },
    })
    expect(attempt(() => op.expand(build, { shape: ['batch', 5] }, [x])[0]?.shape)).toEqual({
      _tag: 'Right',
      right: ['batch', 5],
    })
  })
})
