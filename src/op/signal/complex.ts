import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'

/** Complex numbers re + i·im as two real tensors of one shape. */
export interface Complex<S extends Shape = Shape> {
  readonly re: Tensor<S, 'f32'>
  readonly im: Tensor<S, 'f32'>
}

/** The half spectrum of a real tensor: the bins up to length / 2 of the last axis transformed. */
export type Spectrum<S extends Shape = Shape> = Complex<S>
