/**
 * The Hyena goldens: inputs, weights, outputs and gradients of the authors' released layers, in our names
 * and layouts. `goldenProgram` gives expressions with their bindings and expected values, so that the
 * interpreter and every device can be held to the same numbers.
 */
import { valueAndGradWith } from '../../src/grad/vjp.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { decayWindow, learnedWindow, releasedWindow } from '../../src/nn/decay-window.js'
import type { Direction } from '../../src/nn/direction.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Model } from '../../src/nn/model.js'
import { isParameter } from '../../src/nn/parameter.js'
import { productFilter } from '../../src/nn/product-filter.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import type { Shape } from '../../src/shape/dim.js'
import { mapLeaves } from '../../src/tree/tree.js'

/** A decoded file: tensors by PyTorch's names, and the configuration. */
export interface GoldenFile {
  readonly tensors: Readonly<Record<string, NdArray>>
  readonly metadata: Readonly<Record<string, string>>
}

/** What a program computes, what it should be, and how far it may be from that. */
export interface GoldenResult {
  readonly name: string
  readonly tensor: Tensor
  readonly expected: NdArray
  readonly tolerance: number
}

export interface GoldenProgram {
  readonly bindings: Readonly<Record<string, NdArray>>
  readonly results: readonly GoldenResult[]
}

type OnAnyGrid = Tensor<Shape, 'f32'>
type AnyHyena = Model<unknown, unknown, OnAnyGrid, OnAnyGrid>

const modes: Readonly<Record<string, Direction>> = { standard: 'forward', seq: 'backward', '4dir': 'all' }

/** The released layer of a file's configuration. */
const releasedLayer = ({ metadata, tensors }: GoldenFile): AnyHyena => {
  const filter: FilterOptions<unknown> = {
    ...paperFilter,
    width: Number(metadata['F']),
    window: decayWindow(metadata['window'] === 'learn' ? learnedWindow : releasedWindow),
  }
  const shape = tensors['x']?.shape ?? []
  const flat = shape.length === 3
  const direction = modes[metadata['mode'] ?? 'standard'] ?? 'forward'
  const shared = {
    order: Number(metadata['order']),
    direction,
    kernelScale: flat ? 'one' : 'inverse of 2L',
  } as const
  const x = inputTensor('x', shape as readonly [number, number, number], 'f32')
  const made =
    metadata['implicit'] === 'False'
      ? hyena({ ...shared, filter: productFilter(filter) })(x)
      : hyena({ ...shared, filter: implicitFilter(filter) })(x)
  return made as AnyHyena
}

const offset = (at: readonly number[], shape: readonly number[]): number =>
  at.reduce((sum, i, axis) => sum * (shape[axis] ?? 1) + i, 0)

/** The axes in another order. */
const permuted = ({ shape, data }: NdArray, order: readonly number[]): NdArray => {
  const to = order.map((axis) => shape[axis] ?? 1)
  const values = Float64Array.from(data, (_, flat) => {
    const at = new Array<number>(shape.length).fill(0)
    let rest = flat
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at[order[axis] ?? 0] = rest % (to[axis] ?? 1)
      rest = Math.floor(rest / (to[axis] ?? 1))
    }
    return data[offset(at, shape)] ?? Number.NaN
  })
  return { shape: to, data: values }
}

/** PyTorch names, in the order in which their values stand in ours, and the order of axes that ours has. */
interface Source {
  readonly names: readonly string[]
  readonly order?: readonly number[]
}

const networkSources = (network: string, prefix: string): readonly (readonly [string, Source])[] =>
  [0, 1, 2, 3].flatMap((i): readonly (readonly [string, Source])[] => [
    [
      `filter.network.${prefix}weight${i}`,
      { names: [`filter_fn.${network}.${2 * i}.weight`], order: [1, 0] },
    ],
    [`filter.network.${prefix}bias${i}`, { names: [`filter_fn.${network}.${2 * i}.bias`] }],
  ])

/** Where each of our parameters stands in a file. */
const sources = (spatial: number, length: string): ReadonlyMap<string, Source> =>
  new Map<string, Source>([
    ['project.weight', { names: ['in_proj.weight'], order: [1, 0] }],
    ['project.bias', { names: ['in_proj.bias'] }],
    ['output.weight', { names: ['out_proj.weight'], order: [1, 0] }],
    ['output.bias', { names: ['out_proj.bias'] }],
    [
      'short.weight',
      {
        names: ['short_filter.weight'],
        order: [...Array.from({ length: spatial }, (_, axis) => axis + 2), 1, 0],
      },
    ],
    ['short.bias', { names: ['short_filter.bias'] }],
    ['skip.weight', { names: ['filter_fn.bias'] }],
    ['mix.weight', { names: ['linear_mix.weight'], order: [1, 0] }],
    ['mix.bias', { names: ['linear_mix.bias'] }],
    [`filter.network.positions${length}`, { names: ['filter_fn.pos_emb.z'] }],
    [
      'filter.network.frequency',
      { names: ['filter_fn.implicit_filter.1.freq', 'filter_fn.Yimplicit_filter.1.freq'] },
    ],
    [
      'filter.window.rates',
      {
        names: [
          'filter_fn.modulation.deltas',
          'filter_fn.modulation.Xdeltas',
          'filter_fn.modulation.Ydeltas',
        ],
      },
    ],
    ['filter.window.shift', { names: ['filter_fn.modulation.shift'] }],
    ['filter.window.axis0.rates', { names: ['filter_fn.Xmodulation.deltas'] }],
    ['filter.window.axis1.rates', { names: ['filter_fn.Ymodulation.deltas'] }],
    ...networkSources('implicit_filter', ''),
    ...networkSources('Ximplicit_filter', 'axis0_'),
    ...networkSources('Yimplicit_filter', 'axis1_'),
  ])

/** Values under our path, of those kinds of tensors ('param', 'buffer', 'grad') that the file has; null if it has none. */
const valuesAt = (file: GoldenFile, kinds: readonly string[], path: string): NdArray | null => {
  const spatial = (file.tensors['x']?.shape.length ?? 0) - 2
  const source = sources(spatial, file.metadata['L'] ?? '').get(path)
  const found = (source?.names ?? []).flatMap((name) =>
    kinds.flatMap((kind) => file.tensors[`${kind}/${name}`] ?? []),
  )
  const [first] = found
  if (first === undefined || source === undefined) return null
  const laid = found.map((value) => (source.order === undefined ? value : permuted(value, source.order)))
  // Theirs are negative and used by absolute value; our constant rates are used as they are.
  const constant =
    path.endsWith('rates') &&
    source.names.some((name) => kinds.includes('buffer') && file.tensors[`buffer/${name}`] !== undefined)
  return {
    shape: laid[0]?.shape ?? [],
    data: Float64Array.from(
      laid.flatMap(({ data }) => [...data]),
      constant ? Math.abs : Number,
    ),
  }
}

const required = (value: NdArray | null | undefined, name: string): NdArray => {
  if (value === null || value === undefined) throw new RangeError(`the golden file has no values for ${name}`)
  return value
}

/** Bound on the relative error of each tensor. */
const TOLERANCE = 1e-5

/** y, its gradient with respect to x, and to every parameter, as expressions of bound inputs. */
export const goldenProgram = (file: GoldenFile): GoldenProgram => {
  const layer = releasedLayer(file)
  const bindings: Record<string, NdArray> = {
    x: required(file.tensors['x'], 'x'),
    g: required(file.tensors['g'], 'g'),
  }
  const bound = (name: string, shape: Shape, values: NdArray): OnAnyGrid => {
    bindings[name] = { shape: shape.map(Number), data: values.data }
    return inputTensor(name, shape, 'f32')
  }
  const params = mapLeaves(isParameter, layer.parameters, ({ shape }, path): Tensor =>
    bound(path, shape, required(valuesAt(file, ['param', 'buffer'], path), path)),
  )
  const x = inputTensor('x', bindings['x']?.shape ?? [], 'f32')
  const g = inputTensor('g', bindings['g']?.shape ?? [], 'f32')
  const { auxiliary: y, gradient } = valueAndGradWith(
    (at: { readonly params: unknown; readonly x: OnAnyGrid }) => {
      const result = layer.apply({ params: at.params, state: layer.init(zeroKey).state }, at.x, {
        mode: 'evaluate',
      }).y
      return {
        loss: build.sum(
          build.mul(result, g),
          result.shape.map((_, axis) => axis),
        ) as Tensor<readonly [], 'f32'>,
        auxiliary: result,
      }
    },
  )({ params, x })
  const gradients = tensorPaths(gradient.params).flatMap(({ path, leaf }) => {
    const expected = valuesAt(file, ['grad'], path)
    return expected === null ? [] : [{ name: `grad ${path}`, tensor: leaf, expected, tolerance: TOLERANCE }]
  })
  return {
    bindings,
    results: [
      { name: 'y', tensor: y, expected: required(file.tensors['y'], 'y'), tolerance: TOLERANCE },
      {
        name: 'grad x',
        tensor: gradient.x,
        expected: required(file.tensors['grad/x'], 'grad/x'),
        tolerance: TOLERANCE,
      },
      ...gradients,
    ],
  }
}

const zeroKey = build.constant(0, [4], 'i24') as Tensor<readonly [4], 'i24'>

/** How many gradients a file holds: all of them must be compared. */
export const gradientCount = (file: GoldenFile): number =>
  Object.keys(file.tensors).filter((name) => name.startsWith('grad/')).length

/** ‖a − b‖∞ / ‖b‖∞ */
export const relativeError = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let difference = 0
  let size = 0
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)))
    size = Math.max(size, Math.abs(b[i] ?? 0))
  }
  return a.length === b.length ? difference / (size || 1) : Number.POSITIVE_INFINITY
}
