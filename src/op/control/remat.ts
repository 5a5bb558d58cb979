import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import type { Graph } from '../../ir/graph.js'
import { graphCodec } from '../../ir/graph-codec.js'
import { closureOf, inlineGraph, variableAt } from '../../ir/nested.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { inputTensor } from '../../ir/tensor.js'
import { tensorsOf, withTensors } from '../../ir/tensor-tree.js'
import { printType, sameType } from '../../shape/dim.js'
import type { Composite } from '../def.js'
import { apply, defineComposite } from '../def.js'
import { rematSamples } from './remat-samples.js'
import { outputTypes } from './scan-rules.js'

export type RematAttributes = {
  /** The function: a closed graph whose inputs are named by position. */
  readonly body: Graph
  /** How many of them there are, read or not. */
  readonly operands: number
}

const rematAttributes: t.Type<RematAttributes, Attributes> = t.readonly(
  t.strict({ body: graphCodec, operands: t.number }),
)

/** The function again, of operands behind a barrier, so that nothing of its first run has to be kept for this. */
const pullAgain: Composite<RematAttributes>['vjp'] = (b, { attrs, inputs, cotangents }) => {
  const again = b.barrier(inputs, cotangents).map(b.identity)
  const floats = again.filter(({ dtype }) => dtype === 'f32')
  const pulled = b.pullBack(inlineGraph(attrs.body, again), cotangents, floats).values()
  return again.map(({ dtype }) => (dtype === 'f32' ? (pulled.next().value ?? null) : null))
}

const applied = (body: Graph, operands: readonly Tensor[]): readonly Tensor[] =>
  apply(rematOp, { body, operands: operands.length }, operands)

/** The mapped function, as one op again. */
const mapBody: Composite<RematAttributes>['batch'] = (b, { attrs, inputs, isMapped, size }) => {
  const variables = inputs.map((input, i) => variableAt(i, input))
  const examples = inputs.map((input, i) =>
    isMapped[i] === true ? variableAt(i, { ...input, shape: input.shape.slice(1) }) : variables[i],
  )
  const operands = examples.flatMap((example) => example ?? [])
  const chosen = (tensors: readonly Tensor[]): readonly Tensor[] =>
    tensors.filter((_, i) => isMapped[i] === true)
  const results = b.mapOver(inlineGraph(attrs.body, operands), chosen(operands), chosen(variables), size)
  const { body, captured } = closureOf(variables, results)
  return applied(body, [...inputs, ...captured])
}

export const rematOp: Composite<RematAttributes> = defineComposite<RematAttributes>({
  name: 'remat',
  category: 'control',
  doc:
    'A function whose gradient computes it again from its operands instead of keeping what it made on the way: less memory for ' +
    'about one more forward run. The value is that of the function. As `jax.checkpoint` (Chen et al. 2016).',
  attrs: rematAttributes,
  type: ({ body, operands }, inputs) => {
    const wrong = body.nodes.find(({ op, attrs, outputs: [type] }) => {
      const given = op === 'input' ? inputs[Number(attrs['name'])] : undefined
      return op === 'input' && (given === undefined || type === undefined || !sameType(given, type))
    })
    return wrong === undefined && inputs.length === operands
      ? E.right(outputTypes(body).map(({ shape, dtype }) => ({ shape, dtype })))
      : E.left(
          shapeError({
            where: 'remat',
            expected:
              wrong === undefined
                ? `${operands} operands`
                : `operand ${JSON.stringify(wrong.attrs['name'])} of type ${wrong.outputs.map(printType).join()}`,
            found: inputs.map(printType).join(', ') || 'none',
            hint: 'a remat has an operand for every input of its body',
          }),
        )
  },
  expand: (_, { body }, inputs) => inlineGraph(body, inputs),
  evaluate: 'expand',
  vjp: pullAgain,
  jvp: 'expand',
  batch: mapBody,
  // Only its expansion is ever run, and counted.
  cost: () => ({ flops: 0 }),
  samples: rematSamples,
  tolerance: { relative: 1e-5 },
  laws: [],
})

/**
 * f, a function of trees of tensors, with a gradient that computes f again from its arguments instead of keeping
 * what was made on the way: `pipe(x, remat(block))`. Wrap a block, not a whole model: what is kept is the input
 * of each block, and one block's values at a time while its gradient is computed.
 */
export const remat =
  <X, Y>(f: (x: X) => Y) =>
  (x: X): Y => {
    const operands = tensorsOf(x)
    // Not named as an argument is: one that is let out of f must not be taken for it.
    const variables = operands.map(({ shape, dtype }, i) =>
      inputTensor(`operand ${i} of remat`, shape, dtype),
    )
    const value = f(withTensors(x, variables))
    const { body, captured } = closureOf(variables, tensorsOf(value))
    return withTensors(value, applied(body, [...operands, ...captured]))
  }
