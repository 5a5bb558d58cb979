/**
 * Crocuta: a pure-functional, shape-typed tensor language.
 *
 * Here is the language: tensors, ops, gradients, compiling and devices. Layers and models of models are in
 * `crocuta/nn`, training in `crocuta/train`, data formats in `crocuta/io`, the paper's models in `crocuta/models/*`.
 */

// errors
export type { TensorError } from './error/error.js'
export { TraceFailure, attempt, renderError } from './error/error.js'

// types
export type { DType, Dim, Shape, TensorType } from './shape/dim.js'
export { printShape, printType } from './shape/dim.js'
export type { Tensor } from './ir/tensor.js'
export { inputTensor } from './ir/tensor.js'

// values
export { constantValues as valuesOf, filled, fromArray } from './op/leaf/constant.js'
export { iota } from './op/leaf/iota.js'

// elementwise
export { abs } from './op/elementwise/abs.js'
export { add } from './op/elementwise/add.js'
export { and } from './op/elementwise/and.js'
export { atan2 } from './op/elementwise/atan2.js'
export { ceil } from './op/elementwise/ceil.js'
export { clamp } from './op/elementwise/clamp.js'
export { cos } from './op/elementwise/cos.js'
export { div } from './op/elementwise/div.js'
export { equal } from './op/elementwise/equal.js'
export { erf } from './op/elementwise/erf.js'
export { exp } from './op/elementwise/exp.js'
export { expm1 } from './op/elementwise/expm1.js'
export { floor } from './op/elementwise/floor.js'
export { gelu } from './op/elementwise/gelu.js'
export { geluTanh } from './op/elementwise/gelu-tanh.js'
export { greater } from './op/elementwise/greater.js'
export { greaterEqual } from './op/elementwise/greater-equal.js'
export { isNaN } from './op/elementwise/is-nan.js'
export { lerp } from './op/elementwise/lerp.js'
export { less } from './op/elementwise/less.js'
export { lessEqual } from './op/elementwise/less-equal.js'
export { log } from './op/elementwise/log.js'
export { log1p } from './op/elementwise/log1p.js'
export { maximum } from './op/elementwise/maximum.js'
export { minimum } from './op/elementwise/minimum.js'
export { mod } from './op/elementwise/mod.js'
export { mul } from './op/elementwise/mul.js'
export { neg } from './op/elementwise/neg.js'
export { not } from './op/elementwise/not.js'
export { notEqual } from './op/elementwise/not-equal.js'
export { or } from './op/elementwise/or.js'
export { pow } from './op/elementwise/pow.js'
export { reciprocal } from './op/elementwise/reciprocal.js'
export { relu } from './op/elementwise/relu.js'
export { round } from './op/elementwise/round.js'
export { rsqrt } from './op/elementwise/rsqrt.js'
export { select } from './op/elementwise/select.js'
export { sigmoid } from './op/elementwise/sigmoid.js'
export { sign } from './op/elementwise/sign.js'
export { silu } from './op/elementwise/silu.js'
export { sin } from './op/elementwise/sin.js'
export { softplus } from './op/elementwise/softplus.js'
export { sqrt } from './op/elementwise/sqrt.js'
export { square } from './op/elementwise/square.js'
export { stopGradient } from './op/elementwise/stop-gradient.js'
export { sub } from './op/elementwise/sub.js'
export { tanh } from './op/elementwise/tanh.js'
export { toFloat } from './op/elementwise/to-float.js'

// reduce
export { all } from './op/reduce/all.js'
export { any } from './op/reduce/any.js'
export { argmax } from './op/reduce/argmax.js'
export { argmin } from './op/reduce/argmin.js'
export { cumprod } from './op/reduce/cumprod.js'
export { cumsum } from './op/reduce/cumsum.js'
export { logSumExp } from './op/reduce/log-sum-exp.js'
export { max } from './op/reduce/max.js'
export { mean } from './op/reduce/mean.js'
export { min } from './op/reduce/min.js'
export { norm } from './op/reduce/norm.js'
export { prod } from './op/reduce/prod.js'
export { sum } from './op/reduce/sum.js'
export { standardDeviation, variance } from './op/reduce/variance.js'

// linear
export { averagePool } from './op/linear/average-pool.js'
export { einsum, matmul } from './op/linear/contract.js'
export { convolution } from './op/linear/convolution.js'
export { convolutionTranspose } from './op/linear/convolution-transpose.js'
export { interpolate } from './op/linear/interpolate.js'
export { maxPool } from './op/linear/max-pool.js'
export { outer } from './op/linear/outer.js'

// view
export { broadcastTo } from './op/view/broadcast.js'
export { concat } from './op/view/concat.js'
export { cropOrPad } from './op/view/crop-or-pad.js'
export { depthToSpace } from './op/view/depth-to-space.js'
export { diagonal } from './op/view/diagonal.js'
export { diagonalMatrix } from './op/view/diagonal-matrix.js'
export { expandDims } from './op/view/expand-dims.js'
export { flattenAxes } from './op/view/flatten-axes.js'
export { flip } from './op/view/flip.js'
export { indexAxis } from './op/view/index-axis.js'
export { lowerTriangle, upperTriangle } from './op/view/triangle.js'
export { moveAxis } from './op/view/move-axis.js'
export { pad } from './op/view/pad.js'
export { permute } from './op/view/permute.js'
export { repeatElements } from './op/view/repeat-elements.js'
export { reshape } from './op/view/reshape.js'
export { roll } from './op/view/roll.js'
export { slice } from './op/view/slice.js'
export { spaceToDepth } from './op/view/space-to-depth.js'
export { splitAxis } from './op/view/split-axis.js'
export { squeeze } from './op/view/squeeze.js'
export { stack } from './op/view/stack.js'
export { swapAxes } from './op/view/swap-axes.js'
export { tile } from './op/view/tile.js'
export { triangleMask } from './op/view/triangle-mask.js'
export { unflattenAxis } from './op/view/unflatten-axis.js'
export { windows } from './op/view/windows.js'

// index
export { argsort } from './op/index/argsort.js'
export { gather } from './op/index/gather.js'
export { oneHot } from './op/index/one-hot.js'
export { scatterAdd } from './op/index/scatter-add.js'
export { searchSorted } from './op/index/search-sorted.js'
export { segmentSum } from './op/index/segment-sum.js'
export { sort } from './op/index/sort.js'
export { takeAlongAxis } from './op/index/take-along-axis.js'
export type { TopK } from './op/index/top-k.js'
export { topK } from './op/index/top-k.js'

// signal
export type { Complex, Spectrum } from './op/signal/complex.js'
export {
  complexAdd,
  complexExponential,
  complexMultiply,
  complexScale,
  complexSubtract,
  conjugate,
  magnitude,
  phase,
} from './op/signal/complex-arithmetic.js'
export type { LinearMode } from './shape/linear-convolution.js'
export { convolve } from './op/signal/convolve.js'
export { fft } from './op/signal/fft.js'
export { fftConv } from './op/signal/fft-conv.js'
export { fftFrequencies, fftShift, ifftShift, rfftFrequencies } from './op/signal/frequency-order.js'
export { ifft } from './op/signal/ifft.js'
export { irfft } from './op/signal/irfft.js'
export { rfft } from './op/signal/rfft.js'
export { spectrumMultiply } from './op/signal/spectrum-multiply.js'
export type { ConvolutionChoice } from './op/signal/convolution-cost.js'
export { chooseConvolution } from './op/signal/convolution-cost.js'

// random
export { keyFromSeed } from './op/random/key.js'
export { keyAt } from './op/random/key-at.js'
export { bernoulli } from './op/random/bernoulli.js'
export { beta } from './op/random/beta.js'
export { categorical } from './op/random/categorical.js'
export { exponential } from './op/random/exponential.js'
export { foldIn } from './op/random/fold-in.js'
export { foldInStep } from './op/random/fold-in-step.js'
export { gamma } from './op/random/gamma.js'
export { gumbel } from './op/random/gumbel.js'
export { normal } from './op/random/normal.js'
export { permutation } from './op/random/permutation.js'
export { permuted } from './op/random/permuted.js'
export { randomBits } from './op/random/random-bits.js'
export { randomInteger } from './op/random/random-integer.js'
export { split } from './op/random/split.js'
export { truncatedNormal } from './op/random/truncated-normal.js'
export { uniform } from './op/random/uniform.js'

// composite
export type { AttentionOptions } from './op/composite/attention.js'
export { attention } from './op/composite/attention.js'
export type { BatchNormalised } from './op/composite/batch-norm.js'
export { batchNorm } from './op/composite/batch-norm.js'
export { binaryCrossEntropy } from './op/composite/binary-cross-entropy.js'
export { crossEntropy } from './op/composite/cross-entropy.js'
export { dropout } from './op/composite/dropout.js'
export { groupNorm } from './op/composite/group-norm.js'
export { layerNorm } from './op/composite/layer-norm.js'
export { logSoftmax } from './op/composite/log-softmax.js'
export { meanSquaredError } from './op/composite/mean-squared-error.js'
export type { MultiHeadAttentionOptions } from './op/composite/multi-head-attention.js'
export { multiHeadAttention } from './op/composite/multi-head-attention.js'
export { rmsNorm } from './op/composite/rms-norm.js'
export { softmax } from './op/composite/softmax.js'

// control
export { remat } from './op/control/remat.js'
export type { ScanOptions, ScanStep, Scanned } from './op/control/combinator.js'
export { scan } from './op/control/combinator.js'
export type { Sequence } from './ir/sequence.js'

// functions on functions
export type { Pullback, WithAuxiliary } from './grad/vjp.js'
export { grad, valueAndGrad, valueAndGradWith, vjp } from './grad/vjp.js'
export type { Pushforward } from './grad/jvp.js'
export { jvp } from './grad/jvp.js'
export type { InAxes, Stacked, VmapOptions } from './grad/batch.js'
export { vmap } from './grad/batch.js'
export { hvp } from './grad/hvp.js'
export type { JacobianOf, JacobianOptions } from './grad/jacobian.js'
export { hessian, jacobian } from './grad/jacobian.js'
export type { Sizes, Traced } from './compile/trace.js'
export { trace } from './compile/trace.js'
export type { Compiled, CompileSettings } from './run/compile.js'
export { compile } from './run/compile.js'
export type { Step, Stepper } from './run/stepper.js'
export { stepper } from './run/stepper.js'

// checks
export type { GradientCheck, GradientCheckOptions } from './inspect/check-grad.js'
export { checkGrad } from './inspect/check-grad.js'
export type { Matrix } from './inspect/kernel-rank.js'
export {
  kernelChannels,
  exactRank,
  exactRankBound,
  float32Tolerance,
  kernelRanks,
  numericalRank,
  singularValues,
  unfolding,
} from './inspect/kernel-rank.js'

// devices
export type { Device, DeviceName, ProgramFacts, RunTimes } from './run/device.js'
export { DEVICE_NAMES } from './run/device.js'
export { openDevice } from './run/open-device.js'
export { evaluate } from './run/reference.js'

// what the compiler makes
export type { Graph } from './ir/graph.js'
export { printGraph } from './ir/print.js'
export { parseGraph } from './ir/parse.js'
export { compileGraph } from './compile/passes.js'
export { printPlan, printProgram } from './compile/print.js'
