/** Keys as numbers: two 32-bit words, and the four 16-bit halves they are held as. */
import type { NdArray } from '../def.js'
import type { Words } from './threefry.js'

/** The two words of a key. */
export const keyWords = ({ data }: NdArray): Words => [
  ((data[0] ?? 0) * 0x10000 + (data[1] ?? 0)) >>> 0,
  ((data[2] ?? 0) * 0x10000 + (data[3] ?? 0)) >>> 0,
]

/** The four halves of a block, in the order of a key. */
export const blockHalves = ([first, second]: Words): readonly number[] => [
  first >>> 16,
  first & 0xffff,
  second >>> 16,
  second & 0xffff,
]
