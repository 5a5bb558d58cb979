import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { Parts, SplitCheck, SplitShapes } from '../../shape/parts.js'
import { partSizes } from '../../shape/parts.js'
import { fromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { sliceOp } from './slice.js'

/** Tensors of a list of shapes. */
export type TensorsOf<Shapes extends readonly Shape[], D extends DType> = {
  readonly [I in keyof Shapes]: Tensor<Shapes[I], D>
}

/** The parts under the type the caller vouches for, as `typedResult` has it for one. */
const typedParts = <Shapes extends readonly Shape[], D extends DType>(
  parts: readonly Tensor[],
): TensorsOf<Shapes, D> => parts as TensorsOf<Shapes, D>

/**
 * x taken apart along an axis, which may count from the end: into a number of equal parts, or into parts of given
 * sizes (`jnp.split`, `torch.split`; `split` is that of random keys). concat(axis) joins the parts again.
 * @throws TraceFailure with a ShapeError where the axis is a name, does not divide, or the sizes do not add up.
 */
export const splitAxis =
  <const P extends Parts, const Axis extends number>(parts: P, axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & SplitCheck<S, P, Axis>,
  ): TensorsOf<SplitShapes<S, P, Axis>, D> => {
    const place = fromFront(axis, x.shape.length)
    const sizes = orFail(partSizes('splitAxis', x.shape, parts, place))
    const cut = (size: number, i: number): Tensor => {
      const first = sizes.slice(0, i).reduce((sum, part) => sum + part, 0)
      const start = x.shape.map((_, k) => (k === place ? first : 0))
      return apply1(sliceOp, { start, end: x.shape.with(place, first + size) }, [x])
    }
    return typedParts(sizes.map(cut))
  }
