import { describe, expect, it } from 'vitest'
import { decayWindow, dimensionalWindow } from '../../src/nn/decay-window.js'
import { freeFilter } from '../../src/nn/free-filter.js'
import type { Model } from '../../src/nn/model.js'
import { toGrid } from '../../src/nn/to-grid.js'
import type { Tensor } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import type { Shape } from '../../src/shape/dim.js'
import { coordinatesOf, elementAt, tabulate } from '../support/nd-arrays.js'
import { evaluation, numbers, paramsFrom } from '../support/nn-values.js'

const kernelOf = <P>(filter: Model<P, unknown, object, Tensor<Shape, 'f32'>>, params: P): NdArray => {
  const { y } = filter.apply({ params, state: filter.init(keyFromSeed(0)).state }, {}, evaluation)
  const [found] = evaluate([y])
  if (found === undefined) throw new RangeError('no kernel')
  return found
}

describe('the free filter', () => {
  it('is its parameters, times the window where there is one', () => {
    const free = freeFilter()([3, 2], 2)
    const values = numbers([3, 2, 2], 5)
    expect(
      kernelOf(
        free,
        paramsFrom(free, () => values),
      ).data,
    ).toEqual(values.data)
    const windowed = freeFilter({ window: decayWindow(dimensionalWindow) })([3, 2], 2)
    const kernel = kernelOf(
      windowed,
      paramsFrom(windowed, (path, shape) =>
        path === 'values.kernel' ? values : tabulate(shape, () => Math.LN2),
      ),
    )
    for (const at of coordinatesOf(kernel.shape)) {
      const [i = 0, j = 0] = at
      expect(elementAt(kernel, at)).toBeCloseTo(elementAt(values, at) * 2 ** -(i / 2 + j), 12)
    }
  })

  it('is interpolated on another grid, ends to ends', () => {
    const [from, to] = [freeFilter()([3, 2], 1), freeFilter()([5, 3], 1)]
    const given = paramsFrom(from, (_, shape) => tabulate(shape, ([i = 0, j = 0]) => i / 2 + 10 * j))
    const kernel = kernelOf(to, toGrid(from, to, given))
    for (const at of coordinatesOf(kernel.shape))
      expect(elementAt(kernel, at)).toBeCloseTo((at[0] ?? 0) / 4 + 5 * (at[1] ?? 0), 12)
  })
})
