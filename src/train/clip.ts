/** Clipping gradients by their common norm (Pascanu et al., 2013). */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { mapTensors, tensorsOf } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'

const asVector = (x: Tensor): Tensor =>
  build.reshape(x, [x.shape.reduce<number>((product, dim) => product * Number(dim), 1)])

/** The Euclidean norm of all tensors of a tree together. */
export const globalNorm = (tree: unknown): Tensor<readonly [], 'f32'> => {
  const parts = tensorsOf(tree).map(asVector)
  if (parts.length === 0) return build.constant(0) as Tensor<readonly [], 'f32'>
  const all = build.concat(parts, 0)
  return build.sqrt(build.sum(build.mul(all, all), [0])) as Tensor<readonly [], 'f32'>
}

/** The tree scaled down to norm `limit` where its norm is larger, and the norm it had. A limit that is not positive is an OptionError. */
export const clipByGlobalNorm =
  (limit: number) =>
  <P>(gradient: P): { readonly gradient: P; readonly norm: Tensor<readonly [], 'f32'> } => {
    if (!(limit > 0))
      fail(
        optionError({
          where: 'clipByGlobalNorm',
          expected: 'a positive limit',
          found: `${limit}`,
          hint: 'the norm is the root of the sum of all squares; 1 is common',
        }),
      )
    const norm = globalNorm(gradient)
    const factor = build.minimum(
      build.constant(1),
      build.div(build.constant(limit), build.maximum(norm, build.constant(1e-12))),
    )
    return { gradient: mapTensors(gradient, (leaf) => build.mul(leaf, factor)), norm }
  }
