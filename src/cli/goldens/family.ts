/**
 * Golden files: tensors that reference code computed, one file a case. A family is all cases of one layer
 * or network; it reads a file's configuration, and says how this library computes what the file holds.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { NdArray } from '../../op/def.js'

/** A decoded file. */
export interface Golden {
  /** Its name without folder and ending. */
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
  /** By the file's own names: `x`, `g`, `y`, `param/…`, `grad/…`, `buffer/…`, `buffer_after/…`, kernels `k…`. */
  readonly tensors: Readonly<Record<string, NdArray>>
}

export type NamedTensors = Readonly<Record<string, Tensor>>

/** What a case computes from, in the file's own names and layouts (without `param/` and `buffer/`). */
export interface Given {
  readonly x: Tensor
  readonly params: NamedTensors
  readonly buffers: NamedTensors
}

/**
 * A case that is a program of ours. `compute` gives tensors by the file's names (`y`, and whichever of
 * `tokens`, `k`, `buffer_after/…` the file has), in the file's layouts: weights are taken to our layouts
 * inside, so that gradients come out in the file's. The runner adds the gradients of Σ g·y with respect to
 * `x` and every parameter that has a `grad/…`, and compares everything.
 */
export interface GoldenProgram {
  readonly kind: 'program'
  readonly compute: (given: Given) => NamedTensors
  /** Tensors of the file that are not compared, each with the reason, which is printed. */
  readonly unlike?: Readonly<Record<string, string>>
}

/** A case about constants that are computed without a device (HiPPO matrices). */
export interface GoldenConstants {
  readonly kind: 'constants'
  /** What is expected and what is found, by names of the file's, brought to a form in which they must agree. */
  readonly compare: () => Readonly<Record<string, { readonly expected: NdArray; readonly found: NdArray }>>
}

export interface GoldenFamily {
  readonly name: string
  /** Whether a file is of this family, by its name and tensors. */
  readonly recognises: (golden: Golden) => boolean
  /** The case of a file's configuration; an error names the metadata that is missing or unknown. */
  readonly read: (golden: Golden) => Either<TensorError, GoldenProgram | GoldenConstants>
}
