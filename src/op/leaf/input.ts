import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import { definePrimitive } from '../def.js'

export type InputAttributes = {
  readonly name: string
}

/** The type of an input is stated where it is made, so the rule never has to find it. */
export const inputOp = definePrimitive<InputAttributes>({
  name: 'input',
  category: 'leaf',
  doc: 'An argument of the compiled function, bound by name at each call.',
  attrs: t.readonly(t.strict({ name: t.string })),
  type: ({ name }) =>
    E.left(
      shapeError({
        where: `input ${name}`,
        expected: 'a stated type',
        found: 'none',
        hint: 'make inputs with inputTensor',
      }),
    ),
  evaluate: () => [],
  vjp: () => [],
  jvp: () => [null],
  batch: () => [],
  lower: { skeleton: 'leaf' },
  cost: () => ({ flops: 0 }),
  samples: [],
  tolerance: { relative: 0 },
  laws: [],
})
