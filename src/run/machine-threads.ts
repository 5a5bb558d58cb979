/** Threads of the machine; 1 where nothing tells. */
export const machineThreads = (): number => {
  const navigator: unknown = Reflect.get(globalThis, 'navigator')
  const count: unknown =
    typeof navigator === 'object' && navigator !== null
      ? Reflect.get(navigator, 'hardwareConcurrency')
      : undefined
  if (typeof count === 'number') return count
  // Node 20 has no navigator, and a static import of node:os would not load in a browser.
  return typeof process === 'undefined' ? 1 : process.getBuiltinModule('node:os').availableParallelism()
}
