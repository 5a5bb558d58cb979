import { describe, expect, test } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import type { Device, Step, Tensor } from '../../src/index.js'
import {
  add,
  compile,
  concat,
  exp,
  fromArray,
  inputTensor,
  matmul,
  mul,
  openDevice,
  permute,
  renderError,
  stepper,
  sum,
  valuesOf,
} from '../../src/index.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

type Vector = Tensor<readonly [3]>

const vector = (...values: readonly number[]): Vector => fromArray(Float32Array.from(values), [3])

const withCpu = async (work: (device: Device) => Promise<void>): Promise<void> => {
  const device = expectRight(await openDevice('cpu')())
  try {
    await work(device)
  } finally {
    await device.destroy()
  }
}

describe('compile', () => {
  test('values in, values out, and the trees around them', async () => {
    await withCpu(async (device) => {
      const f = ({ x, ys }: { readonly x: Vector; readonly ys: readonly [Vector] }) => ({
        total: sum()(x),
        sums: [pipe(x, add(ys[0]))] as const,
      })
      const example = { x: vector(1, 2, 3), ys: [vector(10, 20, 30)] as const }
      const compiled = expectRight(await compile(device)(f)(example)())
      const result = expectRight(await compiled.run(example)())
      expect(valuesOf(result.total)).toEqual(Float32Array.of(6))
      expect(valuesOf(result.sums[0])).toEqual(Float32Array.of(11, 22, 33))
      compiled.destroy()
    })
  })

  test('results that are inputs, constants or one another', async () => {
    await withCpu(async (device) => {
      const f = (x: Vector) => {
        const y = pipe(x, mul(2))
        return { x, y, again: y, constant: vector(7, 8, 9) }
      }
      const compiled = expectRight(await compile(device)(f)(vector(1, 2, 3))())
      const result = expectRight(await compiled.run(vector(1, 2, 3))())
      expect(valuesOf(result.x)).toEqual(Float32Array.of(1, 2, 3))
      expect(valuesOf(result.y)).toEqual(Float32Array.of(2, 4, 6))
      expect(valuesOf(result.again)).toEqual(Float32Array.of(2, 4, 6))
      expect(valuesOf(result.constant)).toEqual(Float32Array.of(7, 8, 9))
    })
  })

  test('a result at the place of an argument is not that argument', async () => {
    await withCpu(async (device) => {
      const swap = (x: Vector, y: Vector) => [y, pipe(x, mul(2))] as const
      const compiled = expectRight(await compile(device)(swap)(vector(0, 0, 0), vector(0, 0, 0))())
      const [first, second] = expectRight(await compiled.run(vector(1, 2, 3), vector(4, 5, 6))())
      expect(valuesOf(first)).toEqual(Float32Array.of(4, 5, 6))
      expect(valuesOf(second)).toEqual(Float32Array.of(2, 4, 6))
    })
  })

  test('arguments that are not read, and a function of nothing', async () => {
    await withCpu(async (device) => {
      const unread = expectRight(
        await compile(device)((_: Vector, y: Vector) => exp(y))(vector(0, 0, 0), vector(0, 0, 0))(),
      )
      expect(valuesOf(expectRight(await unread.run(vector(5, 5, 5), vector(0, 0, 0))()))).toEqual(
        Float32Array.of(1, 1, 1),
      )
      const nothing = expectRight(await compile(device)(() => [])()())
      expect(expectRight(await nothing.run()())).toEqual([])
    })
  })

  test('named axes are bound by sizes; without one, the error says how', async () => {
    await withCpu(async (device) => {
      const x = inputTensor('x', ['batch', 3], 'f32')
      const compiled = expectRight(
        await compile(device, { sizes: { batch: 2 } })((y: typeof x) => pipe(y, sum([0])))(x)(),
      )
      const rows = fromArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) as Tensor as typeof x
      expect(valuesOf(expectRight(await compiled.run(rows)()))).toEqual(Float32Array.of(5, 7, 9))
      expect(renderError(expectLeft(await compile(device)((y: typeof x) => y)(x)()))).toBe(
        "ShapeError in argument 0: expected a size for the axis 'batch', found none.\n" +
          '  hint: compile with { sizes: { batch: 32 } }, or pass a specification of known shape',
      )
    })
  })

  test('an argument of another shape, and one that has no values yet', async () => {
    await withCpu(async (device) => {
      const compiled = expectRight(await compile(device)((x: Vector) => exp(x))(vector(0, 0, 0))())
      const longer = fromArray(new Float32Array(4), [4]) as Tensor as Vector
      expect(renderError(expectLeft(await compiled.run(longer)()))).toBe(
        'ShapeError in argument 0: expected f32[3], found f32[4].\n' +
          '  hint: a compiled function takes the shapes it was compiled for; compile again for others',
      )
      expect(renderError(expectLeft(await compiled.run(exp(vector(0, 0, 0)))()))).toBe(
        'ValueError in argument 0: expected a tensor with values, found an expression that has not been computed.\n' +
          '  hint: make values with fromArray, or compute the expression first with evaluate or compile',
      )
    })
  })

  test('a wrong shape inside the function, where types cannot see it', async () => {
    await withCpu(async (device) => {
      const x = inputTensor('x', [2, 3] as readonly number[], 'f32')
      const error = expectLeft(await compile(device)((y: typeof x) => pipe(y, matmul(y)))(x)())
      expect(renderError(error)).toMatch(/^ShapeError in matmul: /)
    })
  })

  test('a program too large for the device, before anything is allocated', async () => {
    await withCpu(async (device) => {
      const x = inputTensor('x', [30_000, 1], 'f32')
      const error = expectLeft(
        await compile(device)((y: typeof x) => pipe(y, matmul(pipe(y, permute([1, 0])))))(x)(),
      )
      expect(renderError(error)).toBe(
        'BudgetError in device cpu: expected one tensor within 2048.0 MiB, found 3433.2 MiB.\n' +
          '  hint: use a smaller batch or model, or another device',
      )
    })
  })
})

describe('stepper', () => {
  interface State {
    readonly total: Vector
    readonly unchanged: Vector
    readonly count: Tensor<readonly []>
  }
  const start: State = {
    total: vector(0, 0, 0),
    unchanged: vector(4, 5, 6),
    count: fromArray(Float32Array.of(0), []),
  }
  const advance = (state: State, x: Vector): Step<State, Tensor<readonly []>> => {
    const total = pipe(state.total, add(x))
    return {
      state: { total, unchanged: state.unchanged, count: pipe(state.count, add(1)) },
      output: sum()(total),
    }
  }

  test('the state stays on the device, and can be read and written', async () => {
    await withCpu(async (device) => {
      const steps = expectRight(await stepper(device)(advance)(start, vector(0, 0, 0))())
      expectRight(steps.write(start))
      expect(valuesOf(expectRight(await steps.step(vector(1, 2, 3))()))).toEqual(Float32Array.of(6))
      expect(valuesOf(expectRight(await steps.step(vector(1, 2, 3))()))).toEqual(Float32Array.of(12))
      const state = expectRight(await steps.read())
      expect(valuesOf(state.total)).toEqual(Float32Array.of(2, 4, 6))
      expect(valuesOf(state.unchanged)).toEqual(Float32Array.of(4, 5, 6))
      expect(valuesOf(state.count)).toEqual(Float32Array.of(2))
      expectRight(steps.write({ ...state, total: vector(0, 0, 0) }))
      expect(valuesOf(expectRight(await steps.step(vector(1, 0, 0))()))).toEqual(Float32Array.of(1))
    })
  })

  test('a wrong input changes nothing', async () => {
    await withCpu(async (device) => {
      const steps = expectRight(await stepper(device)(advance)(start, vector(0, 0, 0))())
      expectRight(steps.write(start))
      const wrong = fromArray(new Float32Array(2), [2]) as Tensor as Vector
      expect(renderError(expectLeft(await steps.step(wrong)()))).toMatch(
        /^ShapeError in argument 1: expected f32\[3\], found f32\[2\]/,
      )
      expect(valuesOf(expectRight(await steps.read()).count)).toEqual(Float32Array.of(0))
    })
  })

  test('a state that comes out otherwise than it went in', async () => {
    await withCpu(async (device) => {
      const grow = (state: Vector) => ({
        state: concat(0)([state, state]) as Tensor as Vector,
        output: state,
      })
      expect(renderError(expectLeft(await stepper(device)(grow)(vector(1, 2, 3))()))).toBe(
        'ShapeError in stepper: expected 0: f32[3], found result.0: f32[6].\n' +
          '  hint: a step returns a state of the same structure and shapes as it was given',
      )
    })
  })
})

describe('devices', () => {
  test('an unknown name', async () => {
    expect(renderError(expectLeft(await openDevice('abacus')()))).toBe(
      "OptionError in device: expected one of auto, simd, cpu, webasm, webgpu, webgl2, reference, found 'abacus'.\n" +
        '  hint: auto takes a GPU where there is one, otherwise the processor',
    )
  })

  test('a device that was destroyed says so, twice does no harm, and a new one works', async () => {
    const device = expectRight(await openDevice('cpu')())
    const compiled = expectRight(await compile(device)((x: Vector) => exp(x))(vector(0, 0, 0))())
    await device.destroy()
    await device.destroy()
    expect(expectLeft(await compiled.run(vector(0, 0, 0))())._tag).toBe('DeviceError')
    expect(expectLeft(await compile(device)((x: Vector) => exp(x))(vector(0, 0, 0))())._tag).toBe(
      'DeviceError',
    )
    await withCpu(async (fresh) => {
      const again = expectRight(await compile(fresh)((x: Vector) => exp(x))(vector(0, 0, 0))())
      expect(valuesOf(expectRight(await again.run(vector(0, 0, 0))()))).toEqual(Float32Array.of(1, 1, 1))
    })
  })

  test('auto names what it took, and why', async () => {
    const device = expectRight(await openDevice('auto')())
    expect(device.name).toBe('simd')
    expect(device.description).toContain('the only WebGPU adapter is emulated')
    await device.destroy()
  })
})
