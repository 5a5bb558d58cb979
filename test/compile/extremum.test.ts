import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect, test } from 'vitest'
import { renderError } from '../../src/error/error.js'
import { grad } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { exp } from '../../src/op/elementwise/exp.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { constantValues, fromArray } from '../../src/op/leaf/constant.js'
import { max } from '../../src/op/reduce/max.js'
import { sum } from '../../src/op/reduce/sum.js'
import { compile } from '../../src/run/compile.js'
import { openDevice } from '../../src/run/open-device.js'

type Table = Tensor<readonly [20, 4], 'f32'>
const x: Table = fromArray(
  Float32Array.from({ length: 80 }, (_, i) => Math.sin(1.7 * i)),
  [20, 4],
)
/** What is reduced is itself computed, so a kernel that computed it again would round it again. */
const loss = (at: Table): Tensor<readonly [], 'f32'> => pipe(exp(at), mul(at), mul(1.2345), max([1]), sum())

test.each(['cpu', 'webasm', 'reference'] as const)(
  '%s: the gradient of max finds the largest element among computed ones',
  async (name) => {
    const gradient = await pipe(
      openDevice(name),
      TE.chain((device) => pipe(x, compile(device)(grad(loss)))),
      TE.chain((compiled) => compiled.run(x)),
      TE.match(
        (error): readonly number[] => {
          throw new Error(renderError(error))
        },
        (result): readonly number[] => [...(constantValues(result) ?? [])],
      ),
    )()
    const values = [...(constantValues(x) ?? [])]
    const slope = (value: number, i: number): number => {
      const row = values.slice(4 * Math.floor(i / 4), 4 * Math.floor(i / 4) + 4).map((v) => Math.exp(v) * v)
      return row.every((other) => other <= Math.exp(value) * value)
        ? 1.2345 * Math.exp(value) * (1 + value)
        : 0
    }
    expect(gradient).toHaveLength(values.length)
    values.forEach((value, i) => expect(gradient[i]).toBeCloseTo(slope(value, i), 5))
  },
)
