/** PyTorch's weights of a network in our layouts, by a table of names. */
import { dataError, fail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Model } from '../../nn/model.js'
import { isParameter } from '../../nn/parameter.js'
import { build } from '../../op/index.js'
import type { Shape } from '../../shape/dim.js'
import { mapLeaves } from '../../tree/tree.js'
import type { NamedTensors } from './family.js'

/** How a weight lies in the file: as ours (but for axes of 1), or outputs first, as linear layers and convolutions have it. */
export type Layout = 'same' | 'outputs first'

/** A pattern of our parameter's path, the file's name with the pattern's groups in it, and its layout. */
export type WeightRule = readonly [path: RegExp, name: string, layout: Layout]

/** (outputs, inputs, ...taps) → (...taps, inputs, outputs). */
const channelsLast = (x: Tensor): Tensor => {
  const taps = x.shape.slice(2).map((_, axis) => axis + 2)
  return build.permute(x, [...taps, 1, 0])
}

/** A tensor of the file, or an error that names it. */
export const tensorOf = (params: NamedTensors, name: string): Tensor =>
  params[name] ??
  fail(
    dataError({
      where: name,
      expected: 'a tensor of this name in the file',
      found: `tensors ${Object.keys(params).slice(0, 8).join(', ')}, …`,
      hint: 'the configuration in the metadata does not fit the tensors',
    }),
  )

const inLayout = (x: Tensor, layout: Layout, shape: Shape): Tensor =>
  build.reshape(layout === 'same' ? x : channelsLast(x), shape)

/** The tensor that a table of rules gives for one of our parameters; null where none speaks of it. */
export const byRules =
  (rules: readonly WeightRule[], params: NamedTensors) =>
  (path: string, shape: Shape): Tensor | null => {
    const rule = rules.find(([pattern]) => pattern.test(path))
    if (rule === undefined) return null
    const [pattern, name, layout] = rule
    return inLayout(tensorOf(params, path.replace(pattern, name)), layout, shape)
  }

/** Parameters of a model, each from its path and shape. */
export const parametersFrom = <P, St, I, O>(
  model: Model<P, St, I, O>,
  weight: (path: string, shape: Shape) => Tensor | null,
): P =>
  mapLeaves(
    isParameter,
    model.parameters,
    ({ shape }, path): Tensor =>
      weight(path, shape) ??
      fail(
        dataError({
          where: path,
          expected: 'a tensor of the file for this parameter',
          found: 'none',
          hint: 'the configuration in the metadata does not fit the tensors',
        }),
      ),
  ) as P
