/**
 * Arithmetic of complex numbers that are pairs of real planes, curried and data last, on shapes that broadcast.
 * All are compositions of elementwise ops, which a compiler fuses; derivatives are those of the real planes.
 */
import { fail, orFail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Broadcast, BroadcastCheck } from '../../shape/broadcast.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape } from '../../shape/dim.js'
import { printType, sameType } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { addOp } from '../elementwise/add.js'
import { atan2Op } from '../elementwise/atan2.js'
import type { Operand, ShapeOf } from '../elementwise/combinator.js'
import { operandTensor } from '../elementwise/combinator.js'
import { cosOp } from '../elementwise/cos.js'
import { equalOp } from '../elementwise/equal.js'
import { expOp } from '../elementwise/exp.js'
import { mulOp } from '../elementwise/mul.js'
import { negOp } from '../elementwise/neg.js'
import { selectOp } from '../elementwise/select.js'
import { sinOp } from '../elementwise/sin.js'
import { sqrtOp } from '../elementwise/sqrt.js'
import { subOp } from '../elementwise/sub.js'
import { filled } from '../leaf/constant.js'
import { typedResult } from '../typed-result.js'
import type { Complex } from './complex.js'
import { typedPlanes } from './typed-planes.js'

const add = (x: Tensor, y: Tensor): Tensor => apply1(addOp, {}, [x, y])
const sub = (x: Tensor, y: Tensor): Tensor => apply1(subOp, {}, [x, y])
const mul = (x: Tensor, y: Tensor): Tensor => apply1(mulOp, {}, [x, y])

/** Refuses planes that are not of one shape: they would broadcast against each other unasked. */
const checkPlanes = (where: string, { re, im }: Complex): void => {
  if (!sameType(re, im))
    fail(
      shapeError({
        where,
        expected: 'a real and an imaginary plane of one shape',
        found: `${printType(re)} and ${printType(im)}`,
        hint: 'broadcast the smaller plane first; a real tensor has zeros for its imaginary part',
      }),
    )
}

const checkPair = (where: string, x: Complex, y: Complex): void => {
  checkPlanes(where, x)
  checkPlanes(where, y)
  orFail(broadcastShapes(where, x.re.shape, y.re.shape))
}

/** The product of complex numbers whose shapes broadcast, without a check. */
export const productOfPlanes = (x: Complex, y: Complex): readonly [re: Tensor, im: Tensor] => [
  sub(mul(x.re, y.re), mul(x.im, y.im)),
  add(mul(x.re, y.im), mul(x.im, y.re)),
]

/**
 * `pipe(x, complexAdd(y))`: x + y.
 * @throws TraceFailure with a ShapeError where shapes do not broadcast, or the planes of one operand differ.
 */
export const complexAdd =
  <T extends Shape>(y: Complex<T>) =>
  <S extends Shape>(x: Complex<S> & BroadcastCheck<'complexAdd', S, T>): Complex<Broadcast<S, T>> => {
    checkPair('complexAdd', x, y)
    return typedPlanes([add(x.re, y.re), add(x.im, y.im)])
  }

/**
 * `pipe(x, complexSubtract(y))`: x − y.
 * @throws TraceFailure with a ShapeError where shapes do not broadcast, or the planes of one operand differ.
 */
export const complexSubtract =
  <T extends Shape>(y: Complex<T>) =>
  <S extends Shape>(x: Complex<S> & BroadcastCheck<'complexSubtract', S, T>): Complex<Broadcast<S, T>> => {
    checkPair('complexSubtract', x, y)
    return typedPlanes([sub(x.re, y.re), sub(x.im, y.im)])
  }

/**
 * `pipe(x, complexMultiply(y))`: x·y = (a·c − b·d) + i·(a·d + b·c).
 * @throws TraceFailure with a ShapeError where shapes do not broadcast, or the planes of one operand differ.
 */
export const complexMultiply =
  <T extends Shape>(y: Complex<T>) =>
  <S extends Shape>(x: Complex<S> & BroadcastCheck<'complexMultiply', S, T>): Complex<Broadcast<S, T>> => {
    checkPair('complexMultiply', x, y)
    return typedPlanes(productOfPlanes(x, y))
  }

/**
 * `pipe(x, complexScale(r))`: r·x for a real tensor or number r.
 * @throws TraceFailure with a ShapeError where shapes do not broadcast, or the planes of x differ.
 */
export const complexScale =
  <Y extends Operand<Shape, 'f32'>>(factor: Y) =>
  <S extends Shape>(
    x: Complex<S> & BroadcastCheck<'complexScale', S, ShapeOf<Y>>,
  ): Complex<Broadcast<S, ShapeOf<Y>>> => {
    checkPlanes('complexScale', x)
    const real = operandTensor('complexScale', factor, 'f32')
    orFail(broadcastShapes('complexScale', x.re.shape, real.shape))
    return typedPlanes([mul(x.re, real), mul(x.im, real)])
  }

/** re − i·im. */
export const conjugate = <S extends Shape>({ re, im }: Complex<S>): Complex<S> => ({
  re,
  im: typedResult(apply1(negOp, {}, [im])),
})

/**
 * exp(re + i·im) = exp(re)·(cos im + i·sin im), an infinity or NaN where exp(re) is beyond float32.
 * @throws TraceFailure with a ShapeError where the planes differ in shape.
 */
export const complexExponential = <S extends Shape>(x: Complex<S>): Complex<S> => {
  checkPlanes('complexExponential', x)
  const radius = apply1(expOp, {}, [x.re])
  return typedPlanes([mul(radius, apply1(cosOp, {}, [x.im])), mul(radius, apply1(sinOp, {}, [x.im]))])
}

/**
 * |x| = √(re² + im²). Its gradient is x/|x|, and 0 at 0, where every direction is as good. In float32 the squares
 * overflow beyond 1.8e19 and lose digits below 1e-19.
 * @throws TraceFailure with a ShapeError where the planes differ in shape.
 */
export const magnitude = <S extends Shape>(x: Complex<S>): Tensor<S, 'f32'> => {
  checkPlanes('magnitude', x)
  const square = add(mul(x.re, x.re), mul(x.im, x.im))
  const isZero = apply1(equalOp, {}, [square, filled(0, [])])
  // The root is taken of 1 where x is 0: its slope there would be infinite, and times 0 not a number.
  const root = apply1(sqrtOp, {}, [apply1(selectOp, {}, [isZero, filled(1, []), square])])
  return typedResult(apply1(selectOp, {}, [isZero, filled(0, []), root]))
}

/**
 * The angle of re + i·im in (−π, π]; 0 at 0. Its gradient is (−im, re)/|x|², and NaN at 0.
 * @throws TraceFailure with a ShapeError where the planes differ in shape.
 */
export const phase = <S extends Shape>(x: Complex<S>): Tensor<S, 'f32'> => {
  checkPlanes('phase', x)
  return typedResult(apply1(atan2Op, {}, [x.im, x.re]))
}
