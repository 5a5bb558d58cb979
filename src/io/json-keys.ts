/**
 * Keys that occur twice in one object of a JSON text. `JSON.parse` keeps the last of them in silence, which
 * in a file's header would hide a tensor.
 */

/** Strings, brackets and commas: all that decides where a key stands. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/** The first repeated key of a text that `JSON.parse` accepts, or null. Keys are compared unescaped. */
export const repeatedKey = (text: string): string | null => {
  // One entry for each open bracket: the keys of an object so far, or null for an array.
  const open: (Set<string> | null)[] = []
  let atKey = false
  for (const [found] of text.matchAll(token)) {
    const keys = open.at(-1)
    if (found === '{' || found === '[') {
      open.push(found === '{' ? new Set() : null)
      atKey = found === '{'
    } else if (found === '}' || found === ']') {
      open.pop()
      atKey = false
    } else if (found === ',') {
      atKey = keys instanceof Set
    } else if (atKey && keys instanceof Set) {
      const key = String(JSON.parse(found))
      if (keys.has(key)) return key
      keys.add(key)
      atKey = false
    }
  }
  return null
}
