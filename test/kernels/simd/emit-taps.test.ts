import { describe, expect, it } from 'vitest'
import { emitTaps } from '../../../kernels/simd/emit-taps.js'
import type { Index, Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { FEATURES } from '../../support/run-simd-kernel.js'
import { axis, binary, constant, loop, read, sum, values } from '../../support/scalar-kernels.js'
import { checkKernel } from './check-kernel.js'

/** out[g, k, l, c] = 2 Σ over rows, columns and images of x[n, i + k − 1, j + l − 1, c] · y[g, n, i, j, c] + g. */
const filters = (
  groups: number,
  taps: number,
  images: number,
  size: number,
  channels: number,
): ScalarKernel => {
  const row = sum(-1, [1, axis(1, taps)], [1, loop(0, size)])
  const column = sum(-1, [1, axis(2, taps)], [1, loop(1, size)])
  const flat = (n: Index, i: Index, j: Index): Index =>
    sum(0, [size * size * channels, n], [size * channels, i], [channels, j], [1, axis(3, channels)])
  const image = images * size * size * channels
  const y = flat(loop(2, images), loop(0, size), loop(1, size))
  const body: Scalar = {
    kind: 'guard',
    condition: [
      { index: row, low: 0, high: size },
      { index: column, low: 0, high: size },
    ],
    x: binary(
      'mul',
      read(0, flat(loop(2, images), row, column)),
      read(1, sum(0, [image, axis(0, groups)], [1, y])),
    ),
    y: constant(0),
  }
  return {
    name: 'filters',
    shape: [groups, taps, taps, channels],
    loops: [{ size }, { size }, { size: images }],
    combine: 'sum',
    body,
    epilogue: binary('add', binary('mul', { kind: 'accumulator' }, constant(2)), {
      kind: 'index',
      index: sum(0, [1, axis(0, groups)], [3, axis(2, taps)]),
    }),
    inputs: [image, groups * image],
  }
}

describe.each(FEATURES)('all taps of a filter at once, %o', (features) => {
  it.each([
    [1, 3, 4, 8, 32],
    [1, 3, 9, 8, 24],
    [1, 2, 16, 8, 19],
    [1, 3, 40, 6, 16],
  ])(
    'gradient of %i groups, %i taps, %i images of %i, %i channels',
    (groups, taps, images, size, channels) => {
      const kernel = filters(groups, taps, images, size, channels)
      const emitted = emitTaps(kernel, features)
      expect(emitted?.rowwise).toBe(false)
      if (emitted === null) return
      const inputs = kernel.inputs.map((length, i) => values(length, i + 1))
      checkKernel(emitted, kernel, features, inputs, 2e-5)
    },
  )

  it('leaves short sums and many taps', () => {
    expect(emitTaps(filters(1, 3, 1, 8, 32), features)).toBeNull()
    expect(emitTaps(filters(1, 4, 9, 8, 32), features)).toBeNull()
  })
})
