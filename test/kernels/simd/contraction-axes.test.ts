import { describe, expect, it } from 'vitest'
import { separatedAxes } from '../../../kernels/simd/contraction-axes.js'
import { axis, mapKernel, read, sum } from '../../support/scalar-kernels.js'

/** A copy of a matrix by rows. */
const copy = (rows: number, columns: number) =>
  mapKernel([rows, columns], read(0, sum(0, [columns, axis(0, rows)], [1, axis(1, columns)])), [
    rows * columns,
  ])

describe('axes that always go together', () => {
  it('are one', () => {
    expect(separatedAxes(copy(300, 500)).shape).toEqual([150_000])
  })

  it('stay two where counters of 32 bits do not reach', () => {
    expect(separatedAxes(copy(2 ** 15, 2 ** 15)).shape).toEqual([2 ** 30])
    expect(separatedAxes(copy(2 ** 16, 2 ** 15)).shape).toEqual([2 ** 16, 2 ** 15])
  })
})
