import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { valueAndGrad } from '../../src/grad/vjp.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { assemble, layer, parallel, repeat, residual } from '../../src/nn/compose.js'
import { countParameters } from '../../src/nn/count.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { normal, ones, zeros } from '../../src/nn/initialiser.js'
import { linear } from '../../src/nn/linear.js'
import { model, pure, stateful } from '../../src/nn/model.js'
import type { Model } from '../../src/nn/model.js'
import { parameter, stateValue } from '../../src/nn/parameter.js'
import { build } from '../../src/op/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { printType } from '../../src/shape/dim.js'
import { applied, evaluation, numbers, someParams } from '../support/nn-values.js'

/** Every first value of a model, by path. */
const initial = (params: unknown): Readonly<Record<string, readonly number[]>> => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(leaves.map(({ path }, i) => [path, [...(values[i]?.data ?? [])]]))
}

const small = pipe(
  model(['batch', 3]),
  layer('first', linear(4, { init: { weight: normal(), bias: () => zeros } })),
  layer('second', linear(2)),
)

describe('a model', () => {
  it('knows what it takes, gives and has to learn', () => {
    expect(printType(small.input)).toBe('f32[batch, 3]')
    expect(printType(small.output)).toBe('f32[batch, 2]')
    expect(
      tensorPaths(small.init(keyFromSeed(0)).params).map(({ path, leaf }) => `${path}: ${printType(leaf)}`),
    ).toEqual([
      'first.weight: f32[3, 4]',
      'first.bias: f32[4]',
      'second.weight: f32[4, 2]',
      'second.bias: f32[2]',
    ])
    expect(countParameters(small)).toBe(3 * 4 + 4 + 4 * 2 + 2)
  })

  it('applies its layers in order', () => {
    const params = someParams(small)
    const x = numbers([5, 3], 9)
    const values = initial(params)
    const product = (row: readonly number[], name: string, outputs: number): readonly number[] =>
      Array.from({ length: outputs }, (_, o) =>
        row.reduce(
          (sum, value, i) => sum + value * (values[`${name}.weight`]?.[i * outputs + o] ?? 0),
          values[`${name}.bias`]?.[o] ?? 0,
        ),
      )
    const { data, shape } = applied(small, params, x)
    expect(shape).toEqual([5, 2])
    for (let row = 0; row < 5; row++) {
      const expected = product(product([...x.data.slice(3 * row, 3 * row + 3)], 'first', 4), 'second', 2)
      expected.forEach((value, i) => expect(data[2 * row + i]).toBeCloseTo(value, 10))
    }
  })

  it('draws each parameter from the key and its path, so that another layer changes none', () => {
    const wider = pipe(
      model(['batch', 3]),
      layer('before', linear(3)),
      layer('first', linear(4, { init: { weight: normal(), bias: () => zeros } })),
      layer('between', linear(4)),
      layer('second', linear(2)),
    )
    const key = keyFromSeed(7)
    const some = initial(small.init(key).params)
    const more = initial(wider.init(key).params)
    for (const path of Object.keys(some)) expect(more[path]).toEqual(some[path])
    expect(initial(small.init(keyFromSeed(8)).params)['first.weight']).not.toEqual(some['first.weight'])
    const alike = initial(pipe(model([2]), layer('a', linear(2)), layer('b', linear(2))).init(key).params)
    expect(alike['a.weight']).not.toEqual(alike['b.weight'])
  })

  it('drops by its path, so that another layer changes no mask', () => {
    const dropped = (extra: boolean): readonly number[] => {
      const start = model([64, 1])
      const run = { mode: 'train', key: keyFromSeed(3) } as const
      const x = build.constant(1, [64, 1]) as Tensor<readonly [64, 1], 'f32'>
      const masked = extra
        ? pipe(start, layer('other', dropPath(0)), layer('drop', dropPath(0.5))).apply(
            { params: { other: {}, drop: {} }, state: { other: {}, drop: {} } },
            x,
            run,
          )
        : pipe(start, layer('drop', dropPath(0.5))).apply(
            { params: { drop: {} }, state: { drop: {} } },
            x,
            run,
          )
      return [...(evaluate([masked.y])[0]?.data ?? [])]
    }
    expect(dropped(true)).toEqual(dropped(false))
    expect(new Set(dropped(false))).toEqual(new Set([0, 2]))
  })

  it('refuses a second layer of one name', () => {
    const twice = attempt(() => pipe(small, layer('first' as string, linear(2))))
    expect(twice).toMatchObject({ _tag: 'Left' })
    if (twice._tag === 'Left')
      expect(renderError(twice.left)).toMatch(/layer first: expected a name that the model does not have yet/)
  })

  it('refuses parameters that depend on a named axis', () => {
    const named = attempt(() => pipe(model(['batch', 'features']), layer('head', linear(2))))
    expect(named).toMatchObject({
      left: { _tag: 'ShapeError', where: 'linear', found: 'f32[batch, features]' },
    })
  })
})

describe('sharing', () => {
  const weight = parameter({ shape: [2], init: ones })
  const scale = (x: Tensor<readonly [2], 'f32'>) =>
    pure({ weight }, x, (params, given) => build.mul(given, params.weight) as typeof x)
  const twice = pipe(model([2]), layer('first', scale), layer('second', scale))

  it('counts one specification once, and reads it where it stands first', () => {
    expect(countParameters(twice)).toBe(2)
    const params = {
      first: { weight: fromArray(Float64Array.of(2, 3), [2]) },
      second: { weight: fromArray(Float64Array.of(100, 100), [2]) },
    } as const
    const { y } = twice.apply(
      { params, state: { first: {}, second: {} } },
      fromArray(Float64Array.of(1, 1), [2]),
      evaluation,
    )
    expect([...(evaluate([y])[0]?.data ?? [])]).toEqual([4, 9])
  })

  it('adds the gradients of all its uses', () => {
    const x = fromArray(Float64Array.of(1, 1), [2])
    const params = {
      first: { weight: fromArray(Float64Array.of(2, 3), [2]) },
      second: { weight: fromArray(Float64Array.of(2, 3), [2]) },
    } as const
    const { gradient } = valueAndGrad(
      (at: typeof params) =>
        build.sum(
          twice.apply({ params: at, state: { first: {}, second: {} } }, x, evaluation).y,
          [0],
        ) as Tensor<readonly [], 'f32'>,
    )(params)
    const [first, second] = evaluate([gradient.first.weight, gradient.second.weight])
    expect([...(first?.data ?? [])]).toEqual([4, 6])
    expect([...(second?.data ?? [])]).toEqual([0, 0])
  })

  it('starts from one value at every place', () => {
    const drawn = parameter({ shape: [2], init: normal() })
    const layerOf = (x: Tensor<readonly [2], 'f32'>) =>
      pure({ drawn }, x, (params, given) => build.mul(given, params.drawn) as typeof x)
    const values = initial(
      pipe(model([2]), layer('a', layerOf), layer('b', layerOf)).init(keyFromSeed(1)).params,
    )
    expect(values['b.drawn']).toEqual(values['a.drawn'])
  })
})

describe('composition', () => {
  it('repeats with parameters of its own each time, and tells the index', () => {
    const powers = (x: Tensor<readonly [1], 'f32'>, index: number) =>
      pure(
        { weight: parameter({ shape: [1], init: ones }) },
        x,
        ({ weight }, given) =>
          build.add(
            build.mul(build.mul(given, weight), build.constant(10)),
            build.constant(index),
          ) as typeof x,
      )
    const stack = pipe(model([1]), layer('stack', repeat(3, powers)))
    expect(tensorPaths(stack.init(keyFromSeed(0)).params).map(({ path }) => path)).toEqual([
      'stack.0.weight',
      'stack.1.weight',
      'stack.2.weight',
    ])
    const { y } = stack.apply(stack.init(keyFromSeed(0)), fromArray(Float64Array.of(4), [1]), evaluation)
    expect([...(evaluate([y])[0]?.data ?? [])]).toEqual([4012])
  })

  it('adds a residual', () => {
    const triple = (x: Tensor<readonly [2], 'f32'>) =>
      pure({}, x, (_, given) => build.mul(given, build.constant(3)) as typeof x)
    const m = pipe(model([2]), layer('around', residual(triple)))
    expect([...applied(m, { around: {} }, numbers([2], 1)).data]).toEqual(
      [...numbers([2], 1).data].map((value) => value + value * 3),
    )
  })

  it('refuses to repeat or add a layer that gives another shape', () => {
    const wider: (x: Tensor) => Model<unknown, unknown, Tensor, Tensor> = (x) =>
      linear(5)(x as Tensor<readonly [string, number], 'f32'>)
    for (const [name, make] of [
      ['repeat', repeat(2, wider)],
      ['residual', residual(wider)],
    ] as const)
      expect(attempt(() => make(model(['batch', 4]).output))).toMatchObject({
        left: {
          _tag: 'ShapeError',
          where: name,
          expected: 'a layer that gives f32[batch, 4], as it receives',
          found: 'f32[batch, 5]',
        },
      })
  })

  it('puts branches side by side', () => {
    const start = model(['batch', 3])
    const both = parallel(
      start.input,
      { left: linear(2)(start.output), right: linear(5)(start.output) },
      ({ left, right }) => build.concat([left, right], 1) as Tensor<readonly ['batch', 7], 'f32'>,
    )
    expect(printType(both.output)).toBe('f32[batch, 7]')
    const params = someParams(both)
    const x = numbers([4, 3], 5)
    const whole = applied(both, params, x)
    const left = applied(linear(2)(start.output), params.left, x)
    expect([...whole.data].filter((_, i) => i % 7 < 2)).toEqual([...left.data])
  })

  it('threads state through chains, lists and assemblies', () => {
    const counting = (x: Tensor<readonly [1], 'f32'>) =>
      stateful({}, { calls: stateValue([], 0) }, x, ({ state }, given) => ({
        y: build.add(given, state.calls) as typeof x,
        state: { calls: build.add(state.calls, build.constant(1)) as Tensor<readonly [], 'f32'> },
      }))
    const inner = assemble({ counting: counting(model([1]).output) }, model([1]).output, (call, x) =>
      call.counting(x),
    )
    const m = pipe(
      model([1]),
      layer('once', counting),
      layer('list', repeat(2, counting)),
      layer('assembly', () => inner),
    )
    const x = fromArray(Float64Array.of(0), [1])
    const first = m.apply(m.init(keyFromSeed(0)), x, evaluation)
    const second = m.apply({ params: m.init(keyFromSeed(0)).params, state: first.state }, x, evaluation)
    const [y, z, ...calls] = evaluate([
      first.y,
      second.y,
      ...tensorPaths(second.state).map(({ leaf }) => leaf),
    ])
    expect(y?.data[0]).toBe(0)
    expect(z?.data[0]).toBe(4)
    expect(calls.map((value) => value.data[0])).toEqual([2, 2, 2, 2])
  })
})
