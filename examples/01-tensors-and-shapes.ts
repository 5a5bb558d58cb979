/** A loss, its gradient, and both compiled for whatever device is here. Run: npx tsx examples/01-tensors-and-shapes.ts */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Tensor } from '../src/index.js'
import {
  compile,
  fromArray,
  matmul,
  mean,
  mul,
  openDevice,
  relu,
  renderError,
  sub,
  valueAndGrad,
  valuesOf,
} from '../src/index.js'

const inputs = fromArray(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), [4, 2])
const targets = fromArray(Float32Array.of(0, 1, 1, 2), [4, 1])

// With a weight of shape [3, 1] the editor says «matmul: inner axes 2 and 3 differ».
const loss = (weight: Tensor<readonly [2, 1]>) => {
  const error = pipe(inputs, matmul(weight), relu, sub(targets))
  return pipe(error, mul(error), mean())
}

const weight = fromArray(Float32Array.of(0.5, 0.25), [2, 1])
const report = pipe(
  openDevice('auto'),
  TE.bindTo('device'),
  TE.bind('compiled', ({ device }) => compile(device)(valueAndGrad(loss))(weight)),
  TE.bind('result', ({ compiled }) => compiled.run(weight)),
  TE.chainFirst(({ device }) => TE.fromTask(device.destroy)),
  TE.match(
    renderError,
    ({ result }) =>
      `loss ${valuesOf(result.value)?.join()}, gradient ${valuesOf(result.gradient)?.join(', ')}`,
  ),
)

console.log(await report())
