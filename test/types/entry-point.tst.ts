import type { Either } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describe, expect, test } from 'tstyche'
import type {
  Compiled,
  Complex,
  ConvolutionChoice,
  Device,
  Graph,
  GradientCheck,
  Step,
  Stepper,
  Tensor,
  TensorError,
  Traced,
} from '../../src/index.js'
import {
  attempt,
  checkGrad,
  chooseConvolution,
  compile,
  compileGraph,
  evaluate,
  filled,
  fromArray,
  openDevice,
  parseGraph,
  phase,
  printGraph,
  printShape,
  printType,
  remat,
  renderError,
  stack,
  stepper,
  stopGradient,
  trace,
  triangleMask,
  valueAndGradWith,
  valuesOf,
} from '../../src/index.js'

type Row = Tensor<readonly [4]>
type Scalar = Tensor<readonly []>

declare const row: Row
declare const labels: Tensor<readonly ['batch'], 'i24'>
declare const device: Device
declare const energy: (x: Row) => Scalar

describe('values', () => {
  test('have the shape and dtype they are given, f32 unless stated', () => {
    expect(filled(0, ['batch', 3])).type.toBe<Tensor<readonly ['batch', 3]>>()
    expect(filled(1, [], 'bool')).type.toBe<Tensor<readonly [], 'bool'>>()
    expect(fromArray([1, 2, 3, 4], [2, 2])).type.toBe<Tensor<readonly [2, 2]>>()
    expect(fromArray(Float64Array.of(1), [1], 'i24')).type.toBe<Tensor<readonly [1], 'i24'>>()
    expect(triangleMask(3, 5)).type.toBe<Tensor<readonly [3, 5], 'bool'>>()
  })

  test('stay f32 where any dtype is asked for', () => {
    expect(stack(0)([filled(0, [4]), fromArray([1, 2, 3, 4], [4]), row])).type.toBe<Tensor<readonly [3, 4]>>()
  })

  test('refuse other dtypes, and data that are not numbers', () => {
    expect(filled).type.not.toBeCallableWith(0, [2], 'f64')
    expect(filled).type.not.toBeCallableWith('0', [2])
    expect(fromArray).type.not.toBeCallableWith(['1'], [1])
    expect(fromArray).type.not.toBeCallableWith([1])
    expect(triangleMask).type.not.toBeCallableWith('batch', 5)
  })

  test('are read back', () => {
    expect(valuesOf(row)).type.toBe<Float32Array | Float64Array | null>()
    expect(valuesOf).type.not.toBeCallableWith([1, 2])
    expect(evaluate([row])[0]?.data).type.toBe<Float64Array | undefined>()
    expect(evaluate).type.not.toBeCallableWith(row)
  })
})

describe('functions of tensors', () => {
  test('stopGradient keeps any type, and takes tensors only', () => {
    expect(stopGradient(row)).type.toBe<Row>()
    expect(stopGradient(labels)).type.toBe<Tensor<readonly ['batch'], 'i24'>>()
    expect(stopGradient).type.not.toBeCallableWith(1)
    expect(stopGradient).type.not.toBeCallableWith([row])
  })

  test('the cheaper convolution is chosen by types', () => {
    const attrs = { axes: [1], mode: 'causal', sumOver: [] } as const
    expect(chooseConvolution(attrs, [row, row])).type.toBe<ConvolutionChoice>()
    expect(chooseConvolution).type.not.toBeCallableWith({ ...attrs, mode: 'valid' }, [row, row])
  })

  test('phase takes both planes of one shape', () => {
    expect(phase({} as Complex<readonly ['batch', 3]>)).type.toBe<Tensor<readonly ['batch', 3]>>()
    expect(phase).type.not.toBeCallableWith(row)
    expect(phase).type.not.toBeCallableWith({ re: row, im: labels })
  })
})

describe('functions of functions', () => {
  test('remat keeps the function', () => {
    expect(remat(energy)(row)).type.toBe<Scalar>()
    expect(remat((x: { readonly a: Row }) => x)({ a: row })).type.toBe<{ readonly a: Row }>()
    expect(remat(energy)).type.not.toBeCallableWith(labels)
  })

  test('valueAndGradWith keeps what comes along', () => {
    const result = valueAndGradWith((x: Row, y: typeof labels) => ({ loss: energy(x), auxiliary: y }))(
      row,
      labels,
    )
    expect(result.loss).type.toBe<Scalar>()
    expect(result.gradient).type.toBe<Row>()
    expect(result.auxiliary).type.toBe<Tensor<readonly ['batch'], 'i24'>>()
    expect(valueAndGradWith).type.not.toBeCallableWith(energy)
  })

  test('checkGrad is of a function at a place', () => {
    expect(checkGrad(energy)(row)).type.toBe<Either<TensorError, GradientCheck>>()
    expect(checkGrad(energy)).type.not.toBeCallableWith(labels)
  })

  test('trace and compile keep arguments and result', () => {
    expect(trace(energy)(row)).type.toBe<Either<TensorError, Traced<Scalar>>>()
    expect(trace(energy)).type.not.toBeCallableWith(labels)
    expect(trace(energy)).type.not.toBeCallableWith(row, row)
    expect(pipe(energy, compile(device))(row)).type.toBe<
      TaskEither<TensorError, Compiled<[x: Row], Scalar>>
    >()
    expect(compile(device)(energy)).type.not.toBeCallableWith(labels)
    expect(compile).type.not.toBeCallableWith('cpu')
    expect(compile).type.not.toBeCallableWith(device, { sizes: { batch: '32' } })
  })

  test('a stepper keeps the type of its state', () => {
    const step = (state: Row, x: typeof labels): Step<Row, typeof labels> => ({ state, output: x })
    expect(stepper(device)(step)(row, labels)).type.toBe<
      TaskEither<TensorError, Stepper<Row, [x: typeof labels], typeof labels>>
    >()
    expect(stepper(device)(step)).type.not.toBeCallableWith(labels, labels)
    expect(stepper(device)).type.not.toBeCallableWith((state: Row) => ({
      state: energy(state),
      output: state,
    }))
  })
})

describe('errors, devices and what the compiler makes', () => {
  test('errors are values', () => {
    expect(attempt(() => row)).type.toBe<Either<TensorError, Row>>()
    expect(attempt).type.not.toBeCallableWith(row)
    expect(renderError).type.not.toBeCallableWith('message')
    expect(openDevice('cpu')).type.toBe<TaskEither<TensorError, Device>>()
    expect(openDevice).type.not.toBeCallableWith(0)
  })

  test('shapes, types and graphs have a text', () => {
    expect(printShape(row.shape)).type.toBe<string>()
    expect(printType(row)).type.toBe<string>()
    expect(printShape).type.not.toBeCallableWith(row)
    expect(printType).type.not.toBeCallableWith(row.shape)
    expect(parseGraph('graph {}')).type.toBe<Either<TensorError, Graph>>()
    expect(printGraph({} as Graph)).type.toBe<string>()
    expect(printGraph).type.not.toBeCallableWith('graph {}')
    expect(compileGraph).type.not.toBeCallableWith('graph {}')
  })
})
