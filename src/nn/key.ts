/** Keys of randomness, and the key of a layer: the whole model's key folded with the layer's path. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Key } from '../op/random/key.js'

export type { Key } from '../op/random/key.js'

/** A 32-bit hash of a text: FNV-1a over its UTF-16 units (Fowler, Noll, Vo), from a given start. */
const hashText = (text: string, start: number): number => {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

/** 64 bits of a path, so that two paths of one model do not meet. */
export const hashPath = (path: string): readonly [number, number] => [
  hashText(path, 0x811c9dc5),
  hashText(`${path}/`, 0x9e3779b9),
]

/** The key of the place at `path`. */
export const foldPath = (key: Key, path: string): Key =>
  hashPath(path).reduce<Tensor>(build.foldIn, key) as Key
