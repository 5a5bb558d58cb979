/** The paper's vision transformer with Hyena 2-D, 9 blocks of width 192, in layers whose sizes are literals. */
import { pipe } from 'fp-ts/lib/function.js'
import { crossEntropy, mean, valueAndGrad } from 'crocuta'
import type { Tensor } from 'crocuta'
import {
  dropPath,
  hyena,
  implicitFilter,
  layer,
  layerNorm,
  learnedPositions,
  linear,
  meanPool,
  mlp,
  model,
  paperFilter,
  patchify,
  repeat,
  residual,
} from 'crocuta/nn'
import type { ParamsOf, StateOf } from 'crocuta/nn'

export const hyenaVit = pipe(
  model(['batch', 32, 32, 3]),
  layer('patches', patchify(4)),
  layer('embed', linear(192)),
  layer('positions', learnedPositions()),
  layer(
    'blocks',
    repeat(9, (x, index) =>
      pipe(
        model(x.shape),
        layer(
          'mix',
          residual((y) =>
            pipe(
              model(y.shape),
              layer('norm', layerNorm()),
              layer('hyena', hyena({ filter: implicitFilter(paperFilter), direction: 'forward' })),
              layer('drop', dropPath(index / 80)),
            ),
          ),
        ),
        layer(
          'feed',
          residual((y) =>
            pipe(
              model(y.shape),
              layer('norm', layerNorm()),
              layer('mlp', mlp(384)),
              layer('drop', dropPath(index / 80)),
            ),
          ),
        ),
      ),
    ),
  ),
  layer('norm', layerNorm()),
  layer('pool', meanPool),
  layer('head', linear(100)),
)

export const step = valueAndGrad(
  (
    params: ParamsOf<typeof hyenaVit>,
    state: StateOf<typeof hyenaVit>,
    images: Tensor<readonly ['batch', 32, 32, 3]>,
    labels: Tensor<readonly ['batch'], 'i24'>,
  ) => pipe(hyenaVit.apply({ params, state }, images, { mode: 'evaluate' }).y, crossEntropy(labels), mean()),
)
