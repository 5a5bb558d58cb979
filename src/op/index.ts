/** All ops, in one object: whatever goes through every op goes through this. */
import { makeBuilder } from './build.js'
import type { OpTable } from './build.js'
import { attentionOp } from './composite/attention.js'
import { attentionGradientOp } from './composite/attention-gradient.js'
import { batchNormOp } from './composite/batch-norm.js'
import { binaryCrossEntropyOp } from './composite/binary-cross-entropy.js'
import { crossEntropyOp } from './composite/cross-entropy.js'
import { dropoutOp } from './composite/dropout.js'
import { groupNormOp } from './composite/group-norm.js'
import { layerNormOp } from './composite/layer-norm.js'
import { logSoftmaxOp } from './composite/log-softmax.js'
import { meanSquaredErrorOp } from './composite/mean-squared-error.js'
import { multiHeadAttentionOp } from './composite/multi-head-attention.js'
import { rmsNormOp } from './composite/rms-norm.js'
import { softmaxOp } from './composite/softmax.js'
import { barrierOp } from './control/barrier.js'
import { rematOp } from './control/remat.js'
import { scanOp } from './control/scan.js'
import { absOp } from './elementwise/abs.js'
import { addOp } from './elementwise/add.js'
import { andOp } from './elementwise/and.js'
import { atan2Op } from './elementwise/atan2.js'
import { ceilOp } from './elementwise/ceil.js'
import { clampOp } from './elementwise/clamp.js'
import { cosOp } from './elementwise/cos.js'
import { divOp } from './elementwise/div.js'
import { equalOp } from './elementwise/equal.js'
import { erfOp } from './elementwise/erf.js'
import { expOp } from './elementwise/exp.js'
import { expm1Op } from './elementwise/expm1.js'
import { floorOp } from './elementwise/floor.js'
import { geluTanhOp } from './elementwise/gelu-tanh.js'
import { geluOp } from './elementwise/gelu.js'
import { greaterEqualOp } from './elementwise/greater-equal.js'
import { greaterOp } from './elementwise/greater.js'
import { identityOp } from './elementwise/identity.js'
import { isNaNOp } from './elementwise/is-nan.js'
import { lerpOp } from './elementwise/lerp.js'
import { lessEqualOp } from './elementwise/less-equal.js'
import { lessOp } from './elementwise/less.js'
import { logOp } from './elementwise/log.js'
import { log1pOp } from './elementwise/log1p.js'
import { maximumOp } from './elementwise/maximum.js'
import { minimumOp } from './elementwise/minimum.js'
import { modOp } from './elementwise/mod.js'
import { mulOp } from './elementwise/mul.js'
import { negOp } from './elementwise/neg.js'
import { notEqualOp } from './elementwise/not-equal.js'
import { notOp } from './elementwise/not.js'
import { orOp } from './elementwise/or.js'
import { powOp } from './elementwise/pow.js'
import { reciprocalOp } from './elementwise/reciprocal.js'
import { reluOp } from './elementwise/relu.js'
import { roundOp } from './elementwise/round.js'
import { rsqrtOp } from './elementwise/rsqrt.js'
import { selectOp } from './elementwise/select.js'
import { sigmoidOp } from './elementwise/sigmoid.js'
import { signOp } from './elementwise/sign.js'
import { siluOp } from './elementwise/silu.js'
import { sinOp } from './elementwise/sin.js'
import { softplusOp } from './elementwise/softplus.js'
import { sqrtOp } from './elementwise/sqrt.js'
import { squareOp } from './elementwise/square.js'
import { stopGradientOp } from './elementwise/stop-gradient.js'
import { subOp } from './elementwise/sub.js'
import { tanhOp } from './elementwise/tanh.js'
import { toFloatOp } from './elementwise/to-float.js'
import { argsortOp } from './index/argsort.js'
import { blockInverseOp, blockRanksOp } from './index/block-ranks.js'
import { gatherOp } from './index/gather.js'
import { mergeRunsOp } from './index/merge-runs.js'
import { oneHotOp } from './index/one-hot.js'
import { scatterAddOp } from './index/scatter-add.js'
import { searchSortedOp } from './index/search-sorted.js'
import { sortOp } from './index/sort.js'
import { topKOp } from './index/top-k.js'
import { constantOp } from './leaf/constant.js'
import { inputOp } from './leaf/input.js'
import { iotaOp } from './leaf/iota.js'
import { averagePoolOp } from './linear/average-pool.js'
import { contractOp } from './linear/contract.js'
import { convolutionTransposeOp } from './linear/convolution-transpose.js'
import { convolutionOp } from './linear/convolution.js'
import { interpolateOp } from './linear/interpolate.js'
import { maxPoolOp } from './linear/max-pool.js'
import { poolTapOp, readTapOp, spreadTapOp } from './linear/pool-taps.js'
import { bernoulliOp } from './random/bernoulli.js'
import { betaOp } from './random/beta.js'
import { categoricalOp } from './random/categorical.js'
import { exponentialOp } from './random/exponential.js'
import { foldInStepOp } from './random/fold-in-step.js'
import { foldInWordOp } from './random/fold-in-word.js'
import { foldInOp } from './random/fold-in.js'
import { gammaOp } from './random/gamma.js'
import { gumbelOp } from './random/gumbel.js'
import { normalOp } from './random/normal.js'
import { permutationOp } from './random/permutation.js'
import { randomBitsOp } from './random/random-bits.js'
import { randomIntegerOp } from './random/random-integer.js'
import { splitOp } from './random/split.js'
import { truncatedNormalOp } from './random/truncated-normal.js'
import { uniformOp } from './random/uniform.js'
import { allOp } from './reduce/all.js'
import { anyOp } from './reduce/any.js'
import { argmaxOp } from './reduce/argmax.js'
import { argminOp } from './reduce/argmin.js'
import { cumprodOp } from './reduce/cumprod.js'
import { cumsumOp } from './reduce/cumsum.js'
import { logSumExpOp } from './reduce/log-sum-exp.js'
import { maxOp } from './reduce/max.js'
import { meanOp } from './reduce/mean.js'
import { minOp } from './reduce/min.js'
import { normOp } from './reduce/norm.js'
import { prodOp } from './reduce/prod.js'
import { sumOp } from './reduce/sum.js'
import { varianceOp } from './reduce/variance.js'
import { fftConvOp } from './signal/fft-conv.js'
import { fftOp } from './signal/fft.js'
import { ifftOp } from './signal/ifft.js'
import { irfftOp } from './signal/irfft.js'
import { rfftOp } from './signal/rfft.js'
import { broadcastOp } from './view/broadcast.js'
import { concatOp } from './view/concat.js'
import { cropOrPadOp } from './view/crop-or-pad.js'
import { diagonalMatrixOp } from './view/diagonal-matrix.js'
import { diagonalOp } from './view/diagonal.js'
import { flipOp } from './view/flip.js'
import { padOp } from './view/pad.js'
import { permuteOp } from './view/permute.js'
import { reshapeOp } from './view/reshape.js'
import { rollOp } from './view/roll.js'
import { sliceOp } from './view/slice.js'
import { triangleOp } from './view/triangle.js'
import { windowsOp } from './view/windows.js'

export const ops: OpTable = {
  // leaf
  input: inputOp,
  iota: iotaOp,
  constant: constantOp,
  // elementwise
  abs: absOp,
  add: addOp,
  and: andOp,
  atan2: atan2Op,
  ceil: ceilOp,
  clamp: clampOp,
  cos: cosOp,
  div: divOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expm1: expm1Op,
  floor: floorOp,
  gelu: geluOp,
  geluTanh: geluTanhOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  identity: identityOp,
  isNaN: isNaNOp,
  lerp: lerpOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  log: logOp,
  log1p: log1pOp,
  maximum: maximumOp,
  minimum: minimumOp,
  mod: modOp,
  mul: mulOp,
  neg: negOp,
  not: notOp,
  notEqual: notEqualOp,
  or: orOp,
  pow: powOp,
  reciprocal: reciprocalOp,
  relu: reluOp,
  round: roundOp,
  rsqrt: rsqrtOp,
  select: selectOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  silu: siluOp,
  sin: sinOp,
  softplus: softplusOp,
  sqrt: sqrtOp,
  square: squareOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  tanh: tanhOp,
  toFloat: toFloatOp,
  // reduce
  all: allOp,
  any: anyOp,
  argmax: argmaxOp,
  argmin: argminOp,
  cumprod: cumprodOp,
  cumsum: cumsumOp,
  logSumExp: logSumExpOp,
  max: maxOp,
  mean: meanOp,
  min: minOp,
  norm: normOp,
  prod: prodOp,
  sum: sumOp,
  variance: varianceOp,
  // linear
  averagePool: averagePoolOp,
  contract: contractOp,
  convolution: convolutionOp,
  convolutionTranspose: convolutionTransposeOp,
  interpolate: interpolateOp,
  maxPool: maxPoolOp,
  poolTap: poolTapOp,
  readTap: readTapOp,
  spreadTap: spreadTapOp,
  // view
  broadcast: broadcastOp,
  concat: concatOp,
  cropOrPad: cropOrPadOp,
  diagonal: diagonalOp,
  diagonalMatrix: diagonalMatrixOp,
  flip: flipOp,
  pad: padOp,
  permute: permuteOp,
  reshape: reshapeOp,
  roll: rollOp,
  slice: sliceOp,
  triangle: triangleOp,
  windows: windowsOp,
  // index
  argsort: argsortOp,
  blockInverse: blockInverseOp,
  blockRanks: blockRanksOp,
  gather: gatherOp,
  mergeRuns: mergeRunsOp,
  oneHot: oneHotOp,
  scatterAdd: scatterAddOp,
  searchSorted: searchSortedOp,
  sort: sortOp,
  topK: topKOp,
  // signal
  fftConv: fftConvOp,
  fft: fftOp,
  ifft: ifftOp,
  irfft: irfftOp,
  rfft: rfftOp,
  // random
  bernoulli: bernoulliOp,
  beta: betaOp,
  categorical: categoricalOp,
  exponential: exponentialOp,
  foldIn: foldInOp,
  foldInStep: foldInStepOp,
  foldInWord: foldInWordOp,
  gamma: gammaOp,
  gumbel: gumbelOp,
  normal: normalOp,
  permutation: permutationOp,
  randomBits: randomBitsOp,
  randomInteger: randomIntegerOp,
  split: splitOp,
  truncatedNormal: truncatedNormalOp,
  uniform: uniformOp,
  // control
  barrier: barrierOp,
  remat: rematOp,
  scan: scanOp,
  // composite
  attention: attentionOp,
  attentionGradient: attentionGradientOp,
  batchNorm: batchNormOp,
  binaryCrossEntropy: binaryCrossEntropyOp,
  crossEntropy: crossEntropyOp,
  dropout: dropoutOp,
  groupNorm: groupNormOp,
  layerNorm: layerNormOp,
  logSoftmax: logSoftmaxOp,
  meanSquaredError: meanSquaredErrorOp,
  multiHeadAttention: multiHeadAttentionOp,
  rmsNorm: rmsNormOp,
  softmax: softmaxOp,
}

/** The builder over all ops. */
export const build = makeBuilder(ops)
