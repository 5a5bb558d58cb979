/** A Hyena 2-D vision transformer of 9 blocks of width 192 in ops alone: nested pipes over a tree of tensors. */
import { pipe } from 'fp-ts/lib/function.js'
import {
  add,
  convolution,
  crossEntropy,
  exp,
  expandDims,
  fftConv,
  flip,
  gelu,
  iota,
  layerNorm,
  matmul,
  mean,
  mul,
  neg,
  permute,
  reshape,
  sin,
  splitAxis,
  stack,
  valueAndGrad,
} from 'crocuta'
import type { Tensor } from 'crocuta'

interface Linear<I extends number, O extends number> {
  readonly weight: Tensor<readonly [I, O]>
  readonly bias: Tensor<readonly [O]>
}

interface Norm {
  readonly scale: Tensor<readonly [192]>
  readonly shift: Tensor<readonly [192]>
}

interface Mixer {
  readonly project: Linear<192, 576>
  readonly short: Tensor<readonly [3, 3, 1, 576]>
  readonly encode: Linear<2, 32>
  readonly hidden: Linear<32, 32>
  readonly taps: Tensor<readonly [32, 192]>
  readonly rates: Tensor<readonly [192]>
  readonly skip: Tensor<readonly [192]>
  readonly output: Linear<192, 192>
}

interface Block {
  readonly norms: readonly [Norm, Norm]
  readonly mixer: Mixer
  readonly up: Linear<192, 384>
  readonly down: Linear<384, 192>
}

interface Parameters {
  readonly embed: Linear<48, 192>
  readonly positions: Tensor<readonly [8, 8, 192]>
  readonly blocks: readonly [Block, Block, Block, Block, Block, Block, Block, Block, Block]
  readonly norm: Norm
  readonly head: Linear<192, 100>
}

type Tokens = Tensor<readonly ['batch', 8, 8, 192]>

/** The kernel of a long convolution: a network of the positions, damped with the distance. */
const kernelOf = ({ encode, hidden, taps, rates }: Mixer) => {
  const rows = iota([8, 8], 0)
  const columns = iota([8, 8], 1)
  const features = pipe(stack(-1)([rows, columns]), matmul(encode.weight), add(encode.bias), sin)
  const window = pipe(rows, add(columns), expandDims(-1), mul(exp(rates)), neg, exp)
  return pipe(
    features,
    matmul(hidden.weight),
    add(hidden.bias),
    sin,
    matmul(taps),
    mul(window),
    expandDims(0),
  )
}

const mixed = (params: Mixer, index: number) => (x: Tokens) => {
  const [value, gate, last] = pipe(
    x,
    matmul(params.project.weight),
    add(params.project.bias),
    convolution({ padding: 'same', groups: 576 })(params.short),
    splitAxis(3, -1),
  )
  const gated = pipe(value, mul(gate))
  const turned = index % 2 === 0 ? gated : pipe(gated, flip([1, 2]))
  const long = pipe(turned, fftConv(kernelOf(params), { axes: [1, 2] }), add(pipe(turned, mul(params.skip))))
  const back = index % 2 === 0 ? long : pipe(long, flip([1, 2]))
  return pipe(back, mul(last), matmul(params.output.weight), add(params.output.bias))
}

const block = (params: Block, index: number) => (x: Tokens) => {
  const [before, between] = params.norms
  const y = pipe(x, layerNorm(before.scale, before.shift), mixed(params.mixer, index), add(x))
  return pipe(
    y,
    layerNorm(between.scale, between.shift),
    matmul(params.up.weight),
    add(params.up.bias),
    gelu,
    matmul(params.down.weight),
    add(params.down.bias),
    add(y),
  )
}

/** Images to the logits of 100 classes. */
export const logits = (params: Parameters, images: Tensor<readonly ['batch', 32, 32, 3]>) => {
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = params.blocks
  const tokens = pipe(
    images,
    reshape(['batch', 8, 4, 8, 4, 3]),
    permute([0, 1, 3, 2, 4, 5]),
    reshape(['batch', 8, 8, 48]),
    matmul(params.embed.weight),
    add(params.embed.bias),
    add(params.positions),
  )
  return pipe(
    tokens,
    block(b0, 0),
    block(b1, 1),
    block(b2, 2),
    block(b3, 3),
    block(b4, 4),
    block(b5, 5),
    block(b6, 6),
    block(b7, 7),
    block(b8, 8),
    layerNorm(params.norm.scale, params.norm.shift),
    mean([1, 2]),
    matmul(params.head.weight),
    add(params.head.bias),
  )
}

export const loss = (
  params: Parameters,
  images: Tensor<readonly ['batch', 32, 32, 3]>,
  labels: Tensor<readonly ['batch'], 'i24'>,
) => pipe(logits(params, images), crossEntropy(labels), mean())

export const step = valueAndGrad(loss)
