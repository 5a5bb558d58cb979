/**
 * safetensors (https://huggingface.co/docs/safetensors): the length of the header as a little-endian uint64,
 * the header in JSON, then the tensors' bytes, little-endian and row-major, without gap or overlap.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { dataError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { decodeElements, elementBytes, elementCount, encodeElements } from './elements.js'
import type { ElementArrays } from './elements.js'
import { decodeHeader, elementOf, excerpt, isText, maximalHeader, refusal } from './safetensors-header.js'
import type { Metadata, SafeDType, TensorEntry } from './safetensors-header.js'

export type { SafeDType } from './safetensors-header.js'

/** A stored tensor, row-major. BOOL is held as bytes that are 0 or 1. */
export interface SafeTensor<D extends SafeDType = SafeDType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: ElementArrays[(typeof elementOf)[D]]
}

export interface SafeTensors {
  readonly metadata: Metadata
  readonly tensors: ReadonlyMap<string, SafeTensor>
}

type Placed = readonly [name: string, entry: TensorEntry]

/** Checks that the tensors fill the data exactly, each with the bytes its shape needs. */
const checkPlaces = (
  file: string,
  entries: readonly Placed[],
  available: number,
): E.Either<TensorError, readonly Placed[]> => {
  const refuse = refusal(file)
  const inOrder = [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )
  let covered = 0
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of inOrder) {
    const needed = elementCount(shape) * elementBytes(elementOf[dtype])
    const tensor = `tensor ${excerpt(name)}`
    if (begin !== covered)
      return refuse(
        `${tensor} to begin at byte ${covered} of the data`,
        `${begin}`,
        begin < covered ? 'tensors must not overlap' : 'there must be no gap between tensors',
      )
    if (end - begin !== needed)
      return refuse(
        `${Number.isFinite(needed) ? `${needed} bytes` : 'less than 2^53 elements'} for ${tensor}, ${dtype} of ${excerpt(shape)}`,
        `${end - begin}`,
        'shape and data_offsets disagree: write the file again',
      )
    covered = end
  }
  return covered === available
    ? E.right(inOrder)
    : refuse(
        `${covered} bytes of data`,
        `${available}`,
        available < covered ? 'the file is cut short' : 'something follows the last tensor',
      )
}

const decodeTensor =
  (file: string, data: Uint8Array) =>
  ([
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ]: Placed): E.Either<TensorError, readonly [string, SafeTensor]> => {
    const bytes = data.subarray(begin, end)
    const stray = dtype === 'BOOL' ? bytes.findIndex((byte) => byte > 1) : -1
    return stray < 0
      ? E.right([name, { dtype, shape, data: decodeElements(elementOf[dtype], bytes, 'little') }])
      : refusal(file)(
          `0 or 1 in tensor ${excerpt(name)} of BOOL`,
          `${bytes[stray]} at element ${stray}`,
          'write it as U8',
        )
  }

/**
 * Decodes a safetensors file; `file` is its name in errors. Tensors come in the order of their data.
 * Every rule of the format is checked before anything of the data's size is allocated.
 *
 * @returns the tensors, or a `DataError`; nothing is thrown
 */
export const decodeSafetensors =
  (file: string) =>
  (bytes: Uint8Array): E.Either<TensorError, SafeTensors> =>
    pipe(
      decodeHeader(file, bytes),
      E.flatMap(({ metadata, entries, dataStart }) =>
        pipe(
          checkPlaces(file, entries, bytes.length - dataStart),
          E.flatMap(E.traverseArray(decodeTensor(file, bytes.subarray(dataStart)))),
          E.map((tensors) => ({ metadata, tensors: new Map(tensors) })),
        ),
      ),
    )

/** A tensor by name and dtype; one that is missing or of another dtype is a `DataError`. */
export const findTensor =
  <D extends SafeDType>(name: string, dtype: D) =>
  ({ tensors }: SafeTensors): E.Either<TensorError, SafeTensor<D>> => {
    const isWanted = (tensor: SafeTensor): tensor is SafeTensor<D> => tensor.dtype === dtype
    const found = tensors.get(name)
    return found !== undefined && isWanted(found)
      ? E.right(found)
      : E.left(
          dataError({
            where: `tensor ${excerpt(name)}`,
            expected: dtype,
            found: found?.dtype ?? 'no such tensor',
            hint: `the file holds ${excerpt([...tensors.keys()])}`,
          }),
        )
  }

const checkWritable = ([name, { dtype, shape, data }]: readonly [string, SafeTensor]): E.Either<
  TensorError,
  true
> => {
  const refuse = refusal('encodeSafetensors')
  if (name === '__metadata__' || !isText(name))
    return refuse('names of text other than __metadata__', excerpt(name), 'rename the tensor')
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || elementCount(shape) !== data.length)
    return refuse(
      `tensor ${excerpt(name)} to have as many elements as ${excerpt(shape)}`,
      `${data.length}`,
      'correct shape or data',
    )
  return dtype === 'BOOL' && data.some((value) => Number(value) > 1)
    ? refuse(`0 or 1 in tensor ${excerpt(name)} of BOOL`, 'a larger number', 'write it as U8')
    : E.right(true)
}

/** Wide elements first, then by name: so every tensor is aligned, and equal content gives equal files. */
const writingOrder = (
  [nameA, a]: readonly [string, SafeTensor],
  [nameB, b]: readonly [string, SafeTensor],
): number => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1)

/** Encodes tensors as a safetensors file, the data aligned to 8 bytes. What the format cannot hold is a `DataError`. */
export const encodeSafetensors = ({ metadata, tensors }: SafeTensors): E.Either<TensorError, Uint8Array> => {
  const inOrder = [...tensors].sort(writingOrder)
  const strange = Object.entries(metadata)
    .flat()
    .find((text) => !isText(text))
  if (strange !== undefined)
    return refusal('encodeSafetensors')(
      'metadata without lone surrogates',
      excerpt(strange),
      'correct the metadata',
    )
  return pipe(
    inOrder,
    E.traverseArray(checkWritable),
    E.flatMap(() => {
      let begin = 0
      const entries = inOrder.map(([name, { dtype, shape, data }]): Placed => {
        const entry: TensorEntry = { dtype, shape, data_offsets: [begin, begin + data.byteLength] }
        begin += data.byteLength
        return [name, entry]
      })
      const described =
        Object.keys(metadata).length === 0 ? entries : [['__metadata__', metadata] as const, ...entries]
      const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(described)))
      const padded = Math.ceil(header.length / 8) * 8
      if (padded > maximalHeader)
        return refusal('encodeSafetensors')(
          `a header of at most ${maximalHeader} bytes`,
          `${padded}`,
          'shorten the metadata',
        )
      const bytes = new Uint8Array(8 + padded + begin)
      new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
      bytes.fill(0x20, 8, 8 + padded).set(header, 8)
      inOrder.forEach(([, { data }], index) =>
        bytes.set(encodeElements(data, 'little'), 8 + padded + (entries[index]?.[1].data_offsets[0] ?? 0)),
      )
      return E.right(bytes)
    }),
  )
}
