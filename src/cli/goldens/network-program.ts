/** The program of a file about a network with batch normalisation: our model with the file's weights and statistics. */
import { dataError, fail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { isTensor } from '../../ir/tensor-tree.js'
import type { Tokens } from '../../nn/class-token.js'
import type { Model } from '../../nn/model.js'
import { isParameter, isState } from '../../nn/parameter.js'
import { build } from '../../op/index.js'
import { keyFromSeed } from '../../op/random/key.js'
import { flatten, mapLeaves } from '../../tree/tree.js'
import type { Given, Golden, GoldenProgram, NamedTensors } from './family.js'
import { flagOf } from './vit-metadata.js'
import type { WeightRule } from './vit-weights.js'
import { byRules, parametersFrom, tensorOf } from './vit-weights.js'

/** (batch, channels, ...grid) → [batch, ...grid, channels]. */
export const lastChannels = (x: Tensor): Tokens =>
  build.permute(x, [0, ...x.shape.slice(2).map((_, axis) => axis + 2), 1]) as Tokens

/** [batch, ...grid, channels] → (batch, channels, ...grid); vectors as they are. */
export const channelsFirst = (y: Tensor): Tensor => {
  const grid = y.shape.slice(1, -1)
  return build.permute(y, [0, y.shape.length - 1, ...grid.map((_, axis) => axis + 1)])
}

/** The shape of x with channels last. */
export const lastChannelsShape = ({ name, tensors }: Golden): readonly ['batch', ...number[], number] => {
  const [, channels, ...grid] = tensors['x']?.shape ?? []
  return channels === undefined || grid.length === 0
    ? fail(
        dataError({
          where: `${name}: x`,
          expected: 'axes (batch, channels, ...grid)',
          found: JSON.stringify(tensors['x']?.shape ?? null),
          hint: 'the reference code takes channels before the grid',
        }),
      )
    : ['batch', ...grid, channels]
}

/** Rules for a convolution or linear layer of ours at `path`, which the file has under `name`. */
export const weightRules = (path: string, name: string): readonly WeightRule[] => [
  [new RegExp(`^${path}\\.weight$`), `${name}.weight`, 'outputs first'],
  [new RegExp(`^${path}\\.bias$`), `${name}.bias`, 'same'],
]

/** Rules for a batch normalisation. */
export const normRules = (path: string, name: string): readonly WeightRule[] => [
  [new RegExp(`^${path}\\.scale$`), `${name}.weight`, 'same'],
  [new RegExp(`^${path}\\.shift$`), `${name}.bias`, 'same'],
  [new RegExp(`^${path}\\.mean$`), `${name}.running_mean`, 'same'],
  [new RegExp(`^${path}\\.variance$`), `${name}.running_var`, 'same'],
  [new RegExp(`^${path}\\.batches$`), `${name}.num_batches_tracked`, 'same'],
]

/** The file's name of a path of ours; null where no rule speaks of it. */
export const fileNameOf = (rules: readonly WeightRule[], path: string): string | null => {
  const rule = rules.find(([pattern]) => pattern.test(path))
  return rule === undefined ? null : path.replace(rule[0], rule[1])
}

/** Refuses a file with parameters that the model does not have. */
export const checkUsed = ({ name, tensors }: Golden, used: readonly (string | null)[]): void => {
  const unused = Object.keys(tensors).find(
    (tensor) => tensor.startsWith('param/') && !used.includes(tensor.slice('param/'.length)),
  )
  if (unused === undefined) return
  fail(
    dataError({
      where: `${name}: ${unused}`,
      expected: 'parameters of the network that the metadata states',
      found: unused,
      hint: 'the configuration in the metadata does not fit the tensors',
    }),
  )
}

/** The program of a network: `y`, and its running statistics after the call. */
export const networkProgram = <P, St, O extends Tensor>(
  golden: Golden,
  model: Model<P, St, Tokens, O>,
  rules: readonly WeightRule[],
): GoldenProgram => {
  checkUsed(
    golden,
    flatten(isParameter, model.parameters).map(({ path }) => fileNameOf(rules, path)),
  )
  const train = flagOf(golden, 'train')
  const compute = ({ x, params, buffers }: Given): NamedTensors => {
    const state = mapLeaves(isState, model.states, ({ shape }, path): Tensor =>
      build.reshape(tensorOf(buffers, fileNameOf(rules, path) ?? path), shape),
    ) as St
    const applied = model.apply(
      { params: parametersFrom(model, byRules(rules, params)), state },
      lastChannels(x),
      train ? { mode: 'train', key: keyFromSeed(0) } : { mode: 'evaluate' },
    )
    const after = flatten(isTensor, applied.state).flatMap(({ path, leaf }) => {
      const name = fileNameOf(rules, path)
      return name === null ? [] : [[`buffer_after/${name}`, leaf] as const]
    })
    return { y: channelsFirst(applied.y), ...Object.fromEntries(after) }
  }
  return { kind: 'program', compute }
}
