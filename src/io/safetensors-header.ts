/**
 * The header of a safetensors file: JSON that names each tensor with its dtype, shape and place in the data.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { dataError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import type { ElementKind } from './elements.js'
import { repeatedKey } from './json-keys.js'

/** The dtypes that are read and written, with the elements that hold them. */
export const elementOf = {
  BOOL: 'u8',
  U8: 'u8',
  I8: 'i8',
  U16: 'u16',
  I16: 'i16',
  U32: 'u32',
  I32: 'i32',
  U64: 'u64',
  I64: 'i64',
  F32: 'f32',
  F64: 'f64',
} as const satisfies { readonly [dtype: string]: ElementKind }

export type SafeDType = keyof typeof elementOf

/** The format's own limit on the header, in bytes. */
export const maximalHeader = 100_000_000

const Size = t.refinement(
  t.number,
  (size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0),
  'Size',
)

/** One tensor's entry. `data_offsets` are bytes from the end of the header: begin, and end, which is exclusive. */
export const TensorEntry = t.readonly(
  t.type({
    dtype: t.keyof(elementOf),
    shape: t.readonlyArray(Size),
    data_offsets: t.readonly(t.tuple([Size, Size])),
  }),
)
export type TensorEntry = t.TypeOf<typeof TensorEntry>

/** Text for text; a lone surrogate has no UTF-8 form, and no other reader would take it. */
export const isText = (value: string): boolean => !/\p{Surrogate}/u.test(value)
const Text = t.refinement(t.string, isText, 'Text')
export const Metadata = t.readonly(t.record(Text, Text))
export type Metadata = t.TypeOf<typeof Metadata>

const JsonObject = t.UnknownRecord

export interface SafetensorsHeader {
  readonly metadata: Metadata
  readonly entries: readonly (readonly [name: string, entry: TensorEntry])[]
}

type Refuse = (expected: string, found: string, hint: string) => E.Either<TensorError, never>

/** Reports a fault of `file`. */
export const refusal =
  (file: string): Refuse =>
  (expected, found, hint) =>
    E.left(dataError({ where: file, expected, found, hint }))

/** A part of the file as an error can print it: on one line and not too long. */
export const excerpt = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

const damaged = 'the header is damaged: write the file again'

/** The length that the first eight bytes give, checked against the file and the format's limit. */
const headerLength = (bytes: Uint8Array, refuse: Refuse): E.Either<TensorError, number> => {
  if (bytes.length < 8)
    return refuse(
      '8 bytes that give the length of the header',
      `${bytes.length} bytes`,
      'the file is cut short',
    )
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > BigInt(maximalHeader))
    return refuse(`a header of at most ${maximalHeader} bytes`, `${length}`, 'is it another format?')
  if (Number(length) > bytes.length - 8)
    return refuse(`a header of ${length} bytes`, `${bytes.length - 8} bytes`, 'the file is cut short')
  return E.right(Number(length))
}

const parseHeader = (
  bytes: Uint8Array,
  refuse: Refuse,
): E.Either<TensorError, { readonly [key: string]: unknown }> => {
  const decoded = E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    () => 'not UTF-8',
  )
  if (E.isLeft(decoded)) return refuse('a header in UTF-8', 'bytes that are no UTF-8', damaged)
  const text = decoded.right
  if (!text.startsWith('{'))
    return refuse('a header that starts with {', excerpt(text.slice(0, 8)), 'is it another format?')
  const parsed = E.tryCatch(
    (): unknown => JSON.parse(text),
    (thrown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  )
  if (E.isLeft(parsed)) return refuse('a header in JSON', parsed.left, damaged)
  const twice = repeatedKey(text)
  if (twice !== null) return refuse('every key once', `${excerpt(twice)} twice`, 'rename one of the two')
  return JsonObject.is(parsed.right)
    ? E.right(parsed.right)
    : refuse('a JSON object', excerpt(parsed.right), damaged)
}

const decodeEntry = (
  name: string,
  value: unknown,
  refuse: Refuse,
): E.Either<TensorError, readonly [string, TensorEntry]> => {
  if (!isText(name)) return refuse('names without lone surrogates', excerpt(name), 'rename the tensor')
  const entry = TensorEntry.decode(value)
  return E.isRight(entry)
    ? E.right([name, entry.right])
    : refuse(
        `tensor ${excerpt(name)} to have dtype (${Object.keys(elementOf).join(', ')}), shape and data_offsets`,
        excerpt(value),
        'convert other dtypes to F32 before saving',
      )
}

/**
 * Decodes the header of a file; `dataStart` is where its data begin.
 * Where the tensors lie in the data is checked by the reader.
 */
export const decodeHeader = (
  file: string,
  bytes: Uint8Array,
): E.Either<TensorError, SafetensorsHeader & { readonly dataStart: number }> => {
  const refuse = refusal(file)
  return pipe(
    E.Do,
    E.bind('length', () => headerLength(bytes, refuse)),
    E.bind('json', ({ length }) => parseHeader(bytes.subarray(8, 8 + length), refuse)),
    E.bind('metadata', ({ json }) => {
      const found = Object.hasOwn(json, '__metadata__') ? json['__metadata__'] : {}
      const metadata = Metadata.decode(found)
      return E.isRight(metadata)
        ? metadata
        : refuse('__metadata__ to map text to text', excerpt(found), damaged)
    }),
    E.bind('entries', ({ json }) =>
      pipe(
        Object.entries(json).filter(([name]) => name !== '__metadata__'),
        E.traverseArray(([name, value]) => decodeEntry(name, value, refuse)),
      ),
    ),
    E.map(({ length, metadata, entries }) => ({ metadata, entries, dataStart: 8 + length })),
  )
}
