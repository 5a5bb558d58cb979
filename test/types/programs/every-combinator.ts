/** Every combinator of the language once. */
import { pipe } from 'fp-ts/lib/function.js'
import * as c from 'crocuta'
import type { Tensor } from 'crocuta'

type Rows = Tensor<readonly ['batch', 6]>
type Images = Tensor<readonly ['batch', 8, 8, 4]>
type Flags = Tensor<readonly ['batch', 6], 'bool'>
type Labels = Tensor<readonly ['batch'], 'i24'>
type Matrix = Tensor<readonly [6, 6]>
type Key = ReturnType<typeof c.keyFromSeed>

export const values = () => ({
  fromArray: c.fromArray(Float32Array.of(1, 2), [2]),
  filled: c.filled(0, ['batch', 6]),
  iota: c.iota([6, 6], 0),
  valuesOf: c.valuesOf(c.filled(0, [])),
  inputTensor: c.inputTensor('x', ['batch', 6], 'f32'),
})

export const elementwise = (x: Rows, y: Tensor<readonly [6]>) => ({
  abs: c.abs(x),
  add: pipe(x, c.add(y)),
  atan2: pipe(x, c.atan2(y)),
  ceil: c.ceil(x),
  clamp: pipe(x, c.clamp(0, 1)),
  cos: c.cos(x),
  div: pipe(x, c.div(y)),
  erf: c.erf(x),
  exp: c.exp(x),
  expm1: c.expm1(x),
  floor: c.floor(x),
  gelu: c.gelu(x),
  geluTanh: c.geluTanh(x),
  lerp: pipe(x, c.lerp(y, 0.5)),
  log: c.log(x),
  log1p: c.log1p(x),
  maximum: pipe(x, c.maximum(y)),
  minimum: pipe(x, c.minimum(y)),
  mod: pipe(x, c.mod(y)),
  mul: pipe(x, c.mul(y)),
  neg: c.neg(x),
  pow: pipe(x, c.pow(2)),
  reciprocal: c.reciprocal(x),
  relu: c.relu(x),
  round: c.round(x),
  rsqrt: c.rsqrt(x),
  sigmoid: c.sigmoid(x),
  sign: c.sign(x),
  silu: c.silu(x),
  sin: c.sin(x),
  softplus: c.softplus(x),
  sqrt: c.sqrt(x),
  square: c.square(x),
  stopGradient: c.stopGradient(x),
  sub: pipe(x, c.sub(y)),
  tanh: c.tanh(x),
})

export const questions = (x: Rows, y: Tensor<readonly [6]>, p: Flags, q: Flags, labels: Labels) => ({
  and: pipe(p, c.and(q)),
  equal: pipe(x, c.equal(y)),
  greater: pipe(x, c.greater(y)),
  greaterEqual: pipe(x, c.greaterEqual(y)),
  isNaN: c.isNaN(x),
  less: pipe(x, c.less(y)),
  lessEqual: pipe(x, c.lessEqual(y)),
  not: c.not(p),
  notEqual: pipe(x, c.notEqual(y)),
  or: pipe(p, c.or(q)),
  select: pipe(p, c.select(x, y)),
  toFloat: c.toFloat(labels),
})

export const reductions = (x: Images, p: Flags) => ({
  all: pipe(p, c.all([1])),
  any: pipe(p, c.any([1])),
  argmax: pipe(x, c.argmax(-1)),
  argmin: pipe(x, c.argmin(1)),
  cumprod: pipe(x, c.cumprod(2)),
  cumsum: pipe(x, c.cumsum(2)),
  logSumExp: pipe(x, c.logSumExp([1, 2])),
  max: pipe(x, c.max([1], { keepDims: true })),
  mean: pipe(x, c.mean([1, 2])),
  min: pipe(x, c.min()),
  norm: pipe(x, c.norm([-1])),
  prod: pipe(x, c.prod([3])),
  standardDeviation: pipe(x, c.standardDeviation([1, 2])),
  sum: pipe(x, c.sum([0])),
  variance: pipe(x, c.variance([1, 2])),
})

export const linear = (x: Images, kernel: Tensor<readonly [3, 3, 4, 16]>, y: Matrix) => ({
  averagePool: pipe(x, c.averagePool({ window: [2, 2] })),
  convolution: pipe(x, c.convolution({ padding: 'same', stride: 2 })(kernel)),
  convolutionTranspose: pipe(x, c.convolutionTranspose({ stride: 2 })({} as Tensor<readonly [3, 3, 16, 4]>)),
  einsum: pipe(x, c.einsum('bhwc,dc->bhwd')({} as Tensor<readonly [5, 4]>)),
  interpolate: pipe(x, c.interpolate({ sizes: [16, 16] })),
  matmul: pipe(y, c.matmul(y)),
  maxPool: pipe(x, c.maxPool({ window: [3, 3], stride: 2, padding: 'same' })),
  outer: pipe({} as Tensor<readonly [3]>, c.outer({} as Tensor<readonly [4]>)),
})

export const views = (x: Images, y: Matrix) => ({
  broadcastTo: pipe(y, c.broadcastTo(['batch', 6, 6])),
  concat: c.concat(-1)([x, x]),
  cropOrPad: pipe(x, c.cropOrPad(['batch', 6, 10, 4])),
  depthToSpace: pipe(x, c.depthToSpace([2, 2])),
  diagonal: pipe(y, c.diagonal()),
  diagonalMatrix: pipe({} as Tensor<readonly [6]>, c.diagonalMatrix(1)),
  expandDims: pipe(x, c.expandDims(1)),
  flattenAxes: pipe(x, c.flattenAxes(1, 3)),
  flip: pipe(x, c.flip([1, 2])),
  indexAxis: pipe(x, c.indexAxis(0, 1)),
  lowerTriangle: pipe(y, c.lowerTriangle()),
  moveAxis: pipe(x, c.moveAxis(-1, 1)),
  pad: pipe(
    y,
    c.pad([
      [1, 1],
      [0, 2],
    ]),
  ),
  permute: pipe(x, c.permute([0, 3, 1, 2])),
  repeatElements: pipe(x, c.repeatElements(2, 1)),
  reshape: pipe(x, c.reshape(['batch', 64, 4])),
  roll: pipe(x, c.roll([1, 1], [1, 2])),
  slice: pipe(
    y,
    c.slice([
      [0, 3],
      [1, 6, 2],
    ]),
  ),
  spaceToDepth: pipe(x, c.spaceToDepth([2, 2])),
  splitAxis: pipe(x, c.splitAxis([1, 3], -1)),
  squeeze: pipe({} as Tensor<readonly [1, 6, 1]>, c.squeeze([0, 2])),
  stack: c.stack(0)([y, y, y]),
  swapAxes: pipe(x, c.swapAxes(1, 2)),
  tile: pipe(y, c.tile([2, 3])),
  triangleMask: c.triangleMask(6, 6),
  unflattenAxis: pipe(y, c.unflattenAxis(0, [2, 3])),
  upperTriangle: pipe(y, c.upperTriangle(1)),
  windows: pipe(y, c.windows(3, 0)),
})

export const indexed = (table: Tensor<readonly [10, 4]>, labels: Labels, x: Matrix) => ({
  argsort: pipe(x, c.argsort(-1)),
  gather: pipe(table, c.gather(labels, 0)),
  oneHot: pipe(labels, c.oneHot(10)),
  scatterAdd: pipe(table, c.scatterAdd(labels, {} as Tensor<readonly ['batch', 4]>, 0)),
  searchSorted: pipe(x, c.searchSorted({} as Tensor<readonly [9]>)),
  segmentSum: pipe({} as Tensor<readonly ['batch', 4]>, c.segmentSum(labels, 3)),
  sort: pipe(x, c.sort(0)),
  takeAlongAxis: pipe(x, c.takeAlongAxis({} as Tensor<readonly [6, 2], 'i24'>, 1)),
  topK: pipe(x, c.topK(3)),
})

type Signal = Tensor<readonly ['batch', 64, 4]>
type Pair = c.Complex<readonly ['batch', 64, 4]>

export const signals = (x: Signal, z: Pair, spectrum: c.Spectrum<readonly ['batch', 33, 4]>) => ({
  chooseConvolution: c.chooseConvolution({ axes: [1], mode: 'causal', sumOver: [] }, [x, x]),
  complexAdd: pipe(z, c.complexAdd(z)),
  complexExponential: c.complexExponential(z),
  complexMultiply: pipe(z, c.complexMultiply(z)),
  complexScale: pipe(z, c.complexScale(2)),
  complexSubtract: pipe(z, c.complexSubtract(z)),
  conjugate: c.conjugate(z),
  convolve: pipe(x, c.convolve({} as Tensor<readonly [1, 7, 4]>, { axes: [1] })),
  fft: pipe(z, c.fft([1], [64])),
  fftConv: pipe(x, c.fftConv({} as Tensor<readonly [1, 64, 4]>, { axes: [1] })),
  fftFrequencies: c.fftFrequencies(64),
  fftShift: pipe(x, c.fftShift([1])),
  ifft: pipe(z, c.ifft([1], [64])),
  ifftShift: pipe(x, c.ifftShift([1])),
  irfft: pipe(spectrum, c.irfft([1], [64])),
  magnitude: c.magnitude(z),
  phase: c.phase(z),
  rfft: pipe(x, c.rfft([1], [64])),
  rfftFrequencies: c.rfftFrequencies(64),
  spectrumMultiply: pipe(spectrum, c.spectrumMultiply(spectrum)),
})

export const draws = (key: Key, x: Matrix) => ({
  bernoulli: pipe(key, c.bernoulli([2, 3], 0.5)),
  beta: pipe(key, c.beta([2, 3], 1, 2)),
  categorical: pipe(x, c.categorical(key)),
  exponential: pipe(key, c.exponential([2, 3])),
  foldIn: pipe(key, c.foldIn(1)),
  foldInStep: pipe(key, c.foldInStep({} as Tensor<readonly [], 'i24'>)),
  gamma: pipe(key, c.gamma([2, 3], 2)),
  gumbel: pipe(key, c.gumbel([2, 3])),
  keyAt: pipe(key, c.split(2), c.keyAt(1)),
  normal: pipe(key, c.normal([2, 3])),
  permutation: pipe(key, c.permutation(6)),
  permuted: pipe(x, c.permuted(key, 0)),
  randomBits: pipe(key, c.randomBits([2, 3])),
  randomInteger: pipe(key, c.randomInteger([2, 3], 0, 9)),
  truncatedNormal: pipe(key, c.truncatedNormal([2, 3], -2, 2)),
  uniform: pipe(key, c.uniform([2, 3])),
})

type Tokens = Tensor<readonly ['batch', 49, 64]>
type Channels = Tensor<readonly [64]>

export const composites = (
  key: Key,
  x: Tokens,
  scale: Channels,
  shift: Channels,
  y: Rows,
  labels: Labels,
) => ({
  attention: pipe(x, c.attention(x, x)),
  batchNorm: pipe(x, c.batchNorm(scale, shift)),
  binaryCrossEntropy: pipe(y, c.binaryCrossEntropy(y)),
  crossEntropy: pipe(y, c.crossEntropy(labels)),
  dropout: pipe(x, c.dropout(key, 0.1)),
  groupNorm: pipe(x, c.groupNorm(8, scale, shift)),
  layerNorm: pipe(x, c.layerNorm(scale, shift)),
  logSoftmax: pipe(y, c.logSoftmax(-1)),
  meanSquaredError: pipe(y, c.meanSquaredError(y)),
  multiHeadAttention: pipe(x, c.multiHeadAttention(4, x, x)),
  rmsNorm: pipe(x, c.rmsNorm(scale)),
  softmax: pipe(y, c.softmax(-1)),
})

const energy = (x: Matrix) => pipe(x, c.mul(x), c.sum())

export const transformations = (x: Matrix) => ({
  checkGrad: c.checkGrad(energy)(x),
  grad: c.grad(energy)(x),
  hessian: c.hessian(energy)(x),
  hvp: c.hvp(energy)(x, x),
  jacobian: c.jacobian(c.exp<readonly [6, 6]>)(x),
  jvp: c.jvp(energy)(x, x),
  remat: c.remat(energy)(x),
  scan: pipe(
    x,
    c.scan(
      (carry: Tensor<readonly [6]>, row: Tensor<readonly [6]>) => {
        const sum = pipe(carry, c.add(row))
        return { carry: sum, y: sum }
      },
      c.filled(0, [6]),
    ),
  ),
  trace: c.trace(energy)(x),
  valueAndGrad: c.valueAndGrad(energy)(x),
  valueAndGradWith: c.valueAndGradWith((y: Matrix) => ({ loss: energy(y), auxiliary: y }))(x),
  vjp: c.vjp(energy)(x),
  vmap: c.vmap(energy)(c.stack(0)([x, x])),
})
