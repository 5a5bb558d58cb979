/** A gradient is a function: differentiate it again. Run: npx tsx examples/02-gradients-of-gradients.ts */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Tensor } from '../src/index.js'
import { compile, fromArray, grad, mul, openDevice, renderError, sum, valuesOf } from '../src/index.js'

type Vector = Tensor<readonly [3]>

// The sum of cubes has gradient 3x²; the sum of that gradient has gradient 6x.
const cubes = (x: Vector) => pipe(x, mul(x), mul(x), sum())
const slope = grad(cubes)
const curvature = grad((x: Vector) => pipe(slope(x), sum()))

const x = fromArray(Float32Array.of(1, 2, 3), [3])
const report = pipe(
  openDevice('webasm'),
  TE.bindTo('device'),
  TE.bind('compiled', ({ device }) =>
    compile(device)((p: Vector) => ({ first: slope(p), second: curvature(p) }))(x),
  ),
  TE.bind('result', ({ compiled }) => compiled.run(x)),
  TE.chainFirst(({ device }) => TE.fromTask(device.destroy)),
  TE.match(
    renderError,
    ({ result }) =>
      `first ${valuesOf(result.first)?.join(', ')}; second ${valuesOf(result.second)?.join(', ')}`,
  ),
)

console.log(await report())
