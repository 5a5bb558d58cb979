/** The builder over a table of ops: every name of `Builder`, applied by the table's records. */
import type { Attributes, Tensor } from '../ir/tensor.js'
import { movingOrder } from '../shape/axes.js'
import { broadcastShapes } from '../shape/broadcast.js'
import { slidesOf, slidingBy } from '../shape/convolution.js'
import type { Shape } from '../shape/dim.js'
import { sameShape } from '../shape/dim.js'
import { plainWidth } from '../shape/pad.js'
import { orFail } from '../error/error.js'
import type { Builder } from './builder.js'
import type { Op } from './def.js'
import { apply } from './def.js'
import { filled, fromArray } from './leaf/constant.js'
import { mapOver } from './map-over.js'
import { pullBack } from './pull-back.js'
import { pushForward } from './push-forward.js'

export type OpTable = Readonly<Record<string, Op>>

/** The sum over the axes along which `shape` was broadcast to x. */
const sumTo = (b: Builder, x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x
  // A cotangent may itself still be smaller than the common shape when it is a broadcast constant.
  const full = b.broadcast(x, orFail(broadcastShapes('sumTo', x.shape, shape)))
  const lead = full.shape.length - shape.length
  const axes = full.shape.flatMap((dim, axis) =>
    axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : [],
  )
  return axes.length === 0 ? full : b.reshape(b.sum(full, axes, true), shape)
}

/** Einstein letters of a matrix product whose leading axes, in capitals, may be missing from one operand. */
const matmulPattern = (x: Shape, y: Shape): string => {
  const batch = Array.from({ length: Math.max(x.length, y.length) - 2 }, (_, i) =>
    String.fromCharCode(65 + i),
  ).join('')
  const lead = (shape: Shape): string => batch.slice(batch.length - (shape.length - 2))
  return `${lead(x)}ik,${lead(y)}kj->${batch}ij`
}

export const makeBuilder = (ops: OpTable): Builder => {
  const call = (name: string, attrs: Attributes, inputs: readonly Tensor[]): readonly Tensor[] => {
    const op = ops[name]
    if (op === undefined) throw new ReferenceError(`no op is named ${name}`)
    return apply(op, attrs, inputs)
  }
  const one = (name: string, attrs: Attributes, inputs: readonly Tensor[]): Tensor => {
    const [result] = call(name, attrs, inputs)
    if (result === undefined) throw new TypeError(`${name} has no result`)
    return result
  }
  const two = (
    name: string,
    attrs: Attributes,
    inputs: readonly Tensor[],
  ): readonly [re: Tensor, im: Tensor] => {
    const [re, im] = call(name, attrs, inputs)
    if (re === undefined || im === undefined) throw new TypeError(`${name} has two results`)
    return [re, im]
  }
  const unary =
    (name: string) =>
    (x: Tensor): Tensor =>
      one(name, {}, [x])
  const binary =
    (name: string) =>
    (x: Tensor, y: Tensor): Tensor =>
      one(name, {}, [x, y])
  const reduction =
    (name: string) =>
    (x: Tensor, axes: readonly number[], keepDims = false): Tensor =>
      one(name, { axes, keepDims }, [x])

  const b: Builder = {
    pullBack: (results, cotangents, variables) => pullBack(ops, b, results, cotangents, variables),
    pushForward: (results, variables, tangents) => pushForward(ops, b, results, variables, tangents),
    mapOver: (results, variables, stacked, size) => mapOver(ops, b, results, variables, stacked, size),
    scan: (attrs, operands) => call('scan', attrs, operands),
    barrier: (passing, others) =>
      call('barrier', { passing: passing.length, waitedFor: others.length }, [...passing, ...others]),
    constant: (value, shape = [], dtype = 'f32') => filled(value, shape, dtype),
    table: (values, shape) => fromArray(values, shape),
    zerosLike: (x) => filled(0, x.shape, x.dtype),
    onesLike: (x) => filled(1, x.shape, x.dtype),
    iota: (shape, axis, dtype = 'f32') => one('iota', { shape, axis, dtype }, []),
    identity: unary('identity'),
    stopGradient: unary('stopGradient'),
    neg: unary('neg'),
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    rsqrt: unary('rsqrt'),
    sin: unary('sin'),
    cos: unary('cos'),
    tanh: unary('tanh'),
    erf: unary('erf'),
    sigmoid: unary('sigmoid'),
    gelu: unary('gelu'),
    relu: unary('relu'),
    abs: unary('abs'),
    sign: unary('sign'),
    reciprocal: unary('reciprocal'),
    floor: unary('floor'),
    ceil: unary('ceil'),
    round: unary('round'),
    expm1: unary('expm1'),
    log1p: unary('log1p'),
    square: unary('square'),
    softplus: unary('softplus'),
    silu: unary('silu'),
    not: unary('not'),
    isNaN: unary('isNaN'),
    toFloat: (x) => (x.dtype === 'f32' ? x : one('toFloat', {}, [x])),
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    maximum: binary('maximum'),
    minimum: binary('minimum'),
    less: binary('less'),
    lessEqual: binary('lessEqual'),
    greater: binary('greater'),
    greaterEqual: binary('greaterEqual'),
    equal: binary('equal'),
    notEqual: binary('notEqual'),
    mod: binary('mod'),
    pow: binary('pow'),
    and: binary('and'),
    or: binary('or'),
    atan2: binary('atan2'),
    clamp: (x, low, high) => one('clamp', {}, [x, low, high]),
    select: (condition, whenTrue, whenFalse) => one('select', {}, [condition, whenTrue, whenFalse]),
    sum: reduction('sum'),
    mean: reduction('mean'),
    max: reduction('max'),
    min: reduction('min'),
    prod: reduction('prod'),
    any: reduction('any'),
    all: reduction('all'),
    logSumExp: reduction('logSumExp'),
    variance: (x, axes, { keepDims = false, correction = 0 } = {}) =>
      one('variance', { axes, keepDims, correction }, [x]),
    argmax: (x, axis, keepDims = false) => one('argmax', { axis, keepDims }, [x]),
    argmin: (x, axis, keepDims = false) => one('argmin', { axis, keepDims }, [x]),
    cumsum: (x, axis, { exclusive = false, reverse = false } = {}) =>
      one('cumsum', { axis, exclusive, reverse }, [x]),
    cumprod: (x, axis, { exclusive = false, reverse = false } = {}) =>
      one('cumprod', { axis, exclusive, reverse }, [x]),
    sumTo: (x, shape) => sumTo(b, x, shape),
    einsum: (pattern, x, y) => one('contract', { pattern }, [x, y]),
    matmul: (x, y) => one('contract', { pattern: matmulPattern(x.shape, y.shape) }, [x, y]),
    convolution: (attrs, x, kernel) =>
      one('convolution', slidingBy(slidesOf(attrs), attrs.groups), [x, kernel]),
    poolTap: ({ window, strides, padding }, x, y) => one('poolTap', { window, strides, padding }, [x, y]),
    readTap: ({ window, strides, padding }, x, taps) =>
      one('readTap', { window, strides, padding }, [x, taps]),
    spreadTap: ({ window, strides, padding }, values, taps, sizes) =>
      one('spreadTap', { window, strides, padding, sizes }, [values, taps]),
    reshape: (x, shape) => (sameShape(x.shape, shape) ? x : one('reshape', { shape }, [x])),
    permute: (x, order) => one('permute', { order }, [x]),
    moveAxis: (x, from, to) =>
      from === to ? x : one('permute', { order: movingOrder(x.shape.length, from, to) }, [x]),
    broadcast: (x, shape) => (sameShape(x.shape, shape) ? x : one('broadcast', { shape }, [x])),
    slice: (x, start, end, step) =>
      one('slice', { start, end, ...(step?.some((by) => by !== 1) === true ? { step } : {}) }, [x]),
    pad: (x, widths, value = 0) => one('pad', { widths: widths.map(plainWidth), value }, [x]),
    cropOrPad: (x, shape) => (sameShape(x.shape, shape) ? x : one('cropOrPad', { shape }, [x])),
    flip: (x, axes) => one('flip', { axes }, [x]),
    roll: (x, shifts, axes) => one('roll', { shifts, axes }, [x]),
    diagonal: (x, offset, axes) => one('diagonal', { offset, axes }, [x]),
    diagonalMatrix: (x, offset, sizes, axes) => one('diagonalMatrix', { offset, sizes, axes }, [x]),
    windows: (x, size, step, axis) => one('windows', { size, step, axis }, [x]),
    triangle: (x, part, offset) => one('triangle', { part, offset }, [x]),
    concat: (xs, axis) => one('concat', { axis }, xs),
    gather: (x, indices, axis, batchAxes = 0, outside = 'nearest') =>
      one('gather', { axis, batchAxes, outside }, [x, indices]),
    scatterAdd: ({ axis, batchAxes, outside, size }, updates, indices) =>
      one('scatterAdd', { axis, batchAxes, outside, size }, [updates, indices]),
    argsort: (x, axis, descending = false) => one('argsort', { axis, descending }, [x]),
    sort: (x, axis, descending = false) => one('sort', { axis, descending }, [x]),
    topK: (x, k, axis) => {
      const [values, places] = call('topK', { k, axis }, [x])
      if (values === undefined || places === undefined) throw new TypeError('topK has two results')
      return [values, places]
    },
    oneHot: (labels, classes) => one('oneHot', { classes }, [labels]),
    rfft: (x, axes, lengths) => two('rfft', { axes, lengths }, [x]),
    fft: (re, im, axes, lengths) => two('fft', { axes, lengths }, [re, im]),
    ifft: (re, im, axes, lengths) => two('ifft', { axes, lengths }, [re, im]),
    irfft: (re, im, axes, lengths) => one('irfft', { axes, lengths }, [re, im]),
    fftConv: ({ axes, mode, sumOver }, x, kernel) => one('fftConv', { axes, mode, sumOver }, [x, kernel]),
    randomBits: (key, shape) => one('randomBits', { shape }, [key]),
    split: (key, count) => one('split', { count }, [key]),
    foldIn: (key, word) => one('foldIn', { word }, [key]),
    foldInStep: (key, step) => one('foldInStep', {}, [key, step]),
    uniform: (key, shape) => one('uniform', { shape }, [key]),
    normal: (key, shape) => one('normal', { shape }, [key]),
    bernoulli: (key, shape, probability) => one('bernoulli', { shape, probability }, [key]),
    softmax: (x, axis) => one('softmax', { axis }, [x]),
    logSoftmax: (x, axis) => one('logSoftmax', { axis }, [x]),
    layerNorm: (x, scale, shift, epsilon) => one('layerNorm', { epsilon }, [x, scale, shift]),
    attention: (q, k, v, scale, bias, mask) =>
      one('attention', { scale, masked: mask !== undefined }, [
        q,
        k,
        v,
        ...[bias, mask].flatMap((operand) => operand ?? []),
      ]),
    attentionGradient: ({ q, k, v, bias, mask }, g, scale) =>
      call('attentionGradient', { scale, masked: mask !== undefined }, [
        q,
        k,
        v,
        ...[bias, mask].flatMap((operand) => operand ?? []),
        g,
      ]),
    binaryCrossEntropy: binary('binaryCrossEntropy'),
    rmsNorm: (x, scale, epsilon) => one('rmsNorm', { epsilon }, [x, scale]),
    crossEntropy: (logits, labels, smoothing) => one('crossEntropy', { smoothing }, [logits, labels]),
  }
  return b
}
