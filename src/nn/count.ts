/** How many numbers a model holds. */
import { sizeOf } from '../shape/dim.js'
import type { Model } from './model.js'
import { distinctParameters } from './parameter.js'

/** Numbers in the trainable parameters, shared ones once; with `all`, constants such as decay rates too. */
export const countParameters = <P, St, I, O>(
  model: Model<P, St, I, O>,
  which: 'trainable' | 'all' = 'trainable',
): number =>
  distinctParameters(model.parameters)
    .filter(({ leaf }) => which === 'all' || leaf.trainable)
    .reduce((total, { leaf }) => total + sizeOf(leaf.shape), 0)
