import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { optionError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { apply1, definePrimitive } from '../def.js'
import { oneOperand } from '../operands.js'
import { binary, fromIndex, indexConst } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'

export type OneHotAttributes = {
  readonly classes: number
}

export const oneHotOp = definePrimitive<OneHotAttributes>({
  name: 'oneHot',
  category: 'index',
  doc: 'Labels (i24) as rows of `classes` numbers on a new last axis: 1 at the label, 0 elsewhere; a label outside gives a row of zeros.',
  attrs: t.readonly(t.strict({ classes: t.number })),
  type: ({ classes }, inputs) =>
    Number.isInteger(classes) && classes >= 0
      ? E.map((labels: { readonly shape: readonly (number | string)[] }) => [
          { shape: [...labels.shape, classes], dtype: 'f32' as const },
        ])(oneOperand('oneHot', 'i24', inputs))
      : E.left(
          optionError({
            where: 'oneHot',
            expected: 'a whole number of classes',
            found: `${classes}`,
            hint: 'give how many labels there are',
          }),
        ),
  evaluate: ({ classes }, [labels], [output = []]) => {
    const data = new Float64Array(sizeOf(output))
    labels?.data.forEach((label, i) => {
      if (label >= 0 && label < classes) data[i * classes + label] = 1
    })
    return [{ shape: output, data }]
  },
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { classes }, inputs: [labels] }) =>
    labels === undefined ? [] : [b.oneHot(labels, classes)],
  lower: {
    skeleton: 'map',
    nest: () => ({
      loops: () => [],
      combine: null,
      body: ({ at, read }) => binary('eq', read(0, at.slice(0, -1)), fromIndex(at.at(-1) ?? indexConst(0))),
    }),
  },
  cost: (_, __, outputs) => ({ flops: sizeOf(outputs[0]?.shape ?? []) }),
  samples: [
    { attrs: { classes: '$c' }, inputs: [{ shape: ['n'], dtype: 'i24', domain: { below: 'c' } }] },
    { attrs: { classes: 3 }, inputs: [{ shape: ['n', 'm'], dtype: 'i24', domain: { below: 3 } }] },
    { attrs: { classes: 4 }, inputs: [{ shape: [], dtype: 'i24', domain: { below: 4 } }] },
    { attrs: { classes: 2 }, inputs: [{ shape: ['n'], dtype: 'i24', domain: { below: 5 } }] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/**
 * Labels as rows of `classes` numbers on a new last axis: 1 at the label, 0 elsewhere.
 * @throws TraceFailure with an OptionError where `classes` is not a whole number.
 */
export const oneHot =
  <const Classes extends number>(classes: Classes) =>
  <S extends Shape>(labels: Tensor<S, 'i24'>): Tensor<readonly [...S, Classes], 'f32'> =>
    typedResult(apply1(oneHotOp, { classes }, [labels]))
