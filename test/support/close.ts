import type { NdArray } from '../../src/op/def.js'

/** Comparison of arrays: special values first, then a bound that the caller states. */

/** Both NaN, the same infinity, or finite and within the bound. */
const within = (found: number, expected: number, bound: number): boolean =>
  Object.is(found, expected) || found === expected || Math.abs(found - expected) <= bound

const largest = (values: ArrayLike<number>): number => {
  let norm = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0)
    if (Number.isFinite(size) && size > norm) norm = size
  }
  return norm
}

const report = (what: string, i: number, found: number, expected: number, bound: number): never => {
  throw new Error(`${what}: element ${i} is ${found}, expected ${expected} within ${bound}`)
}

export const expectShape = (what: string, found: readonly number[], expected: readonly number[]): void => {
  if (found.length !== expected.length || found.some((size, axis) => size !== expected[axis]))
    throw new Error(`${what}: shape [${found.join(', ')}], expected [${expected.join(', ')}]`)
}

/**
 * |found − expected| ≤ relative·‖expected‖∞ in every element: the comparison of design and tolerances.
 * Where terms cancel, `scale` holds what rounding is relative to instead.
 */
export const expectNear = (
  what: string,
  found: NdArray,
  expected: NdArray,
  relative: number,
  scale = expected,
): void => {
  expectShape(what, found.shape, expected.shape)
  const bound = relative * largest(scale.data)
  found.data.forEach((value, i) => {
    const wanted = expected.data[i] ?? Number.NaN
    if (!within(value, wanted, bound)) report(what, i, value, wanted, bound)
  })
}

/** |found − expected| ≤ absolute + relative·|expected| for each number by itself. */
export const expectClose = (
  what: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  absolute: number,
): void => {
  for (let i = 0; i < expected.length; i++) {
    const [value, wanted] = [found[i] ?? Number.NaN, expected[i] ?? Number.NaN]
    const bound = absolute + relative * Math.abs(wanted)
    if (!within(value, wanted, bound)) report(what, i, value, wanted, bound)
  }
}

/**
 * All named results, each within `relative` of its largest element, or of `floor` if that is larger: where a value that
 * is known to be of that size came out small by cancelling.
 */
export const expectResults = (
  found: ReadonlyMap<string, NdArray>,
  expected: ReadonlyMap<string, NdArray>,
  relative: number,
  floor = 0,
): void => {
  if ([...found.keys()].join() !== [...expected.keys()].join())
    throw new Error(`results ${[...found.keys()].join()}, expected ${[...expected.keys()].join()}`)
  for (const [name, value] of expected)
    expectNear(name, found.get(name) ?? { shape: [], data: new Float64Array() }, value, relative, {
      shape: [],
      data: Float64Array.of(floor, ...value.data),
    })
}
