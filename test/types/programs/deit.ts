/** A vision transformer of 12 blocks as layers, each block written out: the deepest tree of parameters a user builds. */
import { pipe } from 'fp-ts/lib/function.js'
import { crossEntropy, mean, valueAndGrad } from 'crocuta'
import type { Tensor } from 'crocuta'
import {
  attention,
  dropPath,
  layer,
  layerNorm,
  learnedPositions,
  linear,
  meanPool,
  mlp,
  model,
  patchify,
  residual,
} from 'crocuta/nn'
import type { ParamsOf, StateOf } from 'crocuta/nn'

type Tokens = Tensor<readonly ['batch', 14, 14, 192]>

const block = (rate: number) => (x: Tokens) =>
  pipe(
    model(x.shape),
    layer(
      'mix',
      residual((y: Tokens) =>
        pipe(
          model(y.shape),
          layer('norm', layerNorm()),
          layer('attention', attention(3)),
          layer('drop', dropPath(rate)),
        ),
      ),
    ),
    layer(
      'feed',
      residual((y: Tokens) =>
        pipe(
          model(y.shape),
          layer('norm', layerNorm()),
          layer('mlp', mlp(768)),
          layer('drop', dropPath(rate)),
        ),
      ),
    ),
  )

export const deit = pipe(
  model(['batch', 224, 224, 3]),
  layer('patches', patchify(16)),
  layer('embed', linear(192)),
  layer('positions', learnedPositions()),
  layer('block1', block(0)),
  layer('block2', block(0.01)),
  layer('block3', block(0.02)),
  layer('block4', block(0.03)),
  layer('block5', block(0.04)),
  layer('block6', block(0.05)),
  layer('block7', block(0.06)),
  layer('block8', block(0.07)),
  layer('block9', block(0.08)),
  layer('block10', block(0.09)),
  layer('block11', block(0.1)),
  layer('block12', block(0.1)),
  layer('norm', layerNorm()),
  layer('pool', meanPool),
  layer('head', linear(1000)),
)

export const step = valueAndGrad(
  (
    params: ParamsOf<typeof deit>,
    state: StateOf<typeof deit>,
    images: Tensor<readonly ['batch', 224, 224, 3]>,
    labels: Tensor<readonly ['batch'], 'i24'>,
  ) => pipe(deit.apply({ params, state }, images, { mode: 'evaluate' }).y, crossEntropy(labels), mean()),
)
