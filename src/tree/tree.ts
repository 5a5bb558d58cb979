/**
 * Trees of leaves: parameters, states, gradients, batches. A tree is a leaf, a list of trees or a record
 * of trees. What a leaf is, the caller says; everything else about the structure is kept.
 */

export type Tree<L> = L | readonly Tree<L>[] | { readonly [name: string]: Tree<L> }

/** Tells leaves from the structure around them. */
export type IsLeaf<L> = (value: unknown) => value is L

export interface PathLeaf<L> {
  /** Names and positions from the root, joined by dots: `blocks.0.mlp.weight`; empty at the root. */
  readonly path: string
  readonly leaf: L
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const join = (path: string, name: string | number): string => (path === '' ? `${name}` : `${path}.${name}`)

/** Every leaf with its path, in the order of the structure. */
export const flatten = <L>(isLeaf: IsLeaf<L>, tree: unknown, path = ''): readonly PathLeaf<L>[] => {
  if (isLeaf(tree)) return [{ path, leaf: tree }]
  if (isList(tree)) return tree.flatMap((child, i) => flatten(isLeaf, child, join(path, i)))
  if (isRecord(tree))
    return Object.entries(tree).flatMap(([name, child]) => flatten(isLeaf, child, join(path, name)))
  throw new TypeError(`a tree holds leaves, lists and records, but ${path || 'its root'} is ${String(tree)}`)
}

/** The leaves alone. */
export const leaves = <L>(isLeaf: IsLeaf<L>, tree: unknown): readonly L[] =>
  flatten(isLeaf, tree).map(({ leaf }) => leaf)

/** The same structure with every leaf replaced; the caller states the type of the result. */
export const mapLeaves = <L, R>(
  isLeaf: IsLeaf<L>,
  tree: unknown,
  f: (leaf: L, path: string) => R,
  path = '',
): Tree<R> => {
  if (isLeaf(tree)) return f(tree, path)
  if (isList(tree)) return tree.map((child, i) => mapLeaves(isLeaf, child, f, join(path, i)))
  if (isRecord(tree))
    return Object.fromEntries(
      Object.entries(tree).map(([name, child]) => [name, mapLeaves(isLeaf, child, f, join(path, name))]),
    )
  throw new TypeError(`a tree holds leaves, lists and records, but ${path || 'its root'} is ${String(tree)}`)
}

/** The structure of `tree` filled with `replacements`, taken in order: as many as there are leaves. */
export const fill = <L, R>(isLeaf: IsLeaf<L>, tree: unknown, replacements: readonly R[]): Tree<R> => {
  const next = replacements[Symbol.iterator]()
  const filled = mapLeaves(isLeaf, tree, () => {
    const { value, done } = next.next()
    if (done === true) throw new RangeError('fewer replacements than leaves')
    return value
  })
  if (next.next().done !== true) throw new RangeError('more replacements than leaves')
  return filled
}
