import type { Condition, Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { binaryMeaning, unaryMeaning } from './scalar-meaning.js'

/** What a kernel means, in float64: the oracle of the emitters. */

interface Point {
  readonly axes: readonly number[]
  readonly loops: readonly number[]
  readonly inputs: readonly ArrayLike<number>[]
  readonly accumulator: number
  readonly seen: Map<Scalar, number>
}

export const evaluateIndex = (index: Index, at: Point): number => {
  switch (index.kind) {
    case 'const':
      return index.value
    case 'axis':
      return at.axes[index.axis] ?? 0
    case 'loop':
      return at.loops[index.loop] ?? 0
    case 'sum':
      return index.terms.reduce(
        (sum, [coefficient, term]) => sum + coefficient * evaluateIndex(term, at),
        index.constant,
      )
    case 'quotient':
      return Math.floor(evaluateIndex(index.index, at) / index.divisor)
    case 'remainder': {
      const value = evaluateIndex(index.index, at)
      return value - index.divisor * Math.floor(value / index.divisor)
    }
    case 'dynamic':
      return Math.min(Math.max(evaluate(index.value, at), 0), index.size - 1)
  }
}

const holds = (condition: Condition, at: Point): boolean =>
  condition.every((bound) => {
    const value = evaluateIndex(bound.index, at)
    return value >= bound.low && value < bound.high
  })

const read = (at: Point, input: number, index: number): number => {
  const value = at.inputs[input]?.[index]
  if (value === undefined) throw new RangeError(`read of input ${input} at ${index}, out of range`)
  return value
}

const compute = (value: Scalar, at: Point): number => {
  switch (value.kind) {
    case 'const':
      return Math.fround(value.value)
    case 'accumulator':
      return at.accumulator
    case 'read':
      return read(at, value.input, evaluateIndex(value.index, at))
    case 'index':
      return evaluateIndex(value.index, at)
    case 'unary':
      return unaryMeaning(value.fn, evaluate(value.x, at))
    case 'binary':
      return binaryMeaning(value.fn, evaluate(value.x, at), evaluate(value.y, at))
    case 'select':
      return evaluate(value.condition, at) !== 0 ? evaluate(value.x, at) : evaluate(value.y, at)
    case 'guard':
      return holds(value.condition, at) ? evaluate(value.x, at) : evaluate(value.y, at)
  }
}

export const evaluate = (value: Scalar, at: Point): number => {
  const known = at.seen.get(value)
  if (known !== undefined) return known
  const result = compute(value, at)
  at.seen.set(value, result)
  return result
}

const COMBINE = {
  sum: { start: 0, with: (a: number, b: number) => a + b },
  product: { start: 1, with: (a: number, b: number) => a * b },
  max: { start: -Infinity, with: Math.max },
  min: { start: Infinity, with: Math.min },
}

const reduce = (kernel: ScalarKernel, at: Point, loops: readonly number[], start: number): number => {
  const loop = kernel.loops[loops.length]
  const here = { ...at, loops, seen: new Map<Scalar, number>() }
  if (kernel.combine === null) return evaluate(kernel.body, here)
  if (loop === undefined) return COMBINE[kernel.combine].with(start, evaluate(kernel.body, here))
  const extent = loop.extent === undefined ? loop.size : evaluateIndex(loop.extent, here)
  let total = start
  for (let k = 0; k < extent; k += 1) total = reduce(kernel, at, [...loops, k], total)
  return total
}

/** The output of a kernel, row-major in its shape. */
export const evaluateKernel = (kernel: ScalarKernel, inputs: readonly ArrayLike<number>[]): Float64Array => {
  const length = kernel.shape.reduce((all, size) => all * size, 1)
  return Float64Array.from({ length }, (_, flat) => {
    let rest = flat
    const axes = kernel.shape.map((_size, i) => {
      const stride = kernel.shape.slice(i + 1).reduce((all, size) => all * size, 1)
      const coordinate = Math.floor(rest / stride)
      rest -= coordinate * stride
      return coordinate
    })
    const at: Point = { axes, loops: [], inputs, accumulator: 0, seen: new Map() }
    const reduced = reduce(kernel, at, [], kernel.combine === null ? 0 : COMBINE[kernel.combine].start)
    return kernel.combine === null || kernel.epilogue === null
      ? reduced
      : evaluate(kernel.epilogue, { ...at, accumulator: reduced, seen: new Map() })
  })
}
