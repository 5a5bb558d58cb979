import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import type { Attributes } from '../../ir/tensor.js'
import { printType } from '../../shape/dim.js'
import { definePrimitive } from '../def.js'

export type BarrierAttributes = {
  /** How many of the operands pass, … */
  readonly passing: number
  /** … and how many after them are what these wait for. */
  readonly waitedFor: number
}

const barrierAttributes: t.Type<BarrierAttributes, Attributes> = t.readonly(
  t.strict({ passing: t.number, waitedFor: t.number }),
)

export const barrierOp = definePrimitive<BarrierAttributes>({
  name: 'barrier',
  category: 'control',
  doc:
    'The first operands, unchanged, but not the same to the compiler: what is computed of them is not merged with equal ' +
    'expressions of the operands themselves, and is scheduled only once the further operands are there. Makes remat compute again. ' +
    'As `lax.optimization_barrier` in JAX.',
  attrs: barrierAttributes,
  type: ({ passing, waitedFor }, inputs) =>
    passing >= 1 && waitedFor >= 0 && passing + waitedFor === inputs.length
      ? E.right(inputs.slice(0, passing).map(({ shape, dtype }) => ({ shape, dtype })))
      : E.left(
          shapeError({
            where: 'barrier',
            expected: `${passing} operands to pass and ${waitedFor} to wait for`,
            found: inputs.map(printType).join(', ') || 'none',
            hint: 'give what passes first, then what it waits for',
          }),
        ),
  evaluate: ({ passing }, inputs) => inputs.slice(0, passing),
  vjp: (_, { attrs, inputs, cotangents }) => [
    ...cotangents.map((cotangent, i) => (inputs[i]?.dtype === 'f32' ? cotangent : null)),
    ...inputs.slice(attrs.passing).map(() => null),
  ],
  jvp: (_, { attrs, tangents }) => tangents.slice(0, attrs.passing),
  batch: (b, { attrs, inputs, isMapped, size }) => {
    const held = b.barrier(inputs.slice(0, attrs.passing), inputs.slice(attrs.passing))
    return held.map((x, i) => (isMapped[i] === true ? x : b.broadcast(x, [size, ...x.shape])))
  },
  lower: {
    skeleton: 'view',
    reads: (output) => [output],
    nest: (_, __, ___, output) => ({
      loops: () => [],
      combine: null,
      body: ({ at, read }) => read(output, at),
    }),
  },
  cost: () => ({ flops: 0 }),
  samples: [
    {
      attrs: { passing: 1, waitedFor: 1 },
      inputs: [
        { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
        { shape: ['k'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { passing: 2, waitedFor: 0 },
      inputs: [
        { shape: ['n'], dtype: 'f32', domain: 'any' },
        { shape: [2], dtype: 'bool', domain: 'bool' },
      ],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})
