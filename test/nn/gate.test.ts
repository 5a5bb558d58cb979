import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { layer } from '../../src/nn/compose.js'
import { gate } from '../../src/nn/gate.js'
import { linear } from '../../src/nn/linear.js'
import { model, pure } from '../../src/nn/model.js'
import { add, sigmoid } from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'

const logistic = (x: Tensor<readonly [3]>) => pure({}, x, (_, given) => sigmoid(given))

describe('gate', () => {
  it('multiplies what it is given by what the layer makes of it', () => {
    const m = pipe(model([3]), layer('gate', gate(logistic)))
    const x = fromArray(Float32Array.of(-1, 0, 2), [3])
    const [value] = evaluate([m.apply(m.init(keyFromSeed(0)), x, { mode: 'evaluate' }).y])
    ;[-1, 0, 2].forEach((given, i) => expect(value?.data[i]).toBeCloseTo(given / (1 + Math.exp(-given)), 12))
  })

  it('holds the parameters of its layer', () => {
    const m = pipe(model([2, 3]), layer('gate', gate(linear(3))))
    expect(Object.keys(m.init(keyFromSeed(0)).params.gate)).toEqual(['weight', 'bias'])
  })

  it('refuses a layer that changes the shape', () => {
    const wider = (x: Tensor<readonly [number]>) =>
      pure({}, x, (_, given) => pipe(given, add(fromArray(new Float32Array(6), [2, 3]))))
    const refused = attempt(() => gate(wider as never)(model([3]).output as never))
    expect(refused._tag === 'Left' ? renderError(refused.left) : 'accepted').toMatch(
      /^ShapeError in gate: expected a layer that gives f32\[3\]/,
    )
  })
})
