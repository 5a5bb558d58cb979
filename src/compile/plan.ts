/**
 * Plan: fused kernels over values, device-free. A kernel is a loop skeleton with a scalar expression in
 * it; a value is what one kernel writes and others read.
 */
import type { Combine, Loop, Scalar } from '../ir/scalar.js'
import type { SkeletonName } from '../op/def.js'
import type { DType } from '../shape/dim.js'

export type ValueOrigin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'kernel' }

export interface PlanValue {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly origin: ValueOrigin
}

export interface PlanKernel {
  /** The ops fused, outermost last: `contract+add+gelu`. */
  readonly name: string
  readonly skeleton: Exclude<SkeletonName, 'view'>
  /** Position in `values`. */
  readonly output: number
  /** Positions in `values`, by the number a `read` uses. */
  readonly inputs: readonly number[]
  readonly shape: readonly number[]
  readonly loops: readonly Loop[]
  readonly combine: Combine | null
  readonly body: Scalar
  readonly epilogue: Scalar | null
  readonly flops: number
}

export interface Plan {
  readonly values: readonly PlanValue[]
  /** In an order in which each kernel's inputs are made before it. */
  readonly kernels: readonly PlanKernel[]
  readonly outputs: readonly { readonly name: string; readonly value: number }[]
}

/** What a target can do, as far as the plan must know. */
export interface Limits {
  /** Buffers one kernel may read. */
  readonly inputs: number
}
