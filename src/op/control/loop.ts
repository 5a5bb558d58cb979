/** Loops as attributes and operands: how a step that is a function of tensors becomes the body of a `scan`. */
import type { Graph } from '../../ir/graph.js'
import { closureOf } from '../../ir/nested.js'
import type { Node, Tensor } from '../../ir/tensor.js'
import { inputTensor } from '../../ir/tensor.js'
import type { TensorType } from '../../shape/dim.js'
import type { Builder } from '../builder.js'

export type ScanAttributes = {
  /**
   * One step: (carry…, slices…, captured…) → (next carry…, pieces…), a closed graph whose inputs are named by
   * position.
   */
  readonly body: Graph
  /** How many steps. */
  readonly length: number
  /** How many of the operands are the first carry, … */
  readonly carries: number
  /** … and how many after them are sequences, of which step t sees the slice at t; the others are captured. */
  readonly sequences: number
  /** Steps go from the last slice to the first; pieces stand where their slices stood. */
  readonly reverse: boolean
  /** Compiled as `length` copies of the body instead of a loop. */
  readonly unroll: boolean
}

/** What a loop is made with. */
export type Loop = Pick<Builder, 'scan' | 'constant'>

export type LoopOptions = Pick<ScanAttributes, 'length' | 'reverse' | 'unroll'>

/** What a step gives: as many carries as it was given, and pieces of which those of all steps are stacked. */
export interface Stepped {
  readonly carry: readonly Tensor[]
  readonly pieces: readonly Tensor[]
}

export type Step = (carry: readonly Tensor[], slices: readonly Tensor[]) => Stepped

export interface Looped {
  readonly carry: readonly Tensor[]
  readonly stacked: readonly Tensor[]
}

/** What one step sees of a sequence. */
export const sliceType = ({ shape, dtype }: TensorType): TensorType => ({ shape: shape.slice(1), dtype })

/** Operands and results of a scan by what they are. */
export const partsOf = <T>(
  { carries, sequences }: Pick<ScanAttributes, 'carries' | 'sequences'>,
  operands: readonly T[],
): { readonly init: readonly T[]; readonly sequences: readonly T[]; readonly captured: readonly T[] } => ({
  init: operands.slice(0, carries),
  sequences: operands.slice(carries, carries + sequences),
  captured: operands.slice(carries + sequences),
})

/** Whether x is a constant whose elements all are this number. */
export const isSplat = ({ node }: Tensor, value: number): boolean =>
  node.op === 'constant' && Object.is(node.attrs['values'], value)

/** The number all elements of a constant have, or null. */
export const splatOf = ({ node }: Tensor): number | null => {
  const values = node.op === 'constant' ? node.attrs['values'] : undefined
  return typeof values === 'number' ? values : null
}

/** A broadcast is made where it is read: made outside it would be stored, and read at every step. */
export const isMadeInside = ({ op }: Node): boolean => op === 'broadcast'

/** The tensors of `all` and, after them, those of `more` that are not among them. */
const united = (all: readonly Tensor[], more: readonly Tensor[]): readonly Tensor[] => [
  ...all,
  ...more.filter((x) => !all.some(({ node, output }) => node === x.node && output === x.output)),
]

/**
 * A loop over slices of `sequences`. What `step` takes from outside and does not depend on the loop becomes an
 * operand. With `saveStates` what comes in at each step is stacked too, after the pieces: what a gradient reads.
 */
export const loop = (
  b: Loop,
  options: LoopOptions & { readonly saveStates: boolean },
  init: readonly Tensor[],
  sequences: readonly Tensor[],
  step: Step,
): Looped => {
  const { saveStates, length, reverse, unroll } = options
  const read = sequences.filter((x) => splatOf(x) === null)
  const variables = [...init, ...read.map(sliceType)].map(({ shape, dtype }, i) =>
    // Not named as an argument is: one that is let out of the step must not be taken for it.
    inputTensor(
      i < init.length ? `carry ${i} of a step` : `slice ${i - init.length} of a step`,
      shape,
      dtype,
    ),
  )
  const carry = variables.slice(0, init.length)
  const slices = variables.slice(init.length)[Symbol.iterator]()
  const next = step(
    carry,
    sequences.map((x) => {
      const value = splatOf(x)
      // The slices of one repeated number need not be read.
      const slice = value === null ? slices.next().value : b.constant(value, x.shape.slice(1), x.dtype)
      if (slice === undefined) throw new RangeError('a sequence without a variable')
      return slice
    }),
  )
  const pieces = saveStates ? united(next.pieces, carry) : next.pieces
  const { body, captured } = closureOf(variables, [...next.carry, ...pieces], isMadeInside)
  const attrs = { body, length, carries: init.length, sequences: read.length, reverse, unroll }
  const results = b.scan(attrs, [...init, ...read, ...captured])
  return {
    carry: results.slice(0, init.length),
    stacked: results.slice(init.length, init.length + next.pieces.length),
  }
}
