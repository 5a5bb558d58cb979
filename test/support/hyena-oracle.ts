/**
 * The Hyena N-D operator once more, from the paper's formulas alone: loops over places and channels, direct
 * sums for convolutions, the filter network fed with the concatenated positions. Slow, and sharing nothing
 * with the library but the names of parameters.
 */
export interface OracleOptions {
  readonly grid: readonly number[]
  readonly channels: number
  readonly order: number
  readonly width: number
  readonly depth: number
  readonly features: number
  readonly product: boolean
  readonly direction: 'forward' | 'backward' | 'both' | 'all' | 'parallel'
  readonly reversal: 'first' | 'alternate' | 'every'
  readonly projections: 'shared' | 'own'
  readonly aggregation: 'linear' | 'channels' | 'projection'
  readonly causalShortFilter: boolean
}

/** Parameters by path, row-major. */
export type Params = Readonly<Record<string, readonly number[]>>

type Place = readonly number[]
/** One list of channels a place. */
type Field = readonly (readonly number[])[]

const placesOf = (grid: readonly number[]): readonly Place[] =>
  grid.reduce<readonly Place[]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  )

const indexOf = (place: Place, grid: readonly number[]): number | null => {
  let index = 0
  for (const [axis, size] of grid.entries()) {
    const i = place[axis] ?? -1
    if (i < 0 || i >= size) return null
    index = index * size + i
  }
  return index
}

const get = (params: Params, name: string): readonly number[] => {
  const found = params[name]
  if (found === undefined) throw new RangeError(`no parameter ${name}`)
  return found
}

const affine = (
  row: readonly number[],
  weight: readonly number[],
  outputs: number,
  bias?: readonly number[],
): readonly number[] =>
  Array.from({ length: outputs }, (_, o) =>
    row.reduce((sum, value, i) => sum + value * (weight[i * outputs + o] ?? 0), bias?.[o] ?? 0),
  )

const feature = (n: number, length: number, features: number): readonly number[] => {
  const bands = (features - 1) / 2
  const angle = (k: number): number =>
    (bands > 1 ? 1e-4 + (k * (bands - 1 - 1e-4)) / (bands - 1) : 1e-4) * ((2 * Math.PI * n) / length)
  const each = Array.from({ length: bands }, (_, k) => k)
  return [
    length > 1 ? n / (length - 1) : 0,
    ...each.map((k) => Math.cos(angle(k))),
    ...each.map((k) => -Math.sin(angle(k))),
  ]
}

const network = (
  { width, depth }: OracleOptions,
  params: Params,
  prefix: string,
  input: readonly number[],
  outputs: number,
): readonly number[] => {
  const frequency = get(params, 'filter.network.frequency')
  let hidden = input
  for (let layer = 0; layer < depth; layer++) {
    const u = affine(
      hidden,
      get(params, `filter.network.${prefix}weight${layer}`),
      width,
      get(params, `filter.network.${prefix}bias${layer}`),
    )
    hidden = u.map((value, i) => Math.sin((frequency[i] ?? 0) * value))
  }
  return affine(hidden, get(params, `filter.network.${prefix}weight${depth}`), outputs)
}

const decay = (
  rates: readonly number[],
  row: number,
  channel: number,
  channels: number,
  n: number,
  length: number,
): number => Math.exp(-(rates[row * channels + channel] ?? 0) * (length > 1 ? n / (length - 1) : 0))

/** The long filters, (order − 1)·channels a place. */
const filterOf = (options: OracleOptions, params: Params): Field => {
  const { grid, features, product } = options
  const outputs = (options.order - 1) * options.channels
  return placesOf(grid).map((place) => {
    const encoded = place.map((n, axis) => feature(n, grid[axis] ?? 1, features))
    if (!product) {
      const rates = get(params, 'filter.window.rates')
      return network(options, params, '', encoded.flat(), outputs).map((value, c) =>
        place.reduce((total, n, axis) => total * decay(rates, axis, c, outputs, n, grid[axis] ?? 1), value),
      )
    }
    const factors = encoded.map((input, axis) => network(options, params, `axis${axis}_`, input, outputs))
    return Array.from({ length: outputs }, (_, c) =>
      place.reduce(
        (total, n, axis) =>
          total *
          (factors[axis]?.[c] ?? 0) *
          decay(get(params, `filter.window.axis${axis}.rates`), 0, c, outputs, n, grid[axis] ?? 1),
        1,
      ),
    )
  })
}

/** Three taps an axis, one set a result; with more results than channels those of one channel stand together. */
const shortFilter = ({ grid, causalShortFilter }: OracleOptions, params: Params, z: Field): Field => {
  const copies = get(params, 'short.bias').length / (z[0]?.length ?? 1)
  const weight = get(params, 'short.weight')
  const bias = get(params, 'short.bias')
  const taps = placesOf(grid.map(() => 3))
  const back = causalShortFilter ? 2 : 1
  return placesOf(grid).map((place) =>
    bias.map((start, c) =>
      taps.reduce((sum, tap, t) => {
        const from = indexOf(
          place.map((i, axis) => i + (tap[axis] ?? 0) - back),
          grid,
        )
        return from === null
          ? sum
          : sum + (weight[t * bias.length + c] ?? 0) * (z[from]?.[Math.floor(c / copies)] ?? 0)
      }, start),
    ),
  )
}

/** Σ_a k[a] v[i ∓ a]: minus on the axes that run forward, plus on those that run backward. */
const convolve = (grid: readonly number[], kernel: Field, v: Field, backward: readonly boolean[]): Field =>
  placesOf(grid).map((place, here) =>
    (v[here] ?? []).map((_, c) =>
      placesOf(grid).reduce((sum, shift, k) => {
        const from = indexOf(
          place.map((i, axis) => (backward[axis] === true ? i + (shift[axis] ?? 0) : i - (shift[axis] ?? 0))),
          grid,
        )
        return from === null ? sum : sum + (kernel[k]?.[c] ?? 0) * (v[from]?.[c] ?? 0)
      }, 0),
    ),
  )

const times = (a: Field, b: Field): Field =>
  a.map((row, i) => row.map((value, c) => value * (b[i]?.[c] ?? 0)))

/** Which axes run backward, for each direction; for 'all' none, every, then the rest as binary numbers. */
const directionsOf = (
  direction: OracleOptions['direction'],
  rank: number,
): readonly (readonly boolean[])[] => {
  const none = new Array<boolean>(rank).fill(false)
  const every = none.map(() => true)
  if (direction === 'parallel') return [none, none, none, none]
  if (direction === 'both') return [none, every]
  if (direction !== 'all') return [direction === 'forward' ? none : every]
  const between = Array.from({ length: 2 ** rank - 2 }, (_, i) =>
    none.map((_, axis) => (((i + 1) >> (rank - 1 - axis)) & 1) === 1),
  )
  return [none, every, ...between]
}

/** Whether a step's convolution runs backward where the direction says so. */
const turned = ({ direction, reversal }: OracleOptions, step: number): boolean =>
  direction !== 'backward' || reversal === 'every' || (reversal === 'first' ? step === 0 : step % 2 === 0)

/** The recurrence over streams of one direction. */
const recurrence = (
  options: OracleOptions,
  params: Params,
  streams: Field,
  filters: Field,
  backward: readonly boolean[],
): Field => {
  const { grid, channels, order } = options
  const stream = (index: number): Field =>
    streams.map((row) => row.slice(index * channels, (index + 1) * channels))
  const skip = get(params, 'skip.weight')
  let v = stream(order)
  for (let step = 0; step < order - 1; step++) {
    const gated = times(v, stream(order - 1 - step))
    const kernel = filters.map((row) => row.slice(step * channels, (step + 1) * channels))
    const reversed = turned(options, step) ? backward : grid.map(() => false)
    v = convolve(grid, kernel, gated, reversed).map((row, i) =>
      row.map((value, c) => value + (skip[step * channels + c] ?? 0) * (gated[i]?.[c] ?? 0)),
    )
  }
  return times(v, stream(0))
}

/** The directions' results at one place, [directions][channels], as one row. */
const mixed = (
  { direction, aggregation, channels }: OracleOptions,
  params: Params,
  rows: readonly (readonly number[])[],
): readonly number[] => {
  if (direction === 'parallel' || rows.length === 1) return rows.flat()
  const [weight, bias] = [get(params, 'mix.weight'), get(params, 'mix.bias')]
  if (aggregation === 'projection') {
    const input = Array.from({ length: channels }, (_, c) => rows.map((row) => row[c] ?? 0)).flat()
    return affine(input, weight, channels, bias)
  }
  const columns = aggregation === 'linear' ? 1 : channels
  return Array.from({ length: channels }, (_, c) =>
    rows.reduce(
      (sum, row, d) => sum + (weight[d * columns + (c % columns)] ?? 0) * (row[c] ?? 0),
      bias[c % columns] ?? 0,
    ),
  )
}

/** One example [places][channels] through the operator. */
export const oracleHyena = (options: OracleOptions, params: Params, x: Field): Field => {
  const { grid, channels, order, direction, projections } = options
  const bias = get(params, 'project.bias')
  const projected = x.map((row) => affine(row, get(params, 'project.weight'), bias.length, bias))
  const streams = shortFilter(options, params, projected)
  const filters = filterOf(options, params)
  const directions = directionsOf(direction, grid.length)
  const width = (order + 1) * channels
  const apart = direction === 'parallel' || projections === 'own'
  const results = directions.map((backward, d) =>
    recurrence(
      options,
      params,
      apart ? streams.map((row) => row.slice(d * width, (d + 1) * width)) : streams,
      filters,
      backward,
    ),
  )
  return x.map((_, i) => {
    const row = mixed(
      options,
      params,
      results.map((result) => result[i] ?? []),
    )
    return affine(row, get(params, 'output.weight'), channels, get(params, 'output.bias'))
  })
}
