/** Models as values, and the layers they are made of. */

// models
export type { Applied, InputOf, Layer, Model, OutputOf, ParamsOf, Run, StateOf, Variables } from './model.js'
export { model, pure, random, stateful } from './model.js'
export type { NameTaken } from './compose.js'
export { assemble, layer, parallel, repeat, residual } from './compose.js'
export { countParameters } from './count.js'
export type { Key } from './key.js'

// parameters and their first values
export type { Empty, ParameterSpec, ParameterTree, StateSpec, StateTree } from './parameter.js'
export { parameter, stateValue } from './parameter.js'
export type { Initialisation, Initialiser } from './initialiser.js'
export {
  constantInit,
  fromValues,
  gabor,
  normal,
  ones,
  pytorchInit,
  pytorchLinear,
  ramp,
  truncatedNormal,
  truncatedNormalInit,
  uniform,
  xavierInit,
  xavierNormal,
  zeros,
} from './initialiser.js'

// layers
export type { AttentionOptions, ScoreParams } from './attention.js'
export { attention } from './attention.js'
export type { BatchNormOptions, BatchNormParams, BatchNormState } from './batch-norm.js'
export { batchNorm } from './batch-norm.js'
export { channelDropout } from './channel-dropout.js'
export type { Tokens } from './class-token.js'
export { classToken, exceptClassToken, withoutClassToken } from './class-token.js'
export type { ConvolutionInit, ConvolutionOptions, ConvolutionParams, Fans, Taps } from './convolution.js'
export { convolution, heConvolution, pytorchConvolution } from './convolution.js'
export type { ConvolutionStemOptions } from './convolution-stem.js'
export { convolutionStem, linearStem, vitcStem } from './convolution-stem.js'
export { dropPath } from './drop-path.js'
export { dropout } from './dropout.js'
export type { FlexConvolutionOptions, FlexCrop } from './flex-conv.js'
export { flexKernel, separableFlexConvolution } from './flex-conv.js'
export { gate } from './gate.js'
export type { GroupNormParams } from './group-norm.js'
export { groupNorm } from './group-norm.js'
export { layerNorm } from './layer-norm.js'
export { learnedPositions } from './learned-positions.js'
export type { LinearOptions } from './linear.js'
export { linear } from './linear.js'
export type { MagnetOptions, MagnetParams } from './magnet.js'
export { magnet } from './magnet.js'
export { mlp } from './mlp.js'
export type { Parts } from './partition.js'
export { withinParts } from './partition.js'
export type { PatchMergingOptions } from './patch-merging.js'
export { patchMerging } from './patch-merging.js'
export { patchify } from './patchify.js'
export type { PoolLayerOptions } from './pool.js'
export { averagePool, maxPool } from './pool.js'
export { firstToken, meanPool } from './readout.js'
export type { S4ndChannels, S4ndOptions, S4ndOutput, S4ndParams } from './s4nd.js'
export { s4nd } from './s4nd.js'
export type { S4KernelParams } from './s4-kernel.js'
export type { PositiveTransform, S4KernelOptions } from './s4-options.js'
export type { ShiftedPatchesOptions } from './shifted-patches.js'
export { shiftedPatches } from './shifted-patches.js'
export type { Ssm2dOptions } from './ssm-2d.js'
export { ssm2d } from './ssm-2d.js'
export { rmsNorm } from './rms-norm.js'
export type { Reach } from './short-convolution.js'
export { shortConvolution } from './short-convolution.js'

// Hyena
export type { HyenaOptions } from './hyena.js'
export { hyena } from './hyena.js'
export type { Aggregation, Direction } from './direction.js'
export type { Filter, FilterOptions } from './filter-options.js'
export { paperFilter } from './filter-options.js'
export type { FreeFilterOptions, FreeFilterParams } from './free-filter.js'
export { freeFilter } from './free-filter.js'
export { implicitFilter } from './implicit-filter.js'
export { productFilter } from './product-filter.js'
export type { ToGridOptions } from './to-grid.js'
export { toGrid } from './to-grid.js'
export type { DecayRange, Window, WindowOptions } from './decay-window.js'
export {
  decayWindow,
  dimensionalWindow,
  learnedWindow,
  noWindow,
  paperDecay,
  releasedSymmetricWindow,
  releasedWindow,
  symmetricWindow,
} from './decay-window.js'
export { positionalEncoding } from './positional-encoding.js'
