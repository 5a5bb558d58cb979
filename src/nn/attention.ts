import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { GroupsCheck } from '../shape/groups.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { assemble } from './compose.js'
import type { Initialisation } from './initialiser.js'
import { truncatedNormalInit } from './initialiser.js'
import { linear } from './linear.js'

export interface AttentionOptions<Bias extends boolean> {
  /** Whether queries, keys and values have a bias; the output always has. */
  readonly bias?: Bias
  readonly init?: Initialisation
}

/** Multi-head self-attention over all places of the grid (Vaswani et al. 2017): [batch, ...grid, C] → the same. */
export const attention =
  <const Heads extends number, const Bias extends boolean = true>(
    heads: Heads,
    options: AttentionOptions<Bias> = {},
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    received: OnGrid<B, G, C> & GroupsCheck<'attention', C, Heads, 'heads'>,
  ) => {
    const x: OnGrid<B, G, C> = received
    const grid = gridOf('attention', x)
    const channels = channelsOf('attention', x)
    const width = channels / heads
    if (!Number.isInteger(width))
      fail(
        optionError({
          where: 'attention',
          expected: `a number of heads that divides the ${channels} channels`,
          found: `${heads}`,
          hint: 'each head takes an equal share of the channels',
        }),
      )
    const { bias } = options
    const init = options.init ?? truncatedNormalInit
    const project = linear(3 * channels, { init, ...(bias === undefined ? {} : { bias }) })(x)
    const output = linear(channels, { init })(x)
    return assemble({ project, output }, x, (call, given) => {
      const [batch] = given.shape
      const tokens = grid.reduce((product, size) => product * size, 1)
      // [batch, tokens, 3·C] → [3, batch, heads, tokens, width]
      const streams = build.permute(
        build.reshape(call.project(given), [batch, tokens, 3, heads, width]),
        [2, 0, 3, 1, 4],
      )
      const stream = (index: number): Tensor =>
        build.reshape(build.slice(streams, [index, 0, 0, 0, 0], [index + 1, batch, heads, tokens, width]), [
          batch,
          heads,
          tokens,
          width,
        ])
      const mixed = build.attention(stream(0), stream(1), stream(2), 1 / Math.sqrt(width))
      return call.output(
        build.reshape(build.permute(mixed, [0, 2, 1, 3]), [batch, ...grid, channels]) as typeof x,
      ) as typeof x
    })
  }
