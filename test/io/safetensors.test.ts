import { readFileSync, readdirSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, findTensor } from '../../src/io/safetensors.js'
import type { SafeTensor, SafeTensors } from '../../src/io/safetensors.js'
import { mutantOf } from './mutants.js'
import { refusedText, right } from './results.js'

const exactly = (count: number) => ({ minLength: count, maxLength: count })
const sized = <D extends SafeTensor['dtype'], A>(dtype: D, element: (count: number) => fc.Arbitrary<A>) =>
  fc
    .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
    .chain((shape) => element(shape.reduce((a, b) => a * b, 1)).map((data) => ({ dtype, shape, data })))

const tensor: fc.Arbitrary<SafeTensor> = fc.oneof(
  sized('F32', (n) => fc.float32Array(exactly(n))),
  sized('F64', (n) => fc.float64Array(exactly(n))),
  sized('I8', (n) => fc.int8Array(exactly(n))),
  sized('U8', (n) => fc.uint8Array(exactly(n))),
  sized('I16', (n) => fc.int16Array(exactly(n))),
  sized('U16', (n) => fc.uint16Array(exactly(n))),
  sized('I32', (n) => fc.int32Array(exactly(n))),
  sized('U32', (n) => fc.uint32Array(exactly(n))),
  sized('I64', (n) => fc.bigInt64Array(exactly(n))),
  sized('U64', (n) => fc.bigUint64Array(exactly(n))),
  sized('BOOL', (n) => fc.uint8Array({ ...exactly(n), max: 1 })),
)
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', '0', '1', 'a"b\\c', '{', '}', ',', ''),
)
const tensors: fc.Arbitrary<SafeTensors> = fc.record({
  metadata: fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 3, noNullPrototype: true }),
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
})

const byName = (file: SafeTensors) => [...file.tensors].sort(([a], [b]) => (a < b ? -1 : 1))

/** A file from the text of its header; `length` may lie about the header's. */
const fileOf = (
  header: string,
  data: readonly number[] = [],
  length = new TextEncoder().encode(header).length,
): Uint8Array => {
  const size = new Uint8Array(8)
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true)
  return Uint8Array.of(...size, ...new TextEncoder().encode(header), ...data)
}
const refused = (bytes: Uint8Array): string => {
  const text = refusedText(decodeSafetensors('w')(bytes))
  expect(text).toMatch(/^DataError in w: expected /)
  return text
}
const entry = (shape: string, begin: number, end: number, dtype = 'U8') =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`

describe('safetensors', () => {
  it('decodes what it encodes, whatever the names', () => {
    fc.assert(
      fc.property(tensors, (original) => {
        const bytes = right(encodeSafetensors(original))
        const read = right(decodeSafetensors('w')(bytes))
        expect(Object.entries(read.metadata)).toEqual(
          expect.arrayContaining(Object.entries(original.metadata)),
        )
        expect(Object.keys(read.metadata).length).toBe(Object.keys(original.metadata).length)
        expect(byName(read)).toEqual(byName(original))
        // Equal content, equal file: the order in which tensors were put in does not matter.
        expect(encodeSafetensors({ ...read, tensors: new Map(byName(read).reverse()) })).toEqual(
          E.right(bytes),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('never throws on damaged bytes, and what it still decodes is a valid file', () => {
    fc.assert(
      fc.property(
        tensors.chain((original) => mutantOf(right(encodeSafetensors(original)))),
        (bytes) => {
          const result = decodeSafetensors('w')(bytes)
          if (E.isLeft(result)) {
            expect(result.left).toMatchObject({ _tag: 'DataError', where: 'w' })
          } else {
            const again = right(decodeSafetensors('w')(right(encodeSafetensors(result.right))))
            expect(byName(again)).toEqual(byName(result.right))
          }
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('never throws on headers that are nearly right', () => {
    const offset = fc.constantFrom(0, 1, 2, 4, 8, -1, 0.5, 2 ** 53, null, '0')
    const plausible = fc.record(
      {
        dtype: fc.constantFrom('F32', 'U8', 'BOOL', 'I64', 'BF16', 'toString', 1),
        shape: fc.oneof(fc.array(fc.constantFrom(0, 1, 2, -0, 2 ** 53 - 1, 1e300, null)), fc.constant({})),
        data_offsets: fc.oneof(fc.tuple(offset, offset), fc.array(offset)),
      },
      { requiredKeys: ['dtype'] },
    )
    const header = fc.dictionary(
      fc.oneof(name, fc.constant('__metadata__')),
      fc.oneof(plausible, fc.jsonValue()),
      { maxKeys: 3 },
    )
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 8 }), (json, data) => {
        const result = decodeSafetensors('w')(fileOf(JSON.stringify(json), [...data]))
        if (E.isLeft(result)) expect(result.left._tag).toBe('DataError')
        else expect(E.isRight(encodeSafetensors(result.right))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps every bit of a float', () => {
    const signalling = Uint8Array.of(1, 0, 0xa0, 0x7f, 1, 0, 0xa0, 0xff)
    const bytes = fileOf(`{"x":${entry('[2]', 0, 8, 'F32')}}`, [...signalling])
    const { data } = right(pipe(decodeSafetensors('w')(bytes), E.flatMap(findTensor('x', 'F32'))))
    expect(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).toEqual(signalling)
  })

  it('reads files written by the reference implementation', () => {
    const folder = new URL('../golden/', import.meta.url)
    const files = readdirSync(folder).filter((file) => file.endsWith('.safetensors'))
    expect(files.length).toBeGreaterThanOrEqual(5)
    for (const file of files) {
      const { tensors: stored } = right(decodeSafetensors(file)(readFileSync(new URL(file, folder))))
      expect(stored.get('y')?.shape).toEqual(stored.get('g')?.shape)
    }
    const file = 'hyena2d_implicit_seq_standard_L6_C5_o2.safetensors'
    const golden = right(decodeSafetensors(file)(readFileSync(new URL(file, folder))))
    expect(golden.metadata).toMatchObject({ L: '6', C: '5', order: '2' })
    const weight = right(findTensor('param/in_proj.weight', 'F32')(golden))
    expect(weight.shape).toEqual([15, 5])
    // PyTorch draws these weights uniformly within 1 / sqrt(fan in); misread bytes would leave that range.
    expect(weight.data.every((value) => value !== 0 && Math.abs(value) <= 1 / Math.sqrt(5))).toBe(true)
    expect(refusedText(findTensor('param/in_proj.weight', 'I32')(golden))).toContain(
      'expected I32, found F32',
    )
    expect(refusedText(findTensor('absent', 'F32')(golden))).toContain('found no such tensor')
  })

  it('aligns the data to 8 bytes and every tensor to its elements', () => {
    const file: SafeTensors = {
      metadata: {},
      tensors: new Map<string, SafeTensor>([
        ['a', { dtype: 'U8', shape: [3], data: new Uint8Array(3) }],
        ['b', { dtype: 'F64', shape: [1], data: new Float64Array(1) }],
      ]),
    }
    const bytes = right(encodeSafetensors(file))
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    expect(header).toMatchObject({ b: { data_offsets: [0, 8] }, a: { data_offsets: [8, 11] } })
  })

  it('refuses what the format forbids', () => {
    expect(refused(new Uint8Array(7))).toContain(
      'expected 8 bytes that give the length of the header, found 7 bytes',
    )
    expect(refused(fileOf('{}', [], 100_000_001))).toContain(
      'a header of at most 100000000 bytes, found 100000001',
    )
    expect(refused(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255))).toContain(
      'found 18446744073709551615',
    )
    expect(refused(fileOf('{}', [], 3))).toContain('expected a header of 3 bytes, found 2 bytes')
    expect(refused(fileOf(' {}'))).toContain('a header that starts with {, found " {}"')
    expect(refused(fileOf('\ufeff{}'))).toContain('a header that starts with {')
    expect(refused(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d))).toContain(
      'found bytes that are no UTF-8',
    )
    expect(refused(fileOf('{"a":}'))).toContain('expected a header in JSON')
    expect(refused(fileOf('{}', [1]))).toContain('expected 0 bytes of data, found 1')
    expect(refused(fileOf('{"__metadata__":{"a":1}}'))).toContain('expected __metadata__ to map text to text')
    expect(refused(fileOf('{"a":1}'))).toContain('expected tensor "a" to have dtype')
    expect(refused(fileOf(`{"a":${entry('[1]', 0, 2, 'F16')}}`, [0, 0]))).toContain(
      'hint: convert other dtypes to F32',
    )
    expect(refused(fileOf(`{"a":${entry('[1.5]', 0, 1)}}`, [0]))).toContain('to have dtype')
    expect(refused(fileOf(`{"a":${entry('[-1]', 0, 1)}}`, [0]))).toContain('to have dtype')
    expect(refused(fileOf(`{"\\ud800":${entry('[1]', 0, 1)}}`, [0]))).toContain(
      'names without lone surrogates',
    )
    expect(refused(fileOf(`{"a":${entry('[2]', 0, 2, 'BOOL')}}`, [1, 2]))).toContain('found 2 at element 1')
  })

  it('refuses repeated keys at any depth, however they are escaped', () => {
    const one = entry('[1]', 0, 1)
    expect(refused(fileOf(`{"a":${one},"\\u0061":${entry('[1]', 1, 2)}}`, [0, 0]))).toContain(
      'every key once, found "a" twice',
    )
    expect(refused(fileOf('{"__metadata__":{"k":"1","k":"2"}}'))).toContain('found "k" twice')
    expect(refused(fileOf(`{"a":${one.replace('"shape"', '"dtype":"U8","shape"')}}`, [0]))).toContain(
      'found "dtype" twice',
    )
    // The same key in two objects, and as a value, is no repetition.
    expect(
      right(decodeSafetensors('w')(fileOf(`{"a":${one},"dtype":${entry('[1]', 1, 2)}}`, [0, 0]))).tensors
        .size,
    ).toBe(2)
  })

  it('refuses gaps, overlaps and sizes that do not fit', () => {
    const two = (a: string, b: string, bytes: number) =>
      refused(fileOf(`{"a":${a},"b":${b}}`, new Array<number>(bytes).fill(0)))
    expect(two(entry('[2]', 0, 2), entry('[2]', 1, 3), 3)).toContain('hint: tensors must not overlap')
    expect(two(entry('[2]', 0, 2), entry('[1]', 3, 4), 4)).toContain(
      'hint: there must be no gap between tensors',
    )
    expect(two(entry('[2]', 0, 2), entry('[1]', 2, 4), 4)).toContain(
      'expected 1 bytes for tensor "b", U8 of [1], found 2',
    )
    expect(two(entry('[2]', 0, 2), entry('[2]', 2, 4), 3)).toContain('hint: the file is cut short')
    expect(two(entry('[2]', 0, 2), entry('[0]', 2, 1), 2)).toContain('expected 0 bytes for tensor "b"')
    const huge = '[9007199254740991,9007199254740991]'
    expect(two(entry('[2]', 0, 2), entry(huge, 2, 3), 3)).toContain(
      'expected less than 2^53 elements for tensor "b"',
    )
  })

  it('does not write what it would not read', () => {
    const write = (key: string, value: SafeTensor, metadata = {}) =>
      refusedText(encodeSafetensors({ metadata, tensors: new Map([[key, value]]) }))
    const data = new Uint8Array([1, 2])
    expect(write('__metadata__', { dtype: 'U8', shape: [2], data })).toContain(
      'names of text other than __metadata__',
    )
    expect(write('\ud800', { dtype: 'U8', shape: [2], data })).toContain('names of text')
    expect(write('a', { dtype: 'U8', shape: [3], data })).toContain('as many elements as [3], found 2')
    expect(write('a', { dtype: 'U8', shape: [-1, -2], data })).toContain('as many elements')
    expect(write('a', { dtype: 'BOOL', shape: [2], data })).toContain('0 or 1 in tensor "a" of BOOL')
    expect(write('a', { dtype: 'U8', shape: [2], data }, { k: '\udc00' })).toContain(
      'metadata without lone surrogates',
    )
  })
})
