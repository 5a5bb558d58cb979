import fc from 'fast-check'

type Edit =
  | { readonly kind: 'replace' | 'insert'; readonly at: number; readonly byte: number }
  | { readonly kind: 'delete' | 'cut'; readonly at: number }

const edited = (bytes: Uint8Array, edit: Edit): Uint8Array => {
  const at = bytes.length === 0 ? 0 : edit.at % bytes.length
  switch (edit.kind) {
    case 'replace':
      return bytes.map((byte, index) => (index === at ? edit.byte : byte))
    case 'insert':
      return Uint8Array.of(...bytes.subarray(0, at), edit.byte, ...bytes.subarray(at))
    case 'delete':
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1))
    case 'cut':
      return bytes.slice(0, at)
  }
}

/** Damaged copies of `bytes`: one to four bytes replaced, inserted or deleted, or the end cut off. */
export const mutantOf = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> => {
  // Half of the edits strike the first bytes, where headers are.
  const at = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: Math.max(0, bytes.length - 1) }))
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0, 1, 0xff, ...new TextEncoder().encode('{}[]",:\\-019e ')),
  )
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('replace' as const), at, byte }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('insert' as const), at, byte }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at }) },
  )
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => edits.reduce(edited, bytes))
}
