import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ResnetConfig } from '../../../models/resnet/index.js'
import { decodeConfig, makeResnet, paperConfig, residualBlock, resnet } from '../../../models/resnet/index.js'
import { orFail, renderError } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tokens } from '../../../src/nn/class-token.js'
import { countParameters } from '../../../src/nn/count.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { evaluate } from '../../../src/run/reference.js'
import { printType } from '../../../src/shape/dim.js'
import { descend } from '../../support/descent.js'
import { applied, asTensor, numbers, someParams } from '../../support/nn-values.js'

const tiny: ResnetConfig = {
  ...paperConfig,
  height: 6,
  columns: 5,
  channels: 2,
  classes: 3,
  blocks: 1,
  widths: [4, 6],
}

const errorOf = (options: unknown): string => {
  const result = makeResnet(options)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

describe('ResNet', () => {
  it.each([
    [100, 1733812],
    [200, 1740312],
    [10, 1727962],
  ])('ResNet-110 with %i classes has %i parameters', (classes, parameters) => {
    expect(countParameters(resnet({ ...paperConfig, classes }))).toBe(parameters)
  })

  it('has 6 blocks + 2 layers with weights, and logits of the classes', () => {
    const sizes = fc.record({
      height: fc.integer({ min: 1, max: 7 }),
      columns: fc.integer({ min: 1, max: 7 }),
      blocks: fc.integer({ min: 1, max: 2 }),
      classes: fc.integer({ min: 1, max: 4 }),
      shortcut: fc.constantFrom('zeros' as const, 'projection' as const),
    })
    fc.assert(
      fc.property(sizes, (given) => {
        const model = resnet(orFail(decodeConfig(tiny)({ ...given, widths: [2, 3, 6] })))
        expect(printType(model.output)).toBe(`f32[batch, ${given.classes}]`)
        const convolved = 2 * given.blocks * (2 * 9 * 2 + 0)
        expect(countParameters(model)).toBeGreaterThan(convolved)
        const shape = [2, given.height, given.columns, 2]
        expect(applied(model, someParams(model), numbers(shape, 1)).shape).toEqual([2, given.classes])
      }),
      { numRuns: 10 },
    )
  })

  it('adds what it is given at every second place, with zeros around the channels, where the inner part is 0', () => {
    const block = residualBlock({
      outputs: 5,
      stride: 2,
      shortcut: 'zeros',
      norm: { epsilon: 1e-5, momentum: 0.1 },
    })
    const model = block(inputTensor('x', ['batch', 5, 4, 2], 'f32') as Tokens)
    const { params, state } = model.init(keyFromSeed(0))
    const x = numbers([1, 5, 4, 2], 1)
    const silent = {
      ...params,
      norm2: {
        scale: asTensor({ shape: [5], data: new Float64Array(5) }),
        shift: asTensor({ shape: [5], data: new Float64Array(5) }),
      },
    }
    const { y } = model.apply({ params: silent, state }, asTensor(x) as Tokens, { mode: 'evaluate' })
    const expected = [0, 2, 4].flatMap((row) =>
      [0, 2].flatMap((column) => {
        const at = (channel: number): number => Math.max(0, x.data[(row * 4 + column) * 2 + channel] ?? 0)
        return [0, at(0), at(1), 0, 0]
      }),
    )
    const [value] = evaluate([y])
    expect(value?.shape).toEqual([1, 3, 2, 5])
    expect([...(value?.data ?? [])]).toEqual(expected)
  })

  it.each(['zeros', 'projection'] as const)('learns: the loss of a batch falls (%s)', (shortcut) => {
    const losses = descend(resnet({ ...tiny, shortcut }), { batch: 6, steps: 12, rate: 0.2 })
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0))
  })

  it.each([
    [{ blocks: 0 }, 'resnet: blocks'],
    [{ widths: [] }, 'resnet: widths'],
    [{ widths: [8, 4] }, 'resnet: widths'],
    [{ widths: [8, 4.5], shortcut: 'projection' }, 'resnet: widths'],
    [{ shortcut: 'C' }, 'resnet: shortcut'],
    [{ epsilon: 0 }, 'resnet: epsilon'],
    [{ momentum: 2 }, 'resnet: momentum'],
    [{ classes: 1.5 }, 'resnet: classes'],
    [{ depth: 110 }, 'resnet: depth'],
    [7, 'resnet: options'],
  ])('%j is refused by name', (options, where) => {
    expect(errorOf(options)).toContain(where)
  })
})
