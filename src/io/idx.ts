/**
 * IDX, the format of the official MNIST files (http://yann.lecun.com/exdb/mnist): two zero bytes, the
 * element type, the number of axes, each axis as a big-endian uint32, then the elements, row-major and
 * big-endian.
 */
import * as E from 'fp-ts/lib/Either.js'
import { dataError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { decodeElements, elementBytes, elementCount, encodeElements } from './elements.js'
import type { ElementArrays } from './elements.js'

/** The type byte of each kind of element. */
const typeBytes = { u8: 0x08, i8: 0x09, i16: 0x0b, i32: 0x0c, f32: 0x0d, f64: 0x0e } as const

export type IdxElement = keyof typeof typeBytes

const idxElements: readonly IdxElement[] = ['u8', 'i8', 'i16', 'i32', 'f32', 'f64']

/** An array of any rank from 1 to 8, row-major. */
export interface IdxArray<K extends IdxElement = IdxElement> {
  readonly element: K
  readonly dims: readonly number[]
  readonly data: ElementArrays[K]
}

/** Larger ranks are legal in the format and a sign of a wrong file everywhere else. */
const maximalRank = 8

interface Header {
  readonly element: IdxElement
  readonly dims: readonly number[]
  readonly start: number
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

const decodeHeader = (file: string, bytes: Uint8Array): E.Either<TensorError, Header> => {
  const refuse = (expected: string, found: string, hint: string) =>
    E.left(dataError({ where: file, expected, found, hint }))
  const [zero0, zero1, type, rank] = bytes
  if (zero0 === undefined || zero1 === undefined || type === undefined || rank === undefined)
    return refuse(
      'an IDX file of at least 4 bytes',
      `${bytes.length} bytes`,
      'the file is cut short: fetch it again',
    )
  if (zero0 === 0x1f && zero1 === 0x8b)
    return refuse('an IDX file, which starts with two zero bytes', 'a gzip file', 'unpack it first: gunzip')
  if (zero0 !== 0 || zero1 !== 0)
    return refuse(
      'an IDX file, which starts with two zero bytes',
      `${hex(zero0)} ${hex(zero1)}`,
      'is it another format?',
    )
  const element = idxElements.find((kind) => typeBytes[kind] === type)
  if (element === undefined)
    return refuse(
      `an element type of IDX: ${idxElements.map((kind) => `${hex(typeBytes[kind])} (${kind})`).join(', ')}`,
      hex(type),
      'the third byte of the file is damaged, or it is another format',
    )
  if (rank < 1 || rank > maximalRank)
    return refuse(
      `1 to ${maximalRank} axes`,
      `${rank}`,
      'the fourth byte of the file is damaged, or it is another format',
    )
  const start = 4 + 4 * rank
  if (bytes.length < start)
    return refuse(
      `a header of ${start} bytes for ${rank} axes`,
      `${bytes.length} bytes`,
      'the file is cut short: fetch it again',
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return E.right({
    element,
    dims: Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)),
    start,
  })
}

/**
 * Decodes an IDX file; `file` is its name in errors. The sizes of the header are compared with the length
 * of the file before anything is allocated.
 *
 * @throws nothing: a damaged file is a `DataError`
 */
export const decodeIdx =
  (file: string) =>
  (bytes: Uint8Array): E.Either<TensorError, IdxArray> => {
    const header = decodeHeader(file, bytes)
    if (E.isLeft(header)) return header
    const { element, dims, start } = header.right
    const promised = start + elementCount(dims) * elementBytes(element)
    if (promised !== bytes.length)
      return E.left(
        dataError({
          where: file,
          expected: Number.isSafeInteger(promised)
            ? `${promised} bytes for [${dims.join(', ')}] of ${element}`
            : `a file that can hold [${dims.join(', ')}] of ${element}`,
          found: `${bytes.length} bytes`,
          hint:
            bytes.length < promised
              ? 'the file is cut short: fetch it again'
              : 'something follows the last element',
        }),
      )
    return E.right({ element, dims, data: decodeElements(element, bytes.subarray(start), 'big') })
  }

/** Encodes an array as an IDX file; an array that does not fit the format is a `DataError`. */
export const encodeIdx = (array: IdxArray): E.Either<TensorError, Uint8Array> => {
  const { element, dims, data } = array
  const refuse = (expected: string, found: string, hint: string) =>
    E.left(dataError({ where: 'encodeIdx', expected, found, hint }))
  if (dims.length < 1 || dims.length > maximalRank)
    return refuse(`1 to ${maximalRank} axes`, `${dims.length}`, 'reshape the array')
  const wrong = dims.find((dim) => !Number.isInteger(dim) || dim < 0 || dim > 0xffffffff)
  if (wrong !== undefined)
    return refuse('axes that are integers from 0 to 4294967295', `${wrong}`, 'correct the dims')
  if (elementCount(dims) !== data.length)
    return refuse(
      `as many elements as [${dims.join(', ')}] has`,
      `${data.length}`,
      'correct the dims or the data',
    )
  const start = 4 + 4 * dims.length
  const bytes = new Uint8Array(start + data.byteLength)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, typeBytes[element], dims.length])
  dims.forEach((dim, axis) => view.setUint32(4 + 4 * axis, dim))
  bytes.set(encodeElements(data, 'big'), start)
  return E.right(bytes)
}
