/**
 * Elements of fixed width as binary files hold them, in either byte order.
 *
 * Bytes are copied and, where the file's order is not the machine's, swapped; no number is converted, so
 * that every bit pattern survives (signalling NaNs too).
 */

/** The typed array that holds each kind of element. */
export interface ElementArrays {
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly u16: Uint16Array
  readonly i16: Int16Array
  readonly u32: Uint32Array
  readonly i32: Int32Array
  readonly u64: BigUint64Array
  readonly i64: BigInt64Array
  readonly f32: Float32Array
  readonly f64: Float64Array
}

export type ElementKind = keyof ElementArrays
export type ElementArray = ElementArrays[ElementKind]
export type ByteOrder = 'little' | 'big'

interface Element<A> {
  readonly bytes: number
  readonly view: (buffer: ArrayBuffer) => A
}

const elements: { readonly [K in ElementKind]: Element<ElementArrays[K]> } = {
  u8: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  i8: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  u16: { bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  i16: { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  u32: { bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  i32: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  u64: { bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
  i64: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  f32: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  f64: { bytes: 8, view: (buffer) => new Float64Array(buffer) },
}

const machineOrder: ByteOrder = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little' : 'big'

/** Width of one element, in bytes. */
export const elementBytes = (kind: ElementKind): number => elements[kind].bytes

const ordered = (bytes: Uint8Array, width: number, order: ByteOrder): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(bytes)
  if (width > 1 && order !== machineOrder)
    for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse()
  return copy
}

/** The elements in `bytes`, whose length must be a multiple of the element's width. */
export const decodeElements = <K extends ElementKind>(
  kind: K,
  bytes: Uint8Array,
  order: ByteOrder,
): ElementArrays[K] => elements[kind].view(ordered(bytes, elements[kind].bytes, order).buffer)

/** The bytes of `data`, in the byte order of the file. */
export const encodeElements = (data: ElementArray, order: ByteOrder): Uint8Array<ArrayBuffer> =>
  ordered(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), data.BYTES_PER_ELEMENT, order)

/** How many elements a shape has; `Infinity` where that is no exact integer. */
export const elementCount = (shape: readonly number[]): number => {
  if (shape.includes(0)) return 0
  const count = shape.reduce((product, dim) => product * dim, 1)
  return Number.isSafeInteger(count) ? count : Infinity
}
