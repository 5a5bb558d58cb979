/** Which known name a mistyped one was meant to be. */

/** Edits between two words: insertions, deletions, replacements and swaps of neighbours (Damerau, 1964). */
export const editDistance = (from: string, to: string): number => {
  let earlier: readonly number[] = []
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (above[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (earlier[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    earlier = above
    above = current
  }
  return above[to.length] ?? 0
}

/** The known name nearest to `name`, or null where none is near: a third of its letters may be wrong, or it may be a prefix. */
export const nearestName = (name: string, known: readonly string[]): string | null => {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance:
        name.length > 1 && candidate.startsWith(name) ? 0 : editDistance(name.toLowerCase(), candidate),
    }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(1, Math.ceil(best.candidate.length / 3))
    ? best.candidate
    : null
}
