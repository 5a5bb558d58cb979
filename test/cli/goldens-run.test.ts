import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWithin } from '../../src/cli/goldens/compare.js'
import { decodeGolden } from '../../src/cli/goldens/decode-golden.js'
import type { Golden, GoldenFamily } from '../../src/cli/goldens/family.js'
import { familyOf, passes, runGolden } from '../../src/cli/goldens/run-golden.js'
import { dataError, fail, renderError } from '../../src/error/error.js'
import { encodeSafetensors } from '../../src/io/safetensors.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { openDevice } from '../../src/run/open-device.js'
import { referenceDevice } from '../../src/run/reference-device.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const array = (shape: readonly number[], values: readonly number[]): NdArray => ({
  shape,
  data: Float64Array.from(values),
})
const vector = (values: readonly number[]): NdArray => array([values.length], values)
const goldenOf = (
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Golden => ({ name: 'scaled_1', metadata, tensors })

/** y = scale · w · x + shift, elementwise, in a family of its own. */
const scaled: GoldenFamily = {
  name: 'scaled',
  recognises: ({ name }) => name.startsWith('scaled'),
  read: ({ name, metadata }) =>
    metadata['scale'] === undefined
      ? E.left(dataError({ where: `${name}: scale`, expected: 'a number', found: 'none', hint: 'state it' }))
      : E.right({
          kind: 'program',
          compute: ({ x, params, buffers }) => {
            const { w, b } = params
            const { shift } = buffers
            if (w === undefined || b === undefined || shift === undefined)
              return fail(dataError({ where: 'scaled', expected: 'w, b and shift', found: 'less', hint: '' }))
            const y = build.add(build.mul(build.mul(build.constant(Number(metadata['scale']), []), w), x), b)
            return { y, 'buffer_after/shift': build.add(shift, x), unasked: x }
          },
          unlike: { phase: 'it is free' },
        }),
}

const caseOf = (n: number, scale: number, pick: (name: string, i: number) => number): Golden => {
  const draw = (name: string) => Array.from({ length: n }, (_, i) => pick(name, i))
  const [x, g, w, b, shift] = ['x', 'g', 'w', 'b', 'shift'].map(draw) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ]
  const at = (values: readonly number[], i: number): number => values[i] ?? Number.NaN
  const y = x.map((v, i) => scale * at(w, i) * v + at(b, i))
  return goldenOf(
    {
      x: vector(x),
      g: vector(g),
      y: vector(y),
      y64: vector(y),
      phase: vector([1]),
      'param/w': vector(w),
      'param/b': vector(b),
      'buffer/shift': vector(shift),
      'buffer_after/shift': vector(shift.map((v, i) => v + at(x, i))),
      'grad/x': vector(g.map((v, i) => scale * at(w, i) * v)),
      'grad/w': vector(g.map((v, i) => scale * at(x, i) * v)),
      'grad64/w': vector(g.map((v, i) => scale * at(x, i) * v)),
      'grad/b': vector(g),
    },
    { scale: `${scale}` },
  )
}

const run = async (golden: Golden, families: readonly GoldenFamily[] = [scaled]) =>
  runGolden(referenceDevice, golden, families)()

const example = caseOf(3, 2, (name, i) => name.length + i + 1)
const without = (golden: Golden, name: string): Golden => ({
  ...golden,
  tensors: Object.fromEntries(Object.entries(golden.tensors).filter(([key]) => key !== name)),
})
const withTensor = (golden: Golden, name: string, tensor: NdArray): Golden => ({
  ...golden,
  tensors: { ...golden.tensors, [name]: tensor },
})

describe('a file', () => {
  const compared = ['y', 'y64', 'buffer_after/shift', 'grad/x', 'grad/w', 'grad64/w', 'grad/b']

  it('passes where outputs, states and gradients of Σ g·y are its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.integer({ min: -8, max: 8 })),
        async (n, scale, stream) => {
          const result = expectRight(await run(caseOf(n, scale, () => Number(stream.next().value))))
          expect(result.comparisons.map(({ name }) => name).toSorted()).toEqual(compared.toSorted())
          expect(result).toMatchObject({ family: 'scaled', missing: [], excused: { phase: 'it is free' } })
          expect(passes(result)).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  it.each(compared)('fails where %s is another', async (name) => {
    const tensor = example.tensors[name] ?? vector([])
    const wrong = { ...tensor, data: tensor.data.map((value, i) => (i === 1 ? value * 1.001 : value)) }
    const result = expectRight(await run(withTensor(example, name, wrong)))
    expect(passes(result)).toBe(false)
    expect(result.comparisons.filter((c) => !isWithin(c)).map((c) => c.name)).toEqual([name])
  })

  it.each(['k', 'tokens', 'grad/v', 'buffer_after/other', 'anything'])(
    'fails where nothing computes its %s',
    async (name) => {
      const result = expectRight(await run(withTensor(example, name, vector([1]))))
      expect([passes(result), result.missing]).toEqual([false, [name]])
    },
  )

  it('passes within the error that it states, and fails beyond it', async () => {
    const { y } = example.tensors
    const off = withTensor(without(example, 'y64'), 'y', {
      shape: [3],
      data: Float64Array.from(y?.data ?? [], (v) => v * (1 + 5e-4)),
    })
    const stating = (error: string): Golden => ({
      ...off,
      metadata: { ...off.metadata, float64_rel_err_y: error },
    })
    const [wide, narrow] = [
      expectRight(await run(stating('6e-05'))),
      expectRight(await run(stating('4e-05'))),
    ]
    expect([passes(wide), passes(narrow)]).toEqual([true, false])
  })

  it('is an error where its configuration is not known, and says so', async () => {
    const error = expectLeft(await run({ ...example, metadata: {} }))
    expect(renderError(error)).toContain('scaled_1: scale')
  })

  it('is an error where x or g is missing, or g does not fit y', async () => {
    expect(expectLeft(await run(without(example, 'x')))).toMatchObject({
      _tag: 'DataError',
      where: 'scaled_1',
    })
    expect(expectLeft(await run(without(example, 'g')))).toMatchObject({ expected: 'tensors x and g' })
    expect(expectLeft(await run(withTensor(example, 'g', vector([1]))))).toMatchObject({ where: 'y' })
  })

  it('is an error where a weight that is computed with is missing', async () => {
    expect(expectLeft(await run(without(example, 'param/w')))).toMatchObject({ where: 'scaled' })
  })

  it('is an error, and no exception, where a family throws', async () => {
    const thrower: GoldenFamily = {
      ...scaled,
      read: () => {
        throw new RangeError('out of range')
      },
    }
    expect(expectLeft(await run(example, [thrower]))).toMatchObject({ found: 'out of range' })
    const early: GoldenFamily = {
      ...scaled,
      recognises: () => {
        throw new RangeError('too early')
      },
    }
    expect(expectLeft(await run(example, [early]))).toMatchObject({ found: 'too early' })
  })

  it('is of exactly one family', () => {
    expect(E.isRight(familyOf(example, [scaled]))).toBe(true)
    expect(expectLeft(familyOf(example, []))).toMatchObject({ found: 'none that is known' })
    expect(expectLeft(familyOf(example, [scaled, { ...scaled, name: 'twin' }]))).toMatchObject({
      found: 'scaled, twin',
    })
    expect(expectLeft(familyOf({ ...example, name: 'mlp_3' }))).toMatchObject({ where: 'mlp_3' })
  })

  it('of constants passes where they agree, and fails where not or where none are compared', async () => {
    const constants = (found: readonly number[][]): GoldenFamily => ({
      ...scaled,
      read: () =>
        E.right({
          kind: 'constants',
          compare: () =>
            Object.fromEntries(
              found.map((values, i) => [`c${i}`, { expected: vector([1, 2]), found: vector(values) }]),
            ),
        }),
    })
    const verdict = async (found: readonly number[][]) =>
      passes(expectRight(await run(example, [constants(found)])))
    expect(await verdict([[1, 2]])).toBe(true)
    expect(
      await verdict([
        [1, 2],
        [1, 2.1],
      ]),
    ).toBe(false)
    expect(await verdict([])).toBe(false)
  })

  it('gives the same results on a device of kernels', async () => {
    const device = expectRight(await openDevice('cpu')())
    const result = expectRight(await runGolden(device, example, [scaled])())
    await device.destroy()
    expect(passes(result)).toBe(true)
  })
})

describe('a decoded file', () => {
  it('has its name without folder and ending, and all numbers as float64', () => {
    const bytes = expectRight(
      encodeSafetensors({
        metadata: { L: '3' },
        tensors: new Map([
          ['x', { dtype: 'F32', shape: [2], data: Float32Array.of(0.1, 2) }],
          ['y64', { dtype: 'F64', shape: [], data: Float64Array.of(0.1) }],
          ['buffer/n', { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) }],
        ]),
      }),
    )
    expect(expectRight(decodeGolden('/some/where/hyena1d_L3.safetensors')(bytes))).toEqual({
      name: 'hyena1d_L3',
      metadata: { L: '3' },
      tensors: { x: vector([Math.fround(0.1), 2]), y64: array([], [0.1]), 'buffer/n': vector([7]) },
    })
  })

  it('is one error that names the file where it is broken or empty', () => {
    const empty = expectRight(encodeSafetensors({ metadata: {}, tensors: new Map() }))
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), empty])
      expect(expectLeft(decodeGolden('a/b.safetensors')(bytes))).toMatchObject({
        _tag: 'DataError',
        where: expect.stringContaining('a/b.safetensors') as string,
      })
  })
})
