import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import { decodeIdx, encodeIdx } from '../../src/io/idx.js'
import type { IdxArray } from '../../src/io/idx.js'
import { mutantOf } from './mutants.js'
import { right } from './results.js'

const dims = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 })
const sized = <A>(element: (count: number) => fc.Arbitrary<A>) =>
  dims.chain((shape) => fc.tuple(fc.constant(shape), element(shape.reduce((a, b) => a * b, 1))))
const exactly = (count: number) => ({ minLength: count, maxLength: count })

const array: fc.Arbitrary<IdxArray> = fc.oneof(
  sized((n) => fc.uint8Array(exactly(n))).map(([shape, data]) => ({
    element: 'u8' as const,
    dims: shape,
    data,
  })),
  sized((n) => fc.int8Array(exactly(n))).map(([shape, data]) => ({
    element: 'i8' as const,
    dims: shape,
    data,
  })),
  sized((n) => fc.int16Array(exactly(n))).map(([shape, data]) => ({
    element: 'i16' as const,
    dims: shape,
    data,
  })),
  sized((n) => fc.int32Array(exactly(n))).map(([shape, data]) => ({
    element: 'i32' as const,
    dims: shape,
    data,
  })),
  sized((n) => fc.float32Array(exactly(n))).map(([shape, data]) => ({
    element: 'f32' as const,
    dims: shape,
    data,
  })),
  sized((n) => fc.float64Array(exactly(n))).map(([shape, data]) => ({
    element: 'f64' as const,
    dims: shape,
    data,
  })),
)

const refused = (bytes: readonly number[]): string => {
  const result = decodeIdx('digits.idx')(Uint8Array.from(bytes))
  if (E.isRight(result)) throw new Error('decoded')
  expect(result.left._tag).toBe('DataError')
  return renderError(result.left)
}

describe('idx', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(array, (original) => {
        expect(right(decodeIdx('a')(right(encodeIdx(original))))).toEqual(original)
      }),
    )
  })

  it('reads big-endian elements and sizes, wherever the bytes lie in their buffer', () => {
    const file = Uint8Array.of(9, 0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 0xff, 0xfe)
    expect(right(decodeIdx('a')(file.subarray(1)))).toEqual({
      element: 'i16',
      dims: [1, 2],
      data: Int16Array.of(258, -2),
    })
  })

  it('never throws on damaged bytes, and what it still decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(
        array.chain((original) => mutantOf(right(encodeIdx(original)))),
        (bytes) => {
          const result = decodeIdx('a')(bytes)
          if (E.isRight(result)) expect(right(encodeIdx(result.right))).toEqual(new Uint8Array(bytes))
          else expect(result.left).toMatchObject({ _tag: 'DataError', where: 'a' })
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('refuses a file cut at any byte, and one byte too many', () => {
    const whole = right(encodeIdx({ element: 'i32', dims: [2, 3], data: new Int32Array(6) }))
    for (let length = 0; length < whole.length; length += 1)
      expect(E.isLeft(decodeIdx('a')(whole.subarray(0, length)))).toBe(true)
    expect(E.isLeft(decodeIdx('a')(Uint8Array.of(...whole, 0)))).toBe(true)
  })

  it('says what is wrong', () => {
    expect(refused([0, 0])).toBe(
      'DataError in digits.idx: expected an IDX file of at least 4 bytes, found 2 bytes.\n  hint: the file is cut short: fetch it again',
    )
    expect(refused([0x1f, 0x8b, 8, 0])).toBe(
      'DataError in digits.idx: expected an IDX file, which starts with two zero bytes, found a gzip file.\n  hint: unpack it first: gunzip',
    )
    expect(refused([0x89, 0x50, 0x4e, 0x47])).toContain('found 0x89 0x50')
    expect(refused([0, 0, 7, 1])).toContain(
      'expected an element type of IDX: 0x08 (u8), 0x09 (i8), 0x0b (i16), 0x0c (i32), 0x0d (f32), 0x0e (f64), found 0x07',
    )
    expect(refused([0, 0, 8, 0])).toContain('expected 1 to 8 axes, found 0')
    expect(refused([0, 0, 8, 200])).toContain('expected 1 to 8 axes, found 200')
    expect(refused([0, 0, 8, 2, 0, 0, 0, 1])).toContain(
      'expected a header of 12 bytes for 2 axes, found 8 bytes',
    )
    expect(refused([0, 0, 8, 1, 0, 0, 0, 4, 1, 2])).toContain(
      'expected 12 bytes for [4] of u8, found 10 bytes',
    )
    expect(refused([0, 0, 8, 1, 0, 0, 0, 1, 1, 2])).toContain('hint: something follows the last element')
  })

  it('refuses absurd sizes without allocating them', () => {
    const huge = [0xff, 0xff, 0xff, 0xff]
    expect(refused([0, 0, 14, 1, ...huge])).toContain('expected 34359738368 bytes for [4294967295] of f64')
    expect(refused([0, 0, 14, 3, ...huge, ...huge, ...huge])).toContain('expected a file that can hold')
    // No element at all, whatever the other axes say.
    const empty = right(decodeIdx('a')(Uint8Array.of(0, 0, 14, 3, ...huge, ...huge, 0, 0, 0, 0)))
    expect(empty.data.length).toBe(0)
  })

  it('does not encode what the format cannot hold', () => {
    const data = new Uint8Array(2)
    const wrongDims: readonly (readonly number[])[] = [
      [],
      [1, 1, 1, 1, 1, 1, 1, 1, 2],
      [3],
      [-2, -1],
      [0.5, 4],
    ]
    for (const dims of wrongDims) expect(E.isLeft(encodeIdx({ element: 'u8', dims, data }))).toBe(true)
  })
})
