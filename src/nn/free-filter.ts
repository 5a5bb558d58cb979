import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { assemble } from './compose.js'
import type { Window } from './decay-window.js'
import { noWindow } from './decay-window.js'
import type { Initialiser } from './initialiser.js'
import { normal } from './initialiser.js'
import type { Filter } from './filter-options.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

export interface FreeFilterOptions<W> {
  /** N(0, 1) unless stated, as in the released code. */
  readonly init?: Initialiser
  /** None unless stated. */
  readonly window?: Window<W>
}

export interface FreeFilterParams<W> {
  readonly values: { readonly kernel: Tensor<Shape, 'f32'> }
  readonly window: W
}

/**
 * A filter whose every value is a parameter, for comparison with the implicit ones: the released code's
 * `direct_paramtrization`. [...grid, channels], times the window if there is one.
 */
export const freeFilter =
  <W = Empty>(options: FreeFilterOptions<W> = {}): Filter<FreeFilterParams<W>, unknown> =>
  (grid, channels) => {
    const kernel = parameter<Shape>({
      shape: [...grid, channels],
      init: options.init ?? normal(1),
      places: { grid, align: 'ends' },
    })
    const values = pure({ kernel }, {}, (params) => params.kernel)
    const window = (options.window ?? (noWindow as Window<W>))(grid, channels)
    return assemble({ values, window }, {}, (call) =>
      options.window === undefined
        ? call.values({})
        : (build.mul(call.values({}), call.window({})) as Tensor<Shape, 'f32'>),
    )
  }
