import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { compileGraph } from '../../src/compile/passes.js'
import { printPlan, printProgram } from '../../src/compile/print.js'
import type { GpujsTarget } from '../../src/compile/program.js'
import type { Traced } from '../../src/compile/trace.js'
import { trace } from '../../src/compile/trace.js'
import { grad, valueAndGrad } from '../../src/grad/vjp.js'
import { parseGraph } from '../../src/ir/parse.js'
import { printGraph } from '../../src/ir/print.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { tensorsOf, withTensors } from '../../src/ir/tensor-tree.js'
import { decayWindow, dimensionalWindow } from '../../src/nn/decay-window.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { scan } from '../../src/op/control/combinator.js'
import { add } from '../../src/op/elementwise/add.js'
import { tanh } from '../../src/op/elementwise/tanh.js'
import { build } from '../../src/op/index.js'
import { filled } from '../../src/op/leaf/constant.js'
import { einsum } from '../../src/op/linear/contract.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { expectRight } from '../support/gpu-environment.js'

/**
 * The three forms of small functions as files, for people: a change of the compiler shows there as a difference
 * that can be read. That the forms mean the same is tested elsewhere. `vitest -u` writes them anew.
 */

type Matrix = Tensor<readonly [number, number], 'f32'>
type Vector = Tensor<readonly [number], 'f32'>
type Row = Tensor<readonly [3], 'f32'>
type Rows = Tensor<readonly [12, 3], 'f32'>
type Square = Tensor<readonly [3, 3], 'f32'>

const f32 = <const S extends readonly number[]>(...shape: S): Tensor<S, 'f32'> =>
  inputTensor('x', shape, 'f32')
const integers = (size: number): Tensor<readonly [number], 'i24'> => inputTensor('x', [size], 'i24')
const mean = (x: Tensor): Tensor<readonly [], 'f32'> =>
  build.mean(
    x,
    x.shape.map((_, axis) => axis),
  ) as Tensor<readonly [], 'f32'>

const hidden = ({
  x,
  weight,
  bias,
}: {
  readonly x: Matrix
  readonly weight: Matrix
  readonly bias: Vector
}) => ({
  loss: mean(build.gelu(build.add(build.matmul(x, weight), bias))),
})

const hiddenWithGradient = ({
  x,
  weight,
  bias,
}: {
  readonly x: Matrix
  readonly weight: Matrix
  readonly bias: Vector
}) =>
  valueAndGrad((params: { readonly weight: Matrix; readonly bias: Vector }) => hidden({ x, ...params }).loss)(
    { weight, bias },
  )

const classification = ({
  logits,
  labels,
}: {
  readonly logits: Matrix
  readonly labels: Tensor<readonly [number], 'i24'>
}) => ({
  gradient: grad((given: Matrix) => mean(build.crossEntropy(given, labels, 0.1)))(logits),
})

const smoothing = ({ x, kernel }: { readonly x: Tensor; readonly kernel: Tensor }) => ({
  y: build.convolution(
    {
      padding: [
        [1, 1],
        [1, 1],
      ],
      groups: 1,
    },
    x,
    kernel,
  ),
})

const mixer = hyena({
  filter: implicitFilter({
    ...paperFilter,
    width: 2,
    depth: 2,
    positions: 'fixed',
    window: decayWindow(dimensionalWindow),
  }),
})
const mixed = mixer(inputTensor('x', ['batch', 2, 2, 2], 'f32'))
const initial = mixed.init(keyFromSeed(0))
type MixerParams = typeof initial.params
type Grid = Tensor<readonly [number, 2, 2, 2], 'f32'>
const mixing = ({ params, x }: { readonly params: MixerParams; readonly x: Grid }) =>
  mixed.apply({ params, state: initial.state }, x as Tensor as typeof mixed.input, { mode: 'evaluate' }).y

/** A step of plain gradient descent towards a result of zero. */
const descent = ({
  params,
  x,
  rate,
}: {
  readonly params: MixerParams
  readonly x: Grid
  readonly rate: Tensor<readonly [], 'f32'>
}) => {
  const energy = (given: MixerParams): Tensor<readonly [], 'f32'> => {
    const y = mixing({ params: given, x })
    return mean(build.mul(y, y))
  }
  const { value, gradient } = valueAndGrad(energy)(params)
  const slopes = tensorsOf(gradient)
  const moved = tensorsOf(params).map((leaf, i) => build.sub(leaf, build.mul(rate, slopes[i] ?? leaf)))
  return { loss: value, params: withTensors(params, moved) }
}

/** h′ = tanh(W h + x) for twelve steps, every h′ put out. */
const recurrence = ({ weight, xs }: { readonly weight: Square; readonly xs: Rows }) =>
  pipe(
    xs,
    scan(
      (h: Row, x: Row) => {
        const next = pipe(weight, einsum('ij,j->i')(h), add(x), tanh)
        return { carry: next, y: next }
      },
      filled(0, [3]),
    ),
  )

const recurrenceGradient = ({ weight, xs }: { readonly weight: Square; readonly xs: Rows }) =>
  grad((given: Square) => mean(recurrence({ weight: given, xs }).ys))(weight)

interface Example {
  readonly graph: Traced<unknown>['graph']
  readonly inputs: readonly string[]
}

const example = <Args extends readonly unknown[], Out>(f: (...args: Args) => Out, ...args: Args): Example => {
  const { graph, inputs } = expectRight(trace(f)(...args))
  return { graph, inputs: inputs.map(({ name }) => name) }
}

const TARGETS: readonly GpujsTarget[] = ['webasm', 'webgpu']

const examples: readonly (readonly [
  name: string,
  make: () => Example,
  forms: readonly ('graph' | 'plan' | GpujsTarget)[],
])[] = [
  [
    'linear-gelu-mean',
    () => example(hidden, { x: f32(4, 3), weight: f32(3, 2), bias: f32(2) }),
    ['graph', 'plan', ...TARGETS],
  ],
  [
    'linear-gelu-mean-gradient',
    () => example(hiddenWithGradient, { x: f32(4, 3), weight: f32(3, 2), bias: f32(2) }),
    ['graph', 'plan'],
  ],
  [
    'cross-entropy-gradient',
    () => example(classification, { logits: f32(4, 3), labels: integers(4) }),
    ['graph', 'plan', ...TARGETS],
  ],
  [
    'convolution',
    () => example(smoothing, { x: f32(1, 5, 4, 2), kernel: f32(3, 3, 2, 3) }),
    ['graph', 'plan', ...TARGETS],
  ],
  [
    'hyena-2d',
    () => example(mixing, { params: initial.params, x: f32(1, 2, 2, 2) }),
    ['graph', 'plan', ...TARGETS],
  ],
  [
    'hyena-2d-descent',
    () => example(descent, { params: initial.params, x: f32(1, 2, 2, 2), rate: f32() }),
    ['plan'],
  ],
  [
    'recurrence',
    () => example(recurrence, { weight: f32(3, 3), xs: f32(12, 3) }),
    ['graph', 'plan', ...TARGETS],
  ],
  [
    'recurrence-gradient',
    () => example(recurrenceGradient, { weight: f32(3, 3), xs: f32(12, 3) }),
    ['graph', 'plan'],
  ],
]

const MOST_LINES = 400

/** Compares with the file, and refuses what nobody would read. */
const expectFile = async (name: string, text: string): Promise<void> => {
  expect(text.split('\n').length, `lines of ${name}`).toBeLessThan(MOST_LINES)
  await expect(text).toMatchFileSnapshot(`../golden/compile/${name}.txt`)
}

describe.each(examples)('%s', (name, make, forms) => {
  const { graph, inputs } = make()

  it('as a graph, which is read back from its text', async () => {
    const text = printGraph(graph)
    expect(parseGraph(text)).toEqual(E.right(graph))
    if (forms.includes('graph')) await expectFile(`${name}.graph`, text)
  })

  it.each(TARGETS)('as a plan and a program for %s', async (target) => {
    const { plan, program } = expectRight(compileGraph(graph, { target, inputs, carries: [] }))
    if (forms.includes('plan') && target === 'webasm') await expectFile(`${name}.plan`, printPlan(plan))
    if (forms.includes(target)) await expectFile(`${name}.${target}`, printProgram(program))
  })

  it('in the same way every time', () => {
    const text = ({ graph: given, inputs: names }: Example): string =>
      printProgram(expectRight(compileGraph(given, { target: 'webgpu', inputs: names, carries: [] })).program)
    expect(text(make())).toBe(text({ graph, inputs }))
  })
})
