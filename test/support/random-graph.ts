import fc from 'fast-check'
import type { Graph, Ref } from '../../src/ir/graph.js'
import { toGraph } from '../../src/ir/graph.js'
import { printGraph } from '../../src/ir/print.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor, outputsOf } from '../../src/ir/tensor.js'
import type { NdArray } from '../../src/op/def.js'
import type { Bindings } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import type { Made, Pick } from './random-graph-steps.js'
import { anyOp } from './random-graph-any-op.js'
import { EXACT_STEPS, SMOOTH_STEPS } from './random-graph-steps.js'

/**
 * Random well-typed programs. A program is drawn as a list of instructions whose numbers choose steps and
 * operands among what is there, so every list means something, and shrinking a list shrinks the program.
 */

export interface RandomProgram {
  readonly graph: Graph
  readonly bindings: Bindings
}

/**
 * 'exact' programs have integer data and steps that keep every value an integer below 2²⁴, so that any correct
 * evaluation, in float32 or float64, in any order, gives the same bits. 'smooth' ones have real data and
 * only steps that can be differentiated everywhere. 'any' programs apply every op of the table as well.
 */
export type ProgramKind = 'exact' | 'smooth' | 'any'

/** With three inputs and at most four constants this stays below 30 nodes. */
const MOST_INSTRUCTIONS = 22
const INPUT_BOUND = { exact: 4, smooth: 2, any: 2 }
const STEPS = {
  exact: EXACT_STEPS,
  smooth: SMOOTH_STEPS,
  // As many of any op as of all the others.
  any: [...SMOOTH_STEPS, ...SMOOTH_STEPS.map(() => anyOp)],
}
/** Shapes of inputs: few and small, so that operands often fit each other. */
const INPUT_SHAPES: readonly (readonly number[])[] = [
  [],
  [2],
  [3],
  [2, 3],
  [3, 2],
  [1, 3],
  [2, 2],
  [2, 1, 3],
  [3, 3],
  [2, 3, 2],
]

const inputsArbitrary = (kind: ProgramKind): fc.Arbitrary<readonly NdArray[]> => {
  const bound = INPUT_BOUND[kind]
  const value =
    kind === 'exact'
      ? fc.integer({ min: -bound, max: bound })
      : fc.integer({ min: -64 * bound, max: 64 * bound }).map((n) => n / 64)
  const input = fc
    .nat({ max: INPUT_SHAPES.length - 1 })
    .map((i) => INPUT_SHAPES[i] ?? [])
    .chain((shape) =>
      fc
        .array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
        .map((data): NdArray => ({ shape, data: Float64Array.from(data) })),
    )
  return fc.array(input, { minLength: 1, maxLength: 3 })
}

const instruction: fc.Arbitrary<Pick> = fc.record({
  step: fc.nat(999),
  a: fc.nat(99),
  b: fc.nat(99),
  c: fc.nat(99),
})

/** Runs the instructions; one that does not fit what is there does nothing. */
const construct = (
  kind: ProgramKind,
  inputs: readonly Tensor[],
  instructions: readonly Pick[],
): readonly Made[] => {
  const steps = STEPS[kind]
  return instructions.reduce<readonly Made[]>(
    (made, pick) => {
      const result = steps[pick.step % steps.length]?.(made, pick) ?? null
      return result === null ? made : [...made, result]
    },
    inputs.map((tensor) => ({ tensor, bound: INPUT_BOUND[kind] })),
  )
}

/** Programs of at most 30 nodes with one to three results. A failing one is printed as text with its data. */
export const randomPrograms = (kind: ProgramKind): fc.Arbitrary<RandomProgram> =>
  fc
    .tuple(
      inputsArbitrary(kind),
      fc.array(instruction, { maxLength: MOST_INSTRUCTIONS, size: 'max' }),
      fc.array(fc.nat(99), { maxLength: 2 }),
    )
    .map(([arrays, instructions, others]) => {
      const inputs = arrays.map(({ shape }, i) => inputTensor(`x${i}`, shape, 'f32'))
      const made = construct(kind, inputs, instructions)
      const last = made.at(-1)
      const results = [
        ...(last === undefined ? [] : [last]),
        ...others.flatMap((i) => made[i % made.length] ?? []),
      ]
      const graph = toGraph(results.map(({ tensor }, i) => ({ name: `y${i}`, tensor })))
      const bindings = Object.fromEntries(arrays.map((array, i) => [`x${i}`, array]))
      return Object.defineProperty({ graph, bindings }, fc.toStringMethod, {
        value: () =>
          [
            printGraph(graph),
            ...Object.entries(bindings).map(([name, { data }]) => `${name} = ${data.join(', ')}`),
          ].join('\n'),
      })
    })

/** The graph as a function: its results where the inputs named in `args` are the tensors given. */
export const callGraph = (graph: Graph, args: Readonly<Record<string, Tensor>>): readonly Tensor[] => {
  const made: (readonly Tensor[])[] = []
  const at = ({ node, output }: Ref): Tensor => {
    const tensor = made[node]?.[output]
    if (tensor === undefined) throw new RangeError(`%${node}.${output} is read before it is made`)
    return tensor
  }
  for (const node of graph.nodes) {
    const name = node.attrs['name']
    const given = node.op === 'input' && typeof name === 'string' ? args[name] : undefined
    made.push(given === undefined ? outputsOf({ ...node, inputs: node.inputs.map(at) }) : [given])
  }
  return graph.outputs.map(({ ref }) => at(ref))
}
