/**
 * Plan: fused kernels over values, device-free. A kernel is a loop skeleton with a scalar expression in
 * it; a value is what one kernel writes and others read. A loop runs steps again and again; its values are among
 * those of the plan, so that a step inside reads what was made outside as it reads anything.
 */
import type { Combine, Loop, Scalar } from '../ir/scalar.js'
import type { SkeletonName } from '../op/def.js'
import type { DType } from '../shape/dim.js'

export type ValueOrigin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'kernel' }
  /** A carry, a slice or a stack: what a loop moves rather than computes. */
  | { readonly kind: 'loop' }

export interface PlanValue {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly origin: ValueOrigin
}

/** `length` elements of `value` from `from` on, which become those of the output from `to` on. */
export interface Piece {
  readonly value: number
  readonly from: number
  readonly to: number
  readonly length: number
}

export interface PlanKernel {
  readonly kind: 'kernel'
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
  /** The pieces the output is made of where the body does nothing but move them: a target may copy them instead. */
  readonly copies?: readonly Piece[]
}

/**
 * `length` turns. Before the first, each carry takes its first value. A turn copies the slices of its place t, which
 * counts up, or down in reverse; runs the steps; copies what they made to place t of the stacks; and then gives
 * each carry its next value. All numbers are positions in `values`.
 */
export interface PlanLoop {
  readonly kind: 'loop'
  readonly length: number
  readonly reverse: boolean
  /** After the loop `value` holds the last of the carry. No `next` is the `value` of another carry. */
  readonly carries: readonly { readonly init: number; readonly value: number; readonly next: number }[]
  readonly slices: readonly { readonly whole: number; readonly slice: number }[]
  readonly stacks: readonly { readonly piece: number; readonly whole: number }[]
  readonly steps: readonly PlanStep[]
}

export type PlanStep = PlanKernel | PlanLoop

export interface Plan {
  readonly values: readonly PlanValue[]
  /** In an order in which what a step reads is made before it. */
  readonly steps: readonly PlanStep[]
  readonly outputs: readonly { readonly name: string; readonly value: number }[]
}

/** What a target can do, as far as the plan must know. */
export interface Limits {
  /** Buffers one kernel may read. */
  readonly inputs: number
  /** A concat of more parts than a kernel reads is copied together. */
  readonly copies?: boolean
  /** Reading in another order costs no more than in order, so that what is read often is not brought into order first. */
  readonly readsAnyOrder?: boolean
  /** What a launch costs in flops, as far as recomputing in place could save it; 20,000 if left out. */
  readonly launchFlops?: number
}

/** All kernels, those inside loops once. */
export const kernelsOf = (steps: readonly PlanStep[]): readonly PlanKernel[] =>
  steps.flatMap((step) => (step.kind === 'kernel' ? [step] : kernelsOf(step.steps)))

/** The values a step reads, those that are made inside it included. */
export const readsOf = (step: PlanStep): readonly number[] =>
  step.kind === 'kernel'
    ? step.inputs
    : [
        ...step.carries.flatMap(({ init, value, next }) => [init, value, next]),
        ...step.slices.map(({ whole }) => whole),
        ...step.stacks.map(({ piece }) => piece),
        ...step.steps.flatMap(readsOf),
      ]
