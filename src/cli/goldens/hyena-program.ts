/** The program of a released Hyena layer's file: our layer with the file's weights. */
import { dataError, fail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Window, WindowOptions } from '../../nn/decay-window.js'
import { decayWindow, noWindow, releasedSymmetricWindow, releasedWindow } from '../../nn/decay-window.js'
import type { Aggregation, Direction } from '../../nn/direction.js'
import type { Filter, FilterOptions } from '../../nn/filter-options.js'
import { paperFilter } from '../../nn/filter-options.js'
import { freeFilter } from '../../nn/free-filter.js'
import { hyena } from '../../nn/hyena.js'
import { implicitFilter } from '../../nn/implicit-filter.js'
import type { Model } from '../../nn/model.js'
import { defineModel } from '../../nn/model.js'
import { isParameter } from '../../nn/parameter.js'
import { productFilter } from '../../nn/product-filter.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { flatten } from '../../tree/tree.js'
import type { Given, Golden, GoldenProgram, NamedTensors } from './family.js'
import type { ReleasedHyena } from './hyena-config.js'
import { networkSizes } from './hyena-config.js'
import { hyenaSources, hyenaWeight } from './hyena-weights.js'
import { parametersFrom } from './vit-weights.js'

type AnyFilter = Filter<unknown, unknown>
type OnGrid = Tensor<readonly ['batch', ...number[], number], 'f32'>
type AnyHyena = Model<unknown, unknown, OnGrid, OnGrid>

const directions: Readonly<Record<ReleasedHyena['mode'], readonly [Direction, Aggregation]>> = {
  standard: ['forward', 'linear'],
  seq: ['backward', 'linear'],
  '4dir': ['all', 'linear'],
  '4dirp': ['all', 'projection'],
  parallel: ['parallel', 'linear'],
}

/** Rates and γ are learned where the file has them among its parameters. */
const windowOf = (golden: Golden, { window, sqrtDecay, shift }: ReleasedHyena): Window<unknown> => {
  if (window === 'no') return noWindow
  const has = (pattern: RegExp): boolean => Object.keys(golden.tensors).some((name) => pattern.test(name))
  const options: WindowOptions = {
    ...(window === 'symettric' ? releasedSymmetricWindow : releasedWindow),
    learned: has(/^param\/filter_fn\.[XY]?modulation\.[XY]?deltas$/),
    shift: has(/^param\/filter_fn\.[XY]?modulation\.shift$/) ? 'learned' : shift,
    power: sqrtDecay ? 0.5 : 1,
  }
  return decayWindow(options)
}

const filterOf = (golden: Golden, config: ReleasedHyena): AnyFilter => {
  if (config.filter === 'free') return freeFilter()
  const { sines, ...sizes } = networkSizes(golden, config)
  const options: FilterOptions<unknown> = {
    ...paperFilter,
    ...sizes,
    sine: sines > 1 ? 'own' : 'shared',
    window: windowOf(golden, config),
  }
  return config.filter === 'product' ? productFilter(options) : implicitFilter(options)
}

/** A filter made for longer axes than it is used on: its first values. */
const croppedTo =
  (filter: AnyFilter, made: readonly number[]): AnyFilter =>
  (grid, channels) => {
    const whole = filter(made, channels)
    const crop = (values: Tensor): Tensor<Shape, 'f32'> =>
      build.slice(values, [...made.map(() => 0), 0], [...grid, channels]) as Tensor<Shape, 'f32'>
    return defineModel<unknown, unknown, typeof whole.input, Tensor<Shape, 'f32'>>({
      ...whole,
      output: crop(whole.output),
      apply: (variables, x, run) => {
        const { y, state } = whole.apply(variables, x, run)
        return { y: crop(y), state }
      },
    })
  }

const layerOf = (config: ReleasedHyena, filter: AnyFilter, grid: readonly number[]): AnyHyena => {
  const [direction, aggregation] = directions[config.mode]
  const x = inputTensor('x', ['batch', ...grid, config.channels] as const, 'f32')
  return hyena({
    filter: croppedTo(filter, config.grid),
    order: config.order,
    direction,
    aggregation,
    kernelScale: grid.length === 1 ? 'one' : 'inverse of 2L',
  })(x)
}

/** Every tensor of the file must be a parameter of ours, or it means something that is not computed. */
const checkTensors = (golden: Golden, layer: AnyHyena): void => {
  const names = (kind: string): NamedTensors =>
    Object.fromEntries(
      Object.entries(golden.tensors).flatMap(([name, { shape }]) =>
        name.startsWith(`${kind}/`) ? [[name.slice(kind.length + 1), inputTensor(name, shape, 'f32')]] : [],
      ),
    )
  const weights = { params: names('param'), buffers: names('buffer') }
  const used = flatten(isParameter, layer.parameters).flatMap(({ path }) => hyenaSources(path, weights))
  const unused = Object.keys(weights.params).find((name) => !used.includes(name))
  if (unused !== undefined)
    fail(
      dataError({
        where: `${golden.name}: param/${unused}`,
        expected: `parameters ${used.join(', ')}`,
        found: unused,
        hint: 'the configuration in the metadata does not fit the tensors',
      }),
    )
}

/** The grid of x: as it is laid out, or rows and columns of a square whose places stand in one axis. */
const gridOf = ({ name, tensors }: Golden, { grid: made }: ReleasedHyena): readonly number[] => {
  const shape = tensors['x']?.shape ?? []
  const given =
    shape.length === 3 && made.length === 2 && shape[1] === sizeOf(made) ? made : shape.slice(1, -1)
  const fits =
    given.length === made.length && (made.length === 1 || given.every((size, axis) => size === made[axis]))
  return fits
    ? given.map((size, axis) => Math.min(size, made[axis] ?? size))
    : fail(
        dataError({
          where: `${name}: x`,
          expected: `a grid [${made.join(', ')}]`,
          found: `[${shape.join(', ')}]`,
          hint: 'the released layers on two axes take no other size than that of their filter',
        }),
      )
}

/** The kernel in the file's layout: ours, or the steps' of the recurrence each by itself, channels before places. */
const kernelAs = (
  kernel: Tensor,
  shape: readonly number[],
  { order, channels, grid }: ReleasedHyena,
): Tensor => {
  if (shape.length === grid.length + 2 && shape[0] === order - 1 && shape[1] === channels) {
    const steps = build.reshape(kernel, [...grid, order - 1, channels])
    return build.permute(steps, [grid.length, grid.length + 1, ...grid.map((_, axis) => axis)])
  }
  return build.reshape(kernel, shape)
}

/** The layer of a file as a program: `y`, and `k` where the file has it. */
export const hyenaProgram = (golden: Golden, config: ReleasedHyena): GoldenProgram => {
  const grid = gridOf(golden, config)
  const filter = filterOf(golden, config)
  const layer = layerOf(config, filter, grid)
  checkTensors(golden, layer)
  const kernels = filter(config.grid, (config.order - 1) * config.channels)
  const key = keyFromSeed(0)
  const compute = (given: Given): NamedTensors => {
    const { params } = given
    const [batch = 1] = given.x.shape
    const places = build.reshape(given.x, [batch, ...placesOf(given.x, grid), config.channels])
    const within = build.slice(
      places,
      places.shape.map(() => 0),
      [batch, ...grid, config.channels],
    )
    const weights = parametersFrom(layer, hyenaWeight(given))
    const { y } = layer.apply({ params: weights, state: layer.init(key).state }, within as OnGrid, {
      mode: 'evaluate',
    })
    const shape = golden.tensors['k']?.shape
    const output = { y: build.reshape(y, (golden.tensors['y']?.shape ?? y.shape) as Shape) }
    if (shape === undefined) return output
    // The free kernel's last step is held but not used.
    const free = params['filter']
    if (free !== undefined && sizeOf(free.shape) === sizeOf(shape))
      return { ...output, k: build.reshape(free, shape) }
    const own = (weights as { readonly filter: unknown }).filter
    const { y: k } = kernels.apply({ params: own, state: kernels.init(key).state }, {}, { mode: 'evaluate' })
    return { ...output, k: kernelAs(k, shape, config) }
  }
  return { kind: 'program', compute }
}

/** The places of x on a grid of as many axes: those it has, or those of the grid that it holds in one axis. */
const placesOf = (x: Tensor, grid: readonly number[]): Shape =>
  x.shape.length === grid.length + 2 ? x.shape.slice(1, -1) : grid
