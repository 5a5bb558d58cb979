/** Attention within parts of a grid by plain loops in float64, place by place. */
import type { NdArray } from '../../src/op/def.js'

export interface AttentionCase {
  readonly grid: readonly number[]
  readonly channels: number
  readonly heads: number
  readonly side: number
  readonly shift: number
  readonly toItself: boolean
}

/** Values of the layer's parameters by path. */
export type Values = Readonly<Record<string, NdArray>>

/** The coordinates of every place of a grid, in row-major order. */
export const placesOf = (grid: readonly number[]): readonly (readonly number[])[] =>
  grid.reduce<readonly (readonly number[])[]>(
    (sofar, size) => sofar.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )

/** rows · weight + bias, where a parameter is missing without it. */
export const affine = (x: NdArray, weight: NdArray | undefined, bias: NdArray | undefined): NdArray => {
  const [inputs = 0, outputs = 0] = weight?.shape ?? []
  const rows = x.data.length / inputs
  const data = Float64Array.from({ length: rows * outputs }, (_, flat) => {
    const [row, o] = [Math.floor(flat / outputs), flat % outputs]
    let sum = bias?.data[o] ?? 0
    for (let i = 0; i < inputs; i++)
      sum += (x.data[row * inputs + i] ?? 0) * (weight?.data[i * outputs + o] ?? 0)
    return sum
  })
  return { shape: [...x.shape.slice(0, -1), outputs], data }
}

/** Where a place lies once the grid is rolled: the part it is in, and whether it came around, on each axis. */
const rolledTo = ({ grid, side, shift }: AttentionCase, place: readonly number[]) => {
  const at = place.map((i, axis) => (i - shift + (grid[axis] ?? 1)) % (grid[axis] ?? 1))
  return {
    at,
    part: at.map((i) => Math.floor(i / side)).join(),
    around: place.map((i) => i < shift).join(),
  }
}

/** The learned number of an offset and head; 0 where nothing is learned. */
const relative = (
  table: NdArray | undefined,
  side: number,
  offset: readonly number[],
  head: number,
): number => {
  if (table === undefined) return 0
  const row = offset.reduce((sofar, d) => sofar * (2 * side - 1) + d + side - 1, 0)
  return table.data[row * (table.shape[1] ?? 1) + head] ?? Number.NaN
}

/** The layer's result for x [batch, ...grid, channels]. */
export const attentionOracle = (given: AttentionCase, values: Values, x: NdArray): NdArray => {
  const { grid, channels, heads, side, toItself } = given
  const places = placesOf(grid)
  const rolled = places.map((place) => rolledTo(given, place))
  const width = channels / heads
  const streams = affine(x, values['project.weight'], values['project.bias']).data
  const read = (example: number, place: number, stream: number, c: number): number =>
    streams[((example * places.length + place) * 3 + stream) * channels + c] ?? Number.NaN
  const temperature = values['scores.temperature']
  const score = (example: number, head: number, a: number, b: number): number => {
    const [from, to] = [rolled[a], rolled[b]]
    if (from === undefined || to === undefined || from.part !== to.part || (!toItself && a === b))
      return -Infinity
    let product = 0
    for (let c = head * width; c < (head + 1) * width; c++)
      product += read(example, a, 0, c) * read(example, b, 1, c)
    const offset = from.at.map((i, axis) => i - (to.at[axis] ?? 0))
    return (
      product * (temperature?.data[head] ?? 1 / Math.sqrt(width)) +
      relative(values['scores.relative'], side, offset, head) -
      (from.around === to.around ? 0 : 100)
    )
  }
  const mixed = Float64Array.from({ length: x.data.length }, (_, flat) => {
    const [c, at] = [flat % channels, Math.floor(flat / channels)]
    const [example, a] = [Math.floor(at / places.length), at % places.length]
    const head = Math.floor(c / width)
    const weights = places.map((_place, b) => Math.exp(score(example, head, a, b)))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.reduce((sum, weight, b) => sum + (weight / total) * read(example, b, 2, c), 0)
  })
  return affine({ shape: x.shape, data: mixed }, values['output.weight'], values['output.bias'])
}
