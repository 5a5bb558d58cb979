import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DepthCheck, DepthToSpace } from '../../shape/blocks.js'
import { depthAxes } from '../../shape/blocks.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { permuteOp } from './permute.js'
import { reshapeOp } from './reshape.js'

/**
 * Channels as blocks of the spatial axes: [..., h, w, a·b·c] with blocks [a, b] becomes [..., h·a, w·b, c], for any
 * number of spatial axes. In the channels the place in the block comes first, row-major, then c. It undoes
 * spaceToDepth.
 * @throws TraceFailure with a ShapeError where the block sizes do not divide the channels.
 */
export const depthToSpace =
  <const Blocks extends readonly number[]>(blocks: Blocks) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & DepthCheck<S, Blocks>,
  ): Tensor<DepthToSpace<S, Blocks>, D> => {
    const { lead, spatial, channels } = orFail(depthAxes('depthToSpace', x.shape, blocks))
    const depth = blocks.reduce((left, block) => left / block, channels)
    const parted = [...lead, ...spatial, ...blocks, depth]
    const order = [
      ...lead.map((_, axis) => axis),
      ...spatial.flatMap((_, i) => [lead.length + i, lead.length + spatial.length + i]),
      parted.length - 1,
    ]
    const sorted = apply1(permuteOp, { order }, [apply1(reshapeOp, { shape: parted }, [x])])
    const space = spatial.map((size, i) => size * (blocks[i] ?? 1))
    return typedResult(apply1(reshapeOp, { shape: [...lead, ...space, depth] }, [sorted]))
  }
