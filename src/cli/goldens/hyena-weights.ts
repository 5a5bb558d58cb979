/** The released Hyena layers' weights in our layouts: which tensors of a file each of our parameters is made of. */
import type { Tensor } from '../../ir/tensor.js'
import { build } from '../../op/index.js'
import type { Shape } from '../../shape/dim.js'
import type { NamedTensors } from './family.js'

/** A file's tensors by PyTorch's names, without `param/` and `buffer/`, within one layer. */
export interface FileWeights {
  readonly params: NamedTensors
  readonly buffers: NamedTensors
}

/** What a parameter of ours is made of: names of the file's, those it has, and how ours comes of their tensors. */
interface Source {
  readonly names: readonly string[]
  readonly made: (tensors: readonly Tensor[], shape: Shape, weights: FileWeights) => Tensor
}

/** As it is, but for axes of 1. */
const same: Source['made'] = ([x = build.constant(0)], shape) => build.reshape(x, shape)

/** (outputs, inputs, ...taps) → (...taps, inputs, outputs), as linear layers and convolutions have them. */
const outputsFirst: Source['made'] = ([x = build.constant(0)], shape) =>
  build.reshape(build.permute(x, [...x.shape.slice(2).map((_, axis) => axis + 2), 1, 0]), shape)

/** Theirs are negative and used by absolute value; our constant rates are used as they are, learned ones as theirs. */
const rates: Source['made'] = (tensors, shape, { buffers }) => {
  const rows = tensors.map((x) => build.reshape(x, [1, shape[1] ?? 1]))
  const table = build.concat(rows, 0)
  const constant = tensors.every((x) => Object.values(buffers).includes(x))
  return constant ? build.abs(table) : table
}

/** (order, C, ...grid) of which the last step is never used → (...grid, (order − 1)·C). */
const freeKernel: Source['made'] = ([x = build.constant(0)], shape) => {
  const [, channels = 1, ...grid] = x.shape
  const steps = Number(shape.at(-1)) / Number(channels)
  const used = build.slice(
    x,
    x.shape.map(() => 0),
    [steps, channels, ...grid],
  )
  return build.reshape(build.permute(used, [...grid.map((_, axis) => axis + 2), 0, 1]), shape)
}

/** (order, C), the last step again unused → (order − 1)·C. */
const freeSkip: Source['made'] = ([x = build.constant(0)], shape) => {
  const [, channels = 1] = x.shape
  return build.reshape(build.slice(x, [0, 0], [Number(shape[0]) / Number(channels), channels]), shape)
}

const fixed: Readonly<Record<string, Source>> = {
  'project.weight': { names: ['in_proj.weight'], made: outputsFirst },
  'project.bias': { names: ['in_proj.bias'], made: same },
  'output.weight': { names: ['out_proj.weight'], made: outputsFirst },
  'output.bias': { names: ['out_proj.bias'], made: same },
  'short.weight': { names: ['short_filter.weight'], made: outputsFirst },
  'short.bias': { names: ['short_filter.bias'], made: same },
  'mix.weight': { names: ['linear_mix.weight'], made: outputsFirst },
  'mix.bias': { names: ['linear_mix.bias'], made: same },
  'filter.values.kernel': { names: ['filter'], made: freeKernel },
  'filter.window.rates': {
    names: ['modulation.deltas', 'modulation.Xdeltas', 'modulation.Ydeltas'].map(
      (name) => `filter_fn.${name}`,
    ),
    made: rates,
  },
  'filter.window.shift': { names: ['filter_fn.modulation.shift'], made: same },
  'filter.window.axis0.rates': { names: ['filter_fn.Xmodulation.deltas'], made: rates },
  'filter.window.axis0.shift': { names: ['filter_fn.Xmodulation.shift'], made: same },
  'filter.window.axis1.rates': { names: ['filter_fn.Ymodulation.deltas'], made: rates },
  'filter.window.axis1.shift': { names: ['filter_fn.Ymodulation.shift'], made: same },
}

/** The file's networks: both axes' together, rows' and columns'. */
const networks: Readonly<Record<string, string>> = {
  '': 'implicit_filter',
  axis0_: 'Ximplicit_filter',
  axis1_: 'Yimplicit_filter',
}

/** A linear layer of a filter's network; between two of them stands a sine, with a number of its own. */
const networkSource = (path: string): Source | null => {
  const [, prefix = '', kind, layer] = /^filter\.network\.(axis\d_)?(weight|bias)(\d+)$/.exec(path) ?? []
  const network = networks[prefix]
  return kind === undefined || network === undefined
    ? null
    : {
        names: [`filter_fn.${network}.${2 * Number(layer)}.${kind}`],
        made: kind === 'weight' ? outputsFirst : same,
      }
}

/** Sine frequencies: one vector that stands at the first sine of whichever network is registered first, or one each. */
const frequencySource = (path: string): Source | null => {
  const [matched, layer = '0'] = /^filter\.network\.frequency(\d*)$/.exec(path) ?? []
  return matched === undefined
    ? null
    : {
        names: Object.values(networks).map((network) => `filter_fn.${network}.${2 * Number(layer) + 1}.freq`),
        made: same,
      }
}

const sourceOf = (path: string, { params }: FileWeights): Source | null => {
  if (path === 'skip.weight')
    return 'bias' in params ? { names: ['bias'], made: freeSkip } : { names: ['filter_fn.bias'], made: same }
  if (/^filter\.network\.positions(\d+|_axis\d+)$/.test(path))
    return { names: ['filter_fn.pos_emb.z'], made: same }
  return fixed[path] ?? networkSource(path) ?? frequencySource(path)
}

/** Names of the file's tensors that a parameter of ours is made of. */
export const hyenaSources = (path: string, weights: FileWeights): readonly string[] =>
  (sourceOf(path, weights)?.names ?? []).filter((name) => name in weights.params || name in weights.buffers)

/** The value of a parameter of `hyena`, named by its path within the layer; null where the file has none. */
export const hyenaWeight =
  (weights: FileWeights) =>
  (path: string, shape: Shape): Tensor | null => {
    const tensors = hyenaSources(path, weights).flatMap(
      (name) => weights.params[name] ?? weights.buffers[name] ?? [],
    )
    const source = sourceOf(path, weights)
    return source === null || tensors.length === 0 ? null : source.made(tensors, shape, weights)
  }
