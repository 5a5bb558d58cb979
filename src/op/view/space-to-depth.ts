import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { SpaceCheck, SpaceToDepth } from '../../shape/blocks.js'
import { spaceAxes } from '../../shape/blocks.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { permuteOp } from './permute.js'
import { reshapeOp } from './reshape.js'

/**
 * Blocks of the spatial axes as channels: [..., h, w, c] with blocks [a, b] becomes [..., h/a, w/b, a·b·c], for any
 * number of spatial axes. In the channels the place in the block comes first, row-major, then c. It cuts an image
 * into patches; depthToSpace undoes it.
 * @throws TraceFailure with a ShapeError where a block size does not divide its axis.
 */
export const spaceToDepth =
  <const Blocks extends readonly number[]>(blocks: Blocks) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & SpaceCheck<S, Blocks>,
  ): Tensor<SpaceToDepth<S, Blocks>, D> => {
    const { lead, spatial, channels } = orFail(spaceAxes('spaceToDepth', x.shape, blocks))
    const counts = spatial.map((size, i) => size / (blocks[i] ?? 1))
    // lead, then count and block of each spatial axis, then channels
    const parted = [...lead, ...counts.flatMap((count, i) => [count, blocks[i] ?? 1]), channels]
    const order = [
      ...lead.map((_, axis) => axis),
      ...counts.map((_, i) => lead.length + 2 * i),
      ...counts.map((_, i) => lead.length + 2 * i + 1),
      parted.length - 1,
    ]
    const depth = blocks.reduce((product, block) => product * block, channels)
    const sorted = apply1(permuteOp, { order }, [apply1(reshapeOp, { shape: parted }, [x])])
    return typedResult(apply1(reshapeOp, { shape: [...lead, ...counts, depth] }, [sorted]))
  }
