/** What types cannot refuse of the arguments of derivatives: checked when they are traced. */
import { fail, shapeError } from '../error/error.js'
import { tensorPaths } from '../ir/tensor-tree.js'
import { printType, sameType } from '../shape/dim.js'

/** Refuses to differentiate with respect to what is not f32. */
export const requireFloat = (where: string, tree: unknown): void => {
  for (const { path, leaf } of tensorPaths(tree))
    if (leaf.dtype !== 'f32')
      fail(
        shapeError({
          where,
          expected: 'f32 tensors to differentiate by',
          found: `${printType(leaf)} at ${path || 'the argument'}`,
          hint: 'close over integers and bools instead of passing them as the differentiated argument',
        }),
      )
}

/** Refuses a direction that is no tree like the argument, or a cotangent that is none like the value. */
export const requireLike = (
  where: string,
  what: 'direction' | 'cotangent',
  given: unknown,
  like: unknown,
): void => {
  const [found, wanted] = [tensorPaths(given), tensorPaths(like)]
  const at = Array.from({ length: Math.max(found.length, wanted.length) }, (_, i) => i).find((i) => {
    const [a, b] = [found[i], wanted[i]]
    return a === undefined || b === undefined || a.path !== b.path || !sameType(a.leaf, b.leaf)
  })
  if (at === undefined) return
  const print = (leaves: typeof found): string => {
    const leaf = leaves[at]
    return leaf === undefined ? 'nothing' : `${printType(leaf.leaf)} at ${leaf.path || `the ${what}`}`
  }
  fail(
    shapeError({
      where,
      expected: `a ${what} with ${print(wanted)}`,
      found: print(found),
      hint: `a ${what} has the structure and types of the ${what === 'direction' ? 'argument' : 'value'}`,
    }),
  )
}
