import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { attention } from '../../../src/op/composite/attention.js'
import { crossEntropy } from '../../../src/op/composite/cross-entropy.js'
import { layerNorm } from '../../../src/op/composite/layer-norm.js'
import { logSoftmax } from '../../../src/op/composite/log-softmax.js'
import { softmax } from '../../../src/op/composite/softmax.js'
import type { NdArray, Op } from '../../../src/op/def.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'
import { expectNear } from '../../support/close.js'

const one = (tensor: Tensor): NdArray => evaluate([tensor])[0] ?? { shape: [], data: new Float64Array() }
const noisy = <const S extends readonly number[]>(
  seed: number,
  stream: number,
  shape: S,
  factor = 1,
): Tensor<S, 'f32'> =>
  fromArray(
    noise(seed, stream, sizeOf(shape)).map((value) => value * factor),
    shape,
  )

const size = fc.integer({ min: 1, max: 9 })
const factor = fc.constantFrom(1e-3, 1, 30, 1000)

describe('softmax', () => {
  it('is positive, sums to 1 along its axis and ignores a shift, for logits of any size', () => {
    fc.assert(
      fc.property(
        size,
        size,
        factor,
        fc.integer({ min: -1000, max: 1000 }),
        fc.nat(),
        (n, m, by, shift, seed) => {
          const x = noisy(seed, 0, [n, m, 2], by)
          const y = one(pipe(x, softmax(1)))
          expect(y.data.every((value) => value >= 0 && value <= 1)).toBe(true)
          one(build.sum(pipe(x, softmax(-2)), [1])).data.forEach((total) =>
            expect(Math.abs(total - 1)).toBeLessThan(1e-12),
          )
          expectNear('shifted', one(softmax(1)(build.add(x, build.constant(shift)) as typeof x)), y, 1e-10)
        },
      ),
    )
  })

  it('is the exponential of logSoftmax, which stays finite where softmax underflows', () => {
    fc.assert(
      fc.property(size, size, factor, fc.nat(), (n, m, by, seed) => {
        const x = noisy(seed, 0, [n, m], by)
        const logs = pipe(x, logSoftmax(-1))
        expect(one(logs).data.every(Number.isFinite)).toBe(true)
        expectNear('exp', one(build.exp(logs)), one(pipe(x, softmax(-1))), 1e-12)
      }),
    )
  })

  it('keeps the order of its inputs', () => {
    fc.assert(
      fc.property(size, fc.nat(), (n, seed) => {
        const x = noise(seed, 0, n)
        const y = one(pipe(fromArray(x, [n]), softmax(0))).data
        x.forEach((a, i) =>
          x.forEach((b, j) => expect(Math.sign(a - b)).toBe(Math.sign((y[i] ?? 0) - (y[j] ?? 0)))),
        )
      }),
    )
  })
})

describe('layerNorm', () => {
  it('gives each line mean 0 and variance v/(v + epsilon), whatever its offset', () => {
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: -50, max: 50 }),
        fc.constantFrom(1e-6, 1e-2, 1),
        fc.nat(),
        (n, c, offset, epsilon, seed) => {
          const x = build.add(noisy(seed, 0, [n, c]), build.constant(offset)) as Tensor<
            readonly [number, number],
            'f32'
          >
          const y = layerNorm(
            build.constant(1, [c]) as Tensor<readonly [number], 'f32'>,
            build.constant(0, [c]) as Tensor<readonly [number], 'f32'>,
            { epsilon },
          )(x)
          const spread = (tensor: Tensor): readonly number[] => {
            const centred = build.sub(tensor, build.mean(tensor, [-1], true))
            return [...one(build.mean(build.mul(centred, centred), [-1])).data]
          }
          one(build.mean(y, [-1])).data.forEach((mean) => expect(Math.abs(mean)).toBeLessThan(1e-10))
          const own = spread(x)
          spread(y).forEach((variance, i) =>
            expect(variance).toBeCloseTo((own[i] ?? 0) / ((own[i] ?? 0) + epsilon), 9),
          )
        },
      ),
    )
  })

  it('scales and shifts each channel by its own', () => {
    const plain = layerNorm(fromArray(Float64Array.of(1, 1), [2]), fromArray(Float64Array.of(0, 0), [2]))
    const scaled = layerNorm(fromArray(Float64Array.of(2, -3), [2]), fromArray(Float64Array.of(5, 7), [2]))
    const x = noisy(4, 0, [3, 2])
    const expected = one(plain(x)).data.map((value, i) => (i % 2 === 0 ? 2 * value + 5 : -3 * value + 7))
    expectNear('scaled', one(scaled(x)), { shape: [3, 2], data: expected }, 1e-12)
  })
})

describe('attention', () => {
  it('is a weighted mean: equal values come back, whatever queries and keys are', () => {
    fc.assert(
      fc.property(size, size, size, fc.nat(), (t, s, d, seed) => {
        const values = build.broadcast(noisy(seed, 2, [1, 1, 3]), [2, s, 3]) as Tensor<
          readonly [2, number, 3],
          'f32'
        >
        const found = one(pipe(noisy(seed, 0, [2, t, d], 3), attention(noisy(seed, 1, [2, s, d], 3), values)))
        expectNear('values', found, one(build.broadcast(noisy(seed, 2, [1, 1, 3]), [2, t, 3])), 1e-12)
      }),
    )
  })

  it('does not see what its bias masks', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 2, max: 9 }), fc.nat(), (t, s, seed) => {
        const mask = fromArray(
          Float64Array.from({ length: s }, (_, i) => (i === s - 1 ? -1e9 : 0)),
          [s],
        )
        const [q, k, v] = [noisy(seed, 0, [t, 4]), noisy(seed, 1, [s, 4]), noisy(seed, 2, [s, 2])]
        const short = (x: Tensor, width: number): Tensor => build.slice(x, [0, 0], [s - 1, width])
        expectNear(
          'masked',
          one(build.attention(q, k, v, 0.5, mask)),
          one(build.attention(q, short(k, 4), short(v, 2), 0.5)),
          1e-12,
        )
      }),
    )
  })

  it('scales by 1/√D unless told otherwise', () => {
    const [q, k, v] = [noisy(1, 0, [2, 16]), noisy(1, 1, [3, 16]), noisy(1, 2, [3, 5])]
    expectNear(
      'default',
      one(pipe(q, attention(k, v))),
      one(pipe(q, attention(k, v, { scale: 0.25 }))),
      1e-15,
    )
  })
})

describe('crossEntropy', () => {
  const labels = (seed: number, n: number, classes: number): Tensor<readonly [number], 'i24'> =>
    fromArray(
      noise(seed, 9, n).map((value) => Math.floor(((value + 1) / 2) * classes)),
      [n],
      'i24',
    )

  it('is log of the number of classes for equal logits, smoothed or not', () => {
    fc.assert(
      fc.property(size, size, fc.constantFrom(0, 0.1, 1), fc.nat(), (n, classes, smoothing, seed) => {
        const logits = build.constant(3, [n, classes]) as Tensor<readonly [number, number], 'f32'>
        one(pipe(logits, crossEntropy(labels(seed, n, classes), { smoothing }))).data.forEach((loss) =>
          expect(loss).toBeCloseTo(Math.log(classes), 12),
        )
      }),
    )
  })

  it('smoothed is 0.9 of the sharp loss and 0.1 of the mean over all labels', () => {
    fc.assert(
      fc.property(size, size, factor, fc.nat(), (n, classes, by, seed) => {
        const logits = noisy(seed, 0, [n, classes], by)
        const given = labels(seed, n, classes)
        const sharp = one(pipe(logits, crossEntropy(given))).data
        const all = one(build.neg(build.mean(pipe(logits, logSoftmax(-1)), [-1]))).data
        const expected = sharp.map((loss, i) => 0.9 * loss + 0.1 * (all[i] ?? 0))
        expectNear(
          'smoothed',
          one(pipe(logits, crossEntropy(given, { smoothing: 0.1 }))),
          { shape: [n], data: expected },
          1e-12,
        )
      }),
    )
  })
})

describe('what does not fit is refused by the op that finds it', () => {
  const f32 = (shape: readonly (number | string)[]): Tensor => inputTensor('x', shape, 'f32')
  const i24 = (shape: readonly (number | string)[]): Tensor => inputTensor('y', shape, 'i24')
  const cases: readonly (readonly [string, () => unknown])[] = [
    ['softmax', () => build.softmax(f32([2]), 1)],
    ['softmax', () => build.softmax(i24([2]), 0)],
    ['logSoftmax', () => build.logSoftmax(f32([]), -1)],
    ['layerNorm', () => build.layerNorm(f32([2, 3]), f32([2]), f32([2]), 1e-6)],
    ['layerNorm', () => build.layerNorm(f32([2, 3]), f32([3]), f32([3]), 0)],
    ['attention', () => build.attention(f32([2, 3]), f32([4, 2]), f32([4, 3]), 1)],
    ['attention', () => build.attention(f32([2, 3]), f32([4, 3]), f32([5, 3]), 1)],
    ['attention', () => build.attention(f32([2, 3]), f32([4, 3]), f32([4, 3]), 1, f32([3, 4]))],
    ['crossEntropy', () => build.crossEntropy(f32(['batch', 10]), i24([2]), 0)],
    ['crossEntropy', () => build.crossEntropy(f32(['batch', 'classes']), i24(['batch']), 0)],
    ['crossEntropy', () => build.crossEntropy(f32(['batch', 10]), i24(['batch']), 1.5)],
  ]
  it.each(cases)('%s', (where, make) =>
    expect(attempt(make)).toMatchObject({ _tag: 'Left', left: { where } }),
  )

  it('and named axes are taken as they are', () => {
    expect(build.layerNorm(f32(['batch', 3]), f32([3]), f32([3]), 1e-6).shape).toEqual(['batch', 3])
    expect(build.crossEntropy(f32(['batch', 10]), i24(['batch']), 0).shape).toEqual(['batch'])
    expect(build.attention(f32(['b', 't', 4]), f32(['b', 's', 4]), f32(['b', 's', 5]), 1).shape).toEqual([
      'b',
      't',
      5,
    ])
  })
})

it('every composite says what it means itself, unless it draws', () => {
  const draws = (op: Op): boolean =>
    op.samples.some(({ inputs }) => inputs.some(({ domain }) => domain === 'key'))
  const meant = Object.values(ops).filter((op: Op) => op.category === 'composite' && !draws(op))
  expect(meant.length).toBeGreaterThanOrEqual(5)
  expect(meant.filter((op) => op.kind === 'composite' && op.evaluate === 'expand')).toEqual([])
})
