import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { hyenaDefaults } from '../../../models/mixer/index.js'
import type { Tokens } from '../../../models/mixer/index.js'
import { block, decodeConfig, makeSwin, paperConfig, stagesOf, swin } from '../../../models/swin/index.js'
import type { SwinConfig } from '../../../models/swin/index.js'
import { orFail, renderError } from '../../../src/error/error.js'
import { valueAndGrad } from '../../../src/grad/vjp.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { tensorPaths } from '../../../src/ir/tensor-tree.js'
import { isParameter } from '../../../src/nn/parameter.js'
import { build } from '../../../src/op/index.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { evaluate } from '../../../src/run/reference.js'
import { printType } from '../../../src/shape/dim.js'
import { flatten } from '../../../src/tree/tree.js'
import { applied, asTensor, numbers, someParams } from '../../support/nn-values.js'

const hyena = { kind: 'hyena', filterWidth: 4 }
const locality = { kind: 'attention', temperature: 'learned', toItself: false }
const hybrid = (first: object, second: object, arrangement = 'halves'): object => ({
  kind: 'hybrid',
  arrangement,
  first,
  second,
})

const tiny: SwinConfig = orFail(
  decodeConfig()({
    height: 16,
    columns: 16,
    channels: 1,
    classes: 3,
    width: 4,
    depths: [2, 1],
    heads: [1, 2],
  }),
)

const errorOf = (options: unknown, base = paperConfig): string => {
  const result = decodeConfig(base)(options)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

describe('configuration', () => {
  it('fills what is left out, and keeps what is given', () => {
    expect(orFail(decodeConfig()({}))).toEqual(paperConfig)
    expect(orFail(decodeConfig()(paperConfig))).toEqual(paperConfig)
    expect(orFail(decodeConfig(tiny)({ part: 2 }))).toEqual({ ...tiny, part: 2 })
    expect(orFail(decodeConfig()({ shift: 'none', mixer: { kind: 'hyena', window: 'none' } })).mixer).toEqual(
      {
        ...hyenaDefaults,
        window: 'none',
      },
    )
  })

  it('gives attention the heads of the first stage, wherever it stands', () => {
    const headsOf = (mixer: object, heads: readonly number[]): readonly number[] => {
      const decoded = orFail(decodeConfig()({ shift: 'none', heads, mixer })).mixer
      const all = decoded.kind === 'hybrid' ? [decoded.first, decoded.second] : [decoded]
      return all.flatMap((each) => (each.kind === 'attention' ? [each.heads] : []))
    }
    expect(headsOf({ kind: 'attention' }, [2, 2, 4])).toEqual([2])
    expect(headsOf(hybrid({ kind: 'attention' }, hyena), [2, 2, 4])).toEqual([2])
    expect(headsOf({ kind: 'hybrid', first: hyena }, [6, 2, 4])).toEqual([6])
    expect(orFail(decodeConfig()({ heads: [2, 2, 4] })).mixer).toMatchObject({ heads: 2 })
  })

  it.each<readonly [unknown, string]>([
    [
      { mixer: hyena },
      "shift: expected 'none' or 'odd attention blocks' with a mixer that is not attention, found odd blocks.",
    ],
    [{ mixer: hybrid({ kind: 'attention' }, hyena) }, 'shift: expected'],
    [{ part: 3 }, 'part: expected a side that divides the map of each stage, found 3.'],
    [{ part: 0 }, 'part: expected a positive whole number'],
    [{ height: 32, columns: 64, part: 12 }, 'part: expected a side that divides the map of each stage'],
    [{ heads: [3, 6] }, 'heads: expected as many positive whole numbers as there are stages'],
    [{ heads: [3, 6, 0] }, 'heads: expected as many positive whole numbers'],
    [{ heads: [5, 6, 12] }, 'heads: expected numbers that divide the channels of their stages'],
    [{ heads: [3, 6, 9] }, 'heads: expected numbers that divide'],
    [
      { mixer: { kind: 'attention', heads: 4 } },
      'mixer.heads: expected 3, the heads of the first stage, found 4.',
    ],
    [{ patch: 3 }, 'patch: expected a side that divides height and columns, found 3.'],
    [{ shiftedPatches: true, patch: 1 }, 'patch: expected a side from 2 for shifted patches, found 1.'],
    [{ depths: [] }, 'depths: expected positive whole numbers'],
    [{ depths: [2, 1.5, 1] }, 'depths: expected positive whole numbers'],
    [{ height: 24, patch: 4 }, 'depths: expected stages whose maps can be halved'],
    [{ width: 0 }, 'width: expected a positive whole number'],
    [{ mlpRatio: 0.001 }, 'mlpRatio:'],
    [{ dropPath: 1 }, 'dropPath: expected a rate from 0 to below 1, found 1.'],
    [{ epsilon: 0 }, 'epsilon:'],
    [{ part: 1, mixer: locality }, 'mixer.toItself: expected true where a part is a single place'],
    [{ beforeMixer: { kind: 'attention' } }, 'beforeMixer.kind: expected a mixer that is not attention'],
    [{ beforeMixer: { kind: 'convolution' } }, 'beforeMixer.kind: expected one of'],
    [
      { columns: 64, beforeMixer: { kind: 'hyena', kernelScale: 'inverse of 2L' } },
      "beforeMixer.kernelScale: expected 'one' for maps that are not square",
    ],
    [
      { columns: 64, mixWithin: 'map', mixer: { kind: 'hyena', kernelScale: 'inverse of 2L' } },
      "mixer.kernelScale: expected 'one' for maps that are not square",
    ],
    [{ mixWithin: 'window' }, 'mixWithin:'],
    [{ window: 4 }, 'window: expected a known option'],
    [{ mixer: 3 }, 'mixer.kind: expected one of'],
    [{ heads: 'many' }, 'heads:'],
    [null, 'options: expected an object of options, found null.'],
  ])('%j: %s', (options, message) => {
    expect(errorOf(options)).toContain(`OptionError in swin: ${message}`)
  })

  it('that is refused is refused for a reason: what is decoded can be built', () => {
    const single = fc.oneof(
      fc.record({ kind: fc.constant('attention'), toItself: fc.boolean() }),
      fc.record({
        kind: fc.constant('hyena'),
        axes: fc.constantFrom('grid', 'sequence'),
        filterWidth: fc.constant(2),
        directions: fc.constantFrom(1, 2),
        kernelScale: fc.constantFrom('one', 'inverse of 2L'),
      }),
    )
    const options = fc.record({
      height: fc.constantFrom(4, 6, 8, 12),
      columns: fc.constantFrom(4, 8, 12),
      channels: fc.constant(1),
      classes: fc.integer({ min: 1, max: 3 }),
      patch: fc.constantFrom(1, 2, 2, 3),
      width: fc.integer({ min: 1, max: 4 }),
      depths: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 2 }),
      heads: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 2 }),
      mixer: fc.oneof(
        single,
        fc.record({
          kind: fc.constant('hybrid'),
          arrangement: fc.constantFrom('halves', 'alternate'),
          first: single,
          second: single,
        }),
      ),
      beforeMixer: fc.constantFrom(null, { kind: 'hyena', filterWidth: 2 }),
      part: fc.integer({ min: 1, max: 4 }),
      mixWithin: fc.constantFrom('part', 'map'),
      shift: fc.constantFrom('odd blocks', 'odd attention blocks', 'none'),
      relativePositions: fc.boolean(),
      shiftedPatches: fc.boolean(),
      positions: fc.boolean(),
    })
    let built = 0
    fc.assert(
      fc.property(options, (given) => {
        const decoded = decodeConfig()(given)
        const made = makeSwin(given)
        expect(E.isRight(made)).toBe(E.isRight(decoded))
        if (E.isRight(made)) {
          built += 1
          expect(printType(made.right.output)).toBe(`f32[batch, ${given.classes}]`)
        }
      }),
      { numRuns: 300 },
    )
    expect(built).toBeGreaterThan(20)
  })
})

describe('stages', () => {
  it('have maps and widths of their own, and parts no larger than their maps', () => {
    expect(stagesOf(paperConfig).map(({ map, width, side, first }) => [...map, width, side, first])).toEqual([
      [16, 16, 96, 4, 0],
      [8, 8, 192, 4, 2],
      [4, 4, 384, 4, 8],
    ])
    expect(stagesOf({ ...paperConfig, part: 8 }).map(({ side }) => side)).toEqual([8, 8, 4])
  })
})

/** Which places of a block's result change with the place `from`. */
const reached = (config: SwinConfig, index: number, from: readonly [number, number]): readonly string[] => {
  const [stage] = stagesOf(config)
  if (stage === undefined) throw new RangeError('a stage')
  const [rows, columns] = stage.map
  const input = inputTensor('x', ['batch', rows, columns, stage.width], 'f32') as Tensor as Tokens
  const made = block(config, stage)(input, index)
  const params = someParams(made)
  const x = numbers([1, rows, columns, stage.width], 2)
  const start = (from[0] * columns + from[1]) * stage.width
  const moved = { ...x, data: x.data.map((value, i) => (i === start ? value + 1 : value)) }
  const [before, after] = [x, moved].map((each) => applied(made, params, each).data)
  return Array.from({ length: rows * columns }, (_, place) => place)
    .filter((place) =>
      Array.from({ length: stage.width }, (_, c) => place * stage.width + c).some(
        (i) => Math.abs((before?.[i] ?? 0) - (after?.[i] ?? 0)) > 1e-9,
      ),
    )
    .map((place) => `${Math.floor(place / columns)},${place % columns}`)
}

const square = (start: number, end: number): readonly string[] =>
  Array.from({ length: end - start }, (_, i) => i + start).flatMap((i) =>
    Array.from({ length: end - start }, (_, j) => `${i},${j + start}`),
  )

describe('which places a block mixes', () => {
  it('are those of a part; odd blocks of attention have parts shifted by half their side', () => {
    expect(reached(tiny, 0, [2, 2])).toEqual(square(0, 4))
    expect(reached(tiny, 1, [2, 2])).toEqual(square(2, 6))
    expect(reached(tiny, 1, [0, 0])).toEqual(square(0, 2))
    expect(reached(tiny, 1, [7, 7])).toEqual(square(6, 8))
    expect(reached({ ...tiny, shift: 'none' }, 1, [2, 2])).toEqual(square(0, 4))
    expect(reached({ ...tiny, part: 8 }, 1, [2, 2])).toEqual(square(0, 8))
    expect(reached({ ...tiny, mixWithin: 'map' }, 1, [2, 2])).toEqual(square(0, 8))
  })

  it('are those of a part, or of the whole map, when Hyena mixes them', () => {
    const mixer = { ...hyenaDefaults, filterWidth: 4, window: 'none', directions: 1 } as const
    const config: SwinConfig = { ...tiny, mixer, shift: 'none' }
    expect(reached(config, 1, [4, 4])).toEqual(square(4, 8))
    expect(reached({ ...config, mixWithin: 'map' }, 1, [1, 1])).toEqual(square(0, 8))
  })

  it('shift in the attention blocks of a hybrid alone', () => {
    const forward = { ...hyena, window: 'none', directions: 1 }
    const config = orFail(
      decodeConfig(tiny)({
        shift: 'odd attention blocks',
        mixer: hybrid(forward, { kind: 'attention' }, 'alternate'),
      }),
    )
    expect(reached(config, 0, [4, 4])).toEqual(square(4, 8))
    expect(reached(config, 1, [4, 4])).toEqual(square(2, 6))
    const turned = orFail(
      decodeConfig(tiny)({
        shift: 'odd attention blocks',
        mixer: hybrid({ kind: 'attention' }, forward, 'alternate'),
      }),
    )
    expect(reached(turned, 1, [4, 4])).toEqual(square(4, 8))
  })

  it('are in all parts of the map with a layer on it before the mixer', () => {
    const before = { ...hyenaDefaults, filterWidth: 4, window: 'none', directions: 1 } as const
    const places = reached({ ...tiny, beforeMixer: before }, 0, [2, 2])
    const parts = places.map((place) =>
      place
        .split(',')
        .map((i) => Math.floor(Number(i) / 4))
        .join(),
    )
    expect([...new Set(parts)]).toEqual(['0,0', '0,1', '1,0', '1,1'])
  })
})

describe('the model', () => {
  const variants: readonly object[] = [
    {},
    { mixer: locality, shiftedPatches: true },
    { shift: 'none', mixer: hyena, init: 'xavier normal' },
    { shift: 'none', mixer: { ...hyena, axes: 'sequence', directions: 1 }, positions: false },
    { mixWithin: 'map', mixer: { ...hyena, filter: 'product' } },
    { shift: 'odd attention blocks', mixer: hybrid(hyena, { kind: 'attention' }, 'alternate') },
    { beforeMixer: hyena, relativePositions: false, columns: 32 },
  ]

  it.each(variants)('has a finite gradient, which is zero for constants alone: %j', (options) => {
    const config = orFail(decodeConfig(tiny)(options))
    const model = swin(config)
    const x = numbers([2, config.height, config.columns, 1], 2)
    const images = inputTensor('x', x.shape, 'f32') as Tensor as typeof model.input
    const { value, gradient } = valueAndGrad((params: ReturnType<typeof model.init>['params']) => {
      const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, images, {
        mode: 'train',
        key: keyFromSeed(3),
      })
      return build.sum(build.mul(y, y), [0, 1]) as Tensor<readonly [], 'f32'>
    })(someParams(model))
    const leaves = tensorPaths(gradient)
    const [loss, ...gradients] = evaluate([value, ...leaves.map(({ leaf }) => leaf)], { x })
    expect(Number.isFinite(loss?.data[0])).toBe(true)
    expect(gradients.every((slope) => slope.data.every(Number.isFinite))).toBe(true)
    const still = leaves
      .filter((_, i) => gradients[i]?.data.every((slope) => slope === 0) === true)
      .map(({ path }) => path)
    const constant = flatten(isParameter, model.parameters)
      .filter(({ leaf }) => !leaf.trainable)
      .map(({ path }) => path)
    expect(still).toEqual(constant)
  })

  it('drops paths more the deeper a block lies over all stages, and never in the first', () => {
    const config: SwinConfig = { ...tiny, dropPath: 0.99 }
    const difference = (stageIndex: number, index: number): number => {
      const stage = stagesOf(config)[stageIndex]
      if (stage === undefined) throw new RangeError('a stage')
      const x = numbers([8, ...stage.map, stage.width], 6)
      const given = asTensor(x) as Tensor as Tokens
      const one = block(config, stage)(given, index)
      const variables = { params: someParams(one), state: one.init(keyFromSeed(0)).state }
      const [trained, evaluated] = evaluate([
        one.apply(variables, given, { mode: 'train', key: keyFromSeed(2) }).y,
        one.apply(variables, given, { mode: 'evaluate' }).y,
      ])
      return Math.max(...(trained?.data ?? []).map((value, i) => Math.abs(value - (evaluated?.data[i] ?? 0))))
    }
    expect(difference(0, 0)).toBe(0)
    expect(difference(0, 1)).toBeGreaterThan(0)
    expect(difference(1, 0)).toBeGreaterThan(0)
  })
})
