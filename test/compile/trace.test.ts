import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { printLeaf, trace } from '../../src/compile/trace.js'
import { renderError } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { add } from '../../src/op/elementwise/add.js'
import { exp } from '../../src/op/elementwise/exp.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const x = inputTensor('whatever', ['n', 3], 'f32')
const y = inputTensor('else', [3], 'f32')

describe('a traced function', () => {
  it('names its arguments by place and path, and its results by path', () => {
    const traced = expectRight(
      trace(
        (a: typeof x, rest: { readonly b: typeof y }) => ({ sum: pipe(a, add(rest.b)), other: [exp(a)] }),
        {
          n: 2,
        },
      )(x, { b: y }),
    )
    expect(traced.inputs.map(printLeaf)).toEqual(['0: f32[2, 3]', '1.b: f32[3]'])
    expect(traced.outputs.map(printLeaf)).toEqual(['result.sum: f32[2, 3]', 'result.other.0: f32[2, 3]'])
    expect(traced.graph.outputs.map(({ name }) => name)).toEqual(['result.sum', 'result.other.0'])
    const alone = expectRight(trace((a: typeof y) => exp(a))(y))
    expect(alone.outputs.map(printLeaf)).toEqual(['result: f32[3]'])
    expect(printLeaf({ name: '', type: y })).toBe('the argument: f32[3]')
  })

  it('says which argument has an axis without a size, and what sizes there are', () => {
    const f = (a: typeof y, b: typeof x) => pipe(b, add(a))
    const none = renderError(expectLeft(trace(f)(y, x)))
    expect(none).toContain("in argument 1: expected a size for the axis 'n', found none")
    expect(none).toContain('{ sizes: { n: 32 } }')
    expect(renderError(expectLeft(trace(f, { m: 1, k: 2 })(y, x)))).toContain('found sizes of m, k')
  })

  it('refuses what is not an argument, by name and type', () => {
    const refused = trace((a: typeof y) => pipe(a, add(inputTensor('outside', [3], 'f32'))))(y)
    expect(E.isLeft(refused) && renderError(refused.left)).toContain(
      "found an input 'outside' of type f32[3]",
    )
  })
})
