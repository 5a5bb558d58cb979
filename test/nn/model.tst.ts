import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/ir/tensor.js'
import { attention } from '../../src/nn/attention.js'
import { assemble, layer, parallel, repeat, residual } from '../../src/nn/compose.js'
import type { Keeps } from '../../src/nn/compose.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { zeros } from '../../src/nn/initialiser.js'
import type { Key } from '../../src/nn/key.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import { mlp } from '../../src/nn/mlp.js'
import { model, pure } from '../../src/nn/model.js'
import type { Model, ParamsOf } from '../../src/nn/model.js'
import { parameter } from '../../src/nn/parameter.js'
import type { Empty } from '../../src/nn/parameter.js'
import { patchify } from '../../src/nn/patchify.js'
import type { PatchCheck } from '../../src/nn/patchify.js'
import { meanPool } from '../../src/nn/readout.js'
import { shortConvolution } from '../../src/nn/short-convolution.js'
import type { Dim, Shape } from '../../src/shape/dim.js'
import type { ShapeError } from '../../src/shape/shape-error.js'

type F<S extends Shape> = Tensor<S, 'f32'>

/** A block as users write them: generic in what it receives. */
const block =
  <const H extends number>(hidden: H) =>
  <B extends Dim, G extends Shape, C extends Dim>(x: F<readonly [B, ...G, C]>, index: number) =>
    pipe(
      model(x.shape),
      layer('norm', layerNorm()),
      layer('mix', hyena({ filter: implicitFilter(paperFilter) })),
      layer('drop', dropPath(index / 10)),
      layer('feed', residual(mlp(hidden))),
    )

const vit = pipe(
  model(['batch', 32, 32, 3]),
  layer('patch', patchify(4)),
  layer('embed', linear(192)),
  layer('positions', learnedPositions()),
  layer('blocks', repeat(9, block(384))),
  layer('attend', attention(4)),
  layer('pool', meanPool),
  layer('head', linear(100)),
)
type Params = ParamsOf<typeof vit>

test('a model knows its input, its output and its parameters', () => {
  expect(vit.input).type.toBe<F<readonly ['batch', 32, 32, 3]>>()
  expect(vit.output).type.toBe<F<readonly ['batch', 100]>>()
  expect<Params['embed']['weight']>().type.toBe<F<readonly [48, 192]>>()
  expect<Params['positions']['positions']>().type.toBe<F<readonly [8, 8, 192]>>()
  expect<Params['head']['weight']>().type.toBe<F<readonly [192, 100]>>()
  expect<Params['head']['bias']>().type.toBe<F<readonly [100]>>()
  expect<Params['blocks'][number]['norm']['scale']>().type.toBe<F<readonly [192]>>()
  expect<Params['blocks'][number]['feed']['up']['weight']>().type.toBe<F<readonly [192, 384]>>()
  expect<keyof Params['blocks'][number]['mix']>().type.toBe<
    'project' | 'short' | 'filter' | 'skip' | 'mix' | 'output'
  >()
  expect<Params>().type.not.toHaveProperty('tail')
})

test('a name is taken once', () => {
  const one = pipe(model(['batch', 4]), layer('a', linear(3)))
  expect(pipe(one, layer('b', linear(2))).output).type.toBe<F<readonly ['batch', 2]>>()
  // @ts-expect-error NameTaken<"the model already has a layer named a">
  pipe(one, layer('a', linear(2)))
})

test('a layer fits what it receives', () => {
  const images = model(['batch', 8, 8, 3])
  const narrow = (x: F<readonly ['batch', 5]>) => pure({}, x, (_, given) => given)
  expect(layer('narrow', narrow)).type.not.toBeCallableWith(images)
  expect(layer('narrow', narrow)).type.toBeCallableWith(model(['batch', 5]))
  expect(meanPool).type.not.toBeCallableWith({} as F<readonly ['batch']>)
  expect(meanPool).type.not.toBeCallableWith({} as Tensor<readonly ['batch', 3, 5], 'i24'>)
})

test('a layer that is repeated or added gives what it receives', () => {
  const start = model(['batch', 4])
  const open = {} as Model<Empty, Empty, F<readonly ['batch', number]>, F<readonly ['batch', number]>>
  const same = pipe(
    start,
    layer('twice', repeat(2, linear(4))),
    layer('around', residual(linear(4))),
    layer('feed', residual(mlp(9))),
  )
  expect(same.output).type.toBe<F<readonly ['batch', 4]>>()
  expect<ParamsOf<typeof same>['twice'][number]['weight']>().type.toBe<F<readonly [4, 4]>>()
  expect<ParamsOf<typeof same>['feed']['up']['weight']>().type.toBe<F<readonly [4, 9]>>()
  expect(residual(linear(5))).type.not.toBeCallableWith({} as F<readonly ['batch', 4]>)
  expect(repeat(2, linear(5))).type.not.toBeCallableWith({} as F<readonly ['batch', 4]>)
  expect<Keeps<'repeat', F<readonly [4]>, F<readonly [5]>>>().type.toBe<
    ShapeError<'repeat: the layer receives [4] and gives [5]'>
  >()
  expect<Keeps<'gate', { readonly x: F<readonly [4]> }, F<readonly [4]>>>().type.toBe<
    ShapeError<'gate: the layer must give what it receives'>
  >()
  expect(pipe(open, layer('a', residual(linear(4)))).output).type.toBe<F<readonly ['batch', number]>>()
})

test('linear has a bias unless told otherwise', () => {
  const x = {} as F<readonly ['batch', 7, 4]>
  expect(linear(3)(x).output).type.toBe<F<readonly ['batch', 7, 3]>>()
  const key = {} as Key
  expect(linear(3, { bias: false })(x).init(key).params).type.not.toHaveProperty('bias')
  expect(linear(3)(x).init(key).params.bias).type.toBe<F<readonly [3]>>()
})

test('parameters and output of a layer of one’s own follow from its function', () => {
  const scaled = pure(
    { factor: parameter({ shape: [4], init: zeros }) },
    {} as F<readonly ['batch', 4]>,
    ({ factor }, x) => {
      expect(factor).type.toBe<F<readonly [4]>>()
      return x
    },
  )
  expect(scaled).type.toBe<
    Model<{ readonly factor: F<readonly [4]> }, Empty, F<readonly ['batch', 4]>, F<readonly ['batch', 4]>>
  >()
})

test('branches and children keep their names', () => {
  const x = {} as F<readonly ['batch', 4]>
  const both = parallel(x, { left: linear(2)(x), right: linear(5)(x) }, ({ left, right }) => {
    expect(left).type.toBe<F<readonly ['batch', 2]>>()
    return right
  })
  expect(both.output).type.toBe<F<readonly ['batch', 5]>>()
  expect(both.init({} as Key).params.left.weight).type.toBe<F<readonly [4, 2]>>()
  const chain = assemble({ up: linear(6)(x) }, x, (call, given) => {
    expect(call.up).type.not.toBeCallableWith({} as F<readonly ['batch', 6]>)
    return call.up(given)
  })
  expect(chain.output).type.toBe<F<readonly ['batch', 6]>>()
})

test('patches divide the grid', () => {
  expect(patchify(4)({} as F<readonly ['batch', 28, 28, 1]>).output).type.toBe<
    F<readonly ['batch', 7, 7, 16]>
  >()
  expect(patchify(5)).type.not.toBeCallableWith({} as F<readonly ['batch', 28, 28, 1]>)
  expect(patchify(4)).type.not.toBeCallableWith({} as F<readonly ['batch', 28, 30, 1]>)
  expect<PatchCheck<readonly [28, 30], 4>>().type.toBe<
    ShapeError<'patchify: patches of side 4 do not fill an axis of 30'>
  >()
  expect(patchify({} as number)({} as F<readonly ['batch', number, 30, 1]>).output).type.toBeAssignableTo<
    F<readonly ['batch', number, number, number]>
  >()
  expect(patchify(2)({} as F<readonly ['batch', 6, 3]>).output).type.toBe<F<readonly ['batch', 3, 6]>>()
})

test('grid layers keep the shape, hyena on any number of axes', () => {
  const x = {} as F<readonly ['batch', 4, 5, 6, 2]>
  expect(hyena({ filter: implicitFilter(paperFilter) })(x).output).type.toBe<
    F<readonly ['batch', 4, 5, 6, 2]>
  >()
  expect(shortConvolution(3, 'same')(x).output).type.toBe<F<readonly ['batch', 4, 5, 6, 2]>>()
  expect(attention(2)(x).output).type.toBe<F<readonly ['batch', 4, 5, 6, 2]>>()
  expect(hyena).type.not.toBeCallableWith({ filter: implicitFilter(paperFilter), direction: 'sideways' })
})
