/** Filters as arrays: what they are at their first values, in float64. */
import { mapTensors } from '../../src/ir/tensor-tree.js'
import type { Tensor } from '../../src/ir/tensor.js'
import type { Filter } from '../../src/nn/filter-options.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'

const changedBy =
  (change: (path: string) => number) =>
  (tensor: Tensor, path: string): Tensor => {
    const factor = change(path)
    return factor === 1 ? tensor : build.mul(tensor, build.constant(factor))
  }

/** The kernel [...grid, channels]; each parameter is multiplied by a factor that its path decides. */
export const kernelOf = <P, St>(
  filter: Filter<P, St>,
  grid: readonly number[],
  { channels = 1, seed = 0, factor = () => 1 }: KernelOptions = {},
): NdArray => {
  const model = filter(grid, channels)
  const { params, state } = model.init(keyFromSeed(seed))
  const changed = mapTensors(params, changedBy(factor))
  const [kernel] = evaluate([model.apply({ params: changed, state }, {}, { mode: 'evaluate' }).y])
  if (kernel === undefined) throw new RangeError('the filter has no value')
  return kernel
}

export interface KernelOptions {
  readonly channels?: number
  readonly seed?: number
  readonly factor?: (path: string) => number
}

/** The coordinates, from 0, of a flat row-major index. */
export const placeOf = (index: number, grid: readonly number[]): readonly number[] => {
  let rest = index
  return grid
    .toReversed()
    .map((size) => {
      const at = rest % size
      rest = Math.floor(rest / size)
      return at
    })
    .toReversed()
}

/** A one-channel kernel [...grid, 1] as [...grid]. */
export const single = ({ shape, data }: NdArray): NdArray => ({ shape: shape.slice(0, -1), data })

/** Σ_k a_k ⊗ b_k ⊗ …: each term is a vector for each axis. */
export const sumOfProducts = (
  grid: readonly number[],
  terms: readonly (readonly (readonly number[])[])[],
): NdArray => {
  const size = grid.reduce((product, length) => product * length, 1)
  return {
    shape: grid,
    data: Float64Array.from({ length: size }, (_, i) => {
      const at = placeOf(i, grid)
      return terms.reduce(
        (sum, term) => sum + at.reduce((product, j, axis) => product * (term[axis]?.[j] ?? 0), 1),
        0,
      )
    }),
  }
}
