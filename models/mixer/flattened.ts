import type { Layer } from '../../src/nn/model.js'
import { defineModel } from '../../src/nn/model.js'
import { gridOf } from '../../src/nn/axes.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { keeping } from '../../src/nn/compose.js'
import { build } from '../../src/op/index.js'

/** A mixer of a sequence, on the places of a grid in row-major order: [batch, ...grid, C] → the same. */
export const flattened =
  <P, St>(mixer: Layer<P, St, Tokens, Tokens>): Layer<P, St, Tokens, Tokens> =>
  (x) => {
    const tokens = gridOf('flattened', x).reduce((product, size) => product * size, 1)
    const inSequence = (y: Tokens): Tokens => {
      const [batch] = y.shape
      return build.reshape(y, [batch, tokens, y.shape.at(-1) ?? 1]) as Tokens
    }
    const inner = keeping('flattened', mixer(inSequence(x)))
    return defineModel<P, St, Tokens, Tokens>({
      ...inner,
      input: x,
      output: x,
      apply: (variables, given, run) => {
        const { y, state } = inner.apply(variables, inSequence(given), run)
        return { y: build.reshape(y, given.shape) as Tokens, state }
      },
    })
  }
