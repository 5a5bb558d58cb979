import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device, Tensor } from '../../src/index.js'
import {
  add,
  compile,
  einsum,
  filled,
  foldIn,
  fromArray,
  grad,
  keyFromSeed,
  less,
  mul,
  openDevice,
  scan,
  select,
  stepper,
  sub,
  sum,
  tanh,
  uniform,
  valueAndGrad,
  valuesOf,
} from '../../src/index.js'
import { checkGrad } from '../../src/inspect/check-grad.js'
import { compileGraph } from '../../src/compile/passes.js'
import { printProgram } from '../../src/compile/print.js'
import type { Program } from '../../src/compile/program.js'
import { trace } from '../../src/compile/trace.js'
import { noise } from '../support/arbitrary.js'
import { expectRight } from '../support/gpu-environment.js'
import { GPUJS_TARGETS, TARGETS } from '../support/targets.js'

/** Loops of many steps on every device, against closed forms, and what they cost. */

const STATE = 4
const WIDTH = 2
type State = Tensor<readonly [4], 'f32'>
type Scalar = Tensor<readonly [], 'f32'>
type Flag = Tensor<readonly [], 'bool'>
type Key = ReturnType<typeof keyFromSeed>
type Scores = Tensor<readonly [11, 9], 'f32'>
type Signal<T extends number = number> = Tensor<readonly [T, 2], 'f32'>
interface Params {
  readonly a: State
  readonly b: Tensor<readonly [4, 2], 'f32'>
  readonly c: State
}

/** A diagonal state space: x′ = a·x + B u, y = c·x′. */
const recurrence =
  (unroll: number) =>
  ({ a, b, c }: Params, u: Signal) =>
    pipe(
      u,
      scan(
        (x, now: Tensor<readonly [2], 'f32'>) => {
          const next = pipe(x, mul(a), add(pipe(b, einsum('ij,j->i')(now))))
          return { carry: next, y: pipe(next, mul(c), sum([0])) }
        },
        filled(0, [STATE]),
        { unroll },
      ),
    )

const floats = (seed: number, size: number, scale = 1): Float32Array =>
  Float32Array.from(noise(seed, 0, size), (x) => Math.fround(scale * x))

const STEPS = 1000
const decay = Float32Array.of(0.3, 0.9, -0.5, 0.98)
const params: Params = {
  a: fromArray(decay, [STATE]),
  b: fromArray(floats(1, STATE * WIDTH), [STATE, WIDTH]),
  c: fromArray(floats(2, STATE), [STATE]),
}
const signal: Signal = fromArray(floats(3, STEPS * WIDTH), [STEPS, WIDTH])
const weights = fromArray(floats(4, STEPS), [STEPS])

const list = (x: Tensor): Float64Array => Float64Array.from(valuesOf(x) ?? [])

/** The same by powers of a: yₜ = Σₛ Σᵢ cᵢ aᵢᵗ⁻ˢ (B uₛ)ᵢ, and the slopes of Σₜ wₜ yₜ. */
const closedForm = () => {
  const [b, c, u, w] = [params.b, params.c, signal, weights].map(list)
  const at = (x: Float64Array | undefined, i: number): number => x?.[i] ?? Number.NaN
  const driven = (s: number, i: number): number =>
    at(b, i * WIDTH) * at(u, s * WIDTH) + at(b, i * WIDTH + 1) * at(u, s * WIDTH + 1)
  const y = new Float64Array(STEPS)
  const slopes = {
    a: new Float64Array(STATE),
    b: new Float64Array(STATE * WIDTH),
    c: new Float64Array(STATE),
    u: new Float64Array(STEPS * WIDTH),
  }
  for (let i = 0; i < STATE; i++) {
    const a = decay[i] ?? 0
    const powers = Array.from({ length: STEPS }, (_, k) => a ** k)
    for (let t = 0; t < STEPS; t++)
      for (let s = 0; s <= t; s++) {
        const power = powers[t - s] ?? 0
        const moved = at(c, i) * at(w, t)
        const lower = t === s ? 0 : (t - s) * (powers[t - s - 1] ?? 0)
        const whole = driven(s, i)
        y[t] = at(y, t) + at(c, i) * power * whole
        slopes.a[i] = at(slopes.a, i) + moved * lower * whole
        slopes.c[i] = at(slopes.c, i) + at(w, t) * power * whole
        for (let j = 0; j < WIDTH; j++) {
          const [row, column] = [s * WIDTH + j, i * WIDTH + j]
          slopes.u[row] = at(slopes.u, row) + moved * power * at(b, column)
          slopes.b[column] = at(slopes.b, column) + moved * power * at(u, row)
        }
      }
  }
  return { y, slopes }
}

const expectNumbers = (found: Tensor, expected: Float64Array, relative: number): void => {
  const most = expected.reduce((norm, x) => Math.max(norm, Math.abs(x)), 0)
  const error = list(found).reduce((worst, x, i) => Math.max(worst, Math.abs(x - (expected[i] ?? 0))), 0)
  expect(list(found).length).toBe(expected.length)
  expect(error / most).toBeLessThan(relative)
}

const loss = ({ params: given, u }: { readonly params: Params; readonly u: Signal }) =>
  pipe(recurrence(0)(given, u).ys, mul(weights), sum()) as Tensor<readonly [], 'f32'>

/** A recurrent cell that learns to keep still: a step of descent on it is a loop, its gradient a loop back. */
const descent = (weight: Tensor<readonly [3, 3], 'f32'>, xs: Tensor<readonly [12, 3], 'f32'>) => {
  const energy = (given: typeof weight): Tensor<readonly [], 'f32'> => {
    const { ys } = pipe(
      xs,
      scan(
        (h, x: Tensor<readonly [3], 'f32'>) => {
          const next = pipe(given, einsum('ij,j->i')(h), add(x), tanh)
          return { carry: next, y: pipe(next, mul(next), sum([0])) }
        },
        filled(0.5, [3]),
      ),
    )
    return pipe(ys, sum([0]))
  }
  const { value, gradient } = valueAndGrad(energy)(weight)
  return { state: pipe(weight, sub(pipe(gradient, mul(filled(0.05, []))))), output: value }
}

describe.each(['reference', ...TARGETS])('a loop on %s', (name) => {
  const opened: { device?: Device } = {}
  beforeAll(async () => {
    opened.device = expectRight(await openDevice(name)())
  })
  afterAll(async () => {
    await opened.device?.destroy()
  })
  const device = (): Device => {
    if (opened.device === undefined) throw new Error(`${name} is not open`)
    return opened.device
  }
  const precision = name === 'reference' ? 1e-6 : 1e-5

  test('of a thousand steps is its closed form, and so is its gradient', async () => {
    const forward = expectRight(await compile(device())(recurrence(0))(params, signal)())
    const { ys } = expectRight(await forward.run(params, signal)())
    const backward = expectRight(await compile(device())(grad(loss))({ params, u: signal })())
    const found = expectRight(await backward.run({ params, u: signal })())
    const { y, slopes } = closedForm()
    expectNumbers(ys, y, precision)
    expectNumbers(found.params.a, slopes.a, precision)
    expectNumbers(found.params.b, slopes.b, precision)
    expectNumbers(found.params.c, slopes.c, precision)
    expectNumbers(found.u, slopes.u, precision)
    forward.destroy()
    backward.destroy()
  })

  test('counts to six thousand', async () => {
    const ones = filled(1, [6000])
    const count = (xs: typeof ones) =>
      pipe(
        xs,
        scan(
          (n: Tensor<readonly [], 'f32'>, x: typeof n) => ({ carry: pipe(n, add(x)), y: n }),
          filled(0, []),
        ),
      )
    const program = expectRight(await compile(device())(count)(ones)())
    const { carry, ys } = expectRight(await program.run(fromArray(new Float32Array(6000).fill(1), [6000]))())
    expect(list(carry)).toEqual(Float64Array.of(6000))
    expect(list(ys)).toEqual(Float64Array.from({ length: 6000 }, (_, i) => i))
    program.destroy()
  })

  test('carries a key of random numbers and a choice', async () => {
    const walk = (key: Key) =>
      pipe(
        [],
        scan(
          ({ at, key: now, isUp }: { readonly at: Scalar; readonly key: Key; readonly isUp: Flag }) => {
            const [next, own] = [foldIn(1)(now), foldIn(2)(now)]
            const moved = pipe(at, add(uniform([])(own)))
            return {
              carry: {
                at: pipe(isUp, select(moved, at)),
                key: next,
                isUp: pipe(uniform([])(own), less(filled(0.5, []))),
              },
              y: { at, isUp },
            }
          },
          { at: filled(0, []), key, isUp: filled(1, [], 'bool') },
          { length: 50 },
        ),
      )
    const run = async (on: Device) => {
      const program = expectRight(await compile(on)(walk)(keyFromSeed(3))())
      const { ys, carry } = expectRight(await program.run(keyFromSeed(3))())
      program.destroy()
      return { at: list(ys.at), isUp: list(ys.isUp), key: list(carry.key) }
    }
    const [found, expected] = [await run(device()), await run(expectRight(await openDevice('reference')()))]
    expect(found.key).toEqual(expected.key)
    expect(found.isUp).toEqual(expected.isUp)
    expect(new Set(expected.isUp).size).toBe(2)
    found.at.forEach((x, i) => expect(Math.abs(x - (expected.at[i] ?? 0))).toBeLessThan(1e-5))
  })

  test('stands in a loop, and so does its gradient', async () => {
    // Every cell is made of the one before it in its row and the one above it, as an alignment is.
    const table = (scores: Scores) =>
      pipe(
        scores,
        scan(
          (above, row: Tensor<readonly [9], 'f32'>) => {
            const cells = pipe(
              { above, row },
              scan(
                (left: Scalar, cell: { readonly above: Scalar; readonly row: Scalar }) => {
                  const next = pipe(left, add(cell.above), tanh, add(cell.row))
                  return { carry: next, y: next }
                },
                filled(0, []),
                { unroll: 0, reverse: true },
              ),
            )
            return { carry: cells.ys, y: cells.carry }
          },
          filled(0, [9]),
          { unroll: 0 },
        ),
      )
    const energy = (scores: Scores): Scalar => {
      const { carry, ys } = table(scores)
      return pipe(carry, sum([0]), add(pipe(ys, mul(ys), sum([0]))))
    }
    const scores: Scores = fromArray(floats(7, 99), [11, 9])
    const run = async (on: Device): Promise<Float64Array> => {
      const program = expectRight(await compile(on)(grad(energy))(scores)())
      const found = expectRight(await program.run(scores)())
      program.destroy()
      return list(found)
    }
    const reference = await run(expectRight(await openDevice('reference')()))
    expectNumbers(fromArray(await run(device()), [11, 9]), reference, 1e-5)
    if (name === 'reference') expect(checkGrad(energy)(scores)).toMatchObject({ _tag: 'Right' })
  })

  test('runs again and again on a state that stays on the device', async () => {
    const run = async (on: Device): Promise<readonly number[]> => {
      const weight = fromArray(floats(5, 9), [3, 3])
      const xs = fromArray(floats(6, 36), [12, 3])
      const steps = expectRight(
        await stepper(on)((state: typeof weight, given: typeof xs) => descent(state, given))(weight, xs)(),
      )
      expectRight(steps.write(weight))
      const values: number[] = []
      for (let i = 0; i < 5; i++) values.push(...list(expectRight(await steps.step(xs)())))
      const end = expectRight(await steps.read())
      steps.destroy()
      return [...values, ...list(end)]
    }
    const found = await run(device())
    const reference = expectRight(await openDevice('reference')())
    const expected = await run(reference)
    expect(expected[4]).toBeLessThan(expected[0] ?? 0)
    found.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(2e-5))
  })
})

describe.each(GPUJS_TARGETS)('a program with loops for %s', (target) => {
  const compiled = (steps: number, f: 'value' | 'gradient'): Program => {
    const u: Signal = filled(0, [steps, WIDTH])
    const w = fromArray(new Float32Array(steps), [steps])
    const value = (given: Params, xs: Signal) =>
      pipe(recurrence(8)(given, xs).ys, mul(w), sum()) as Tensor<readonly [], 'f32'>
    const of = (given: Params, xs: Signal): unknown =>
      f === 'value' ? value(given, xs) : grad((p: Params) => value(p, xs))(given)
    const { graph, inputs } = expectRight(trace(of)(params, u))
    return expectRight(compileGraph(graph, { target, inputs: inputs.map((leaf) => leaf.name), carries: [] }))
      .program
  }
  /** The text without its sizes. */
  const shapeOf = (program: Program): string => printProgram(program).replaceAll(/\d+/g, '#')

  // Numbers of steps that the sum over them, a loop in a kernel, is unrolled for alike.
  test.each(['value', 'gradient'] as const)('is as long for a million steps as for a hundred (%s)', (f) => {
    const [short, long] = [compiled(96, f), compiled(960_000, f)]
    expect(long.kernels.length).toBe(short.kernels.length)
    expect(shapeOf(long)).toBe(shapeOf(short))
  })

  test('holds per step what goes in and comes out, and for a gradient the state', () => {
    const perStep = (f: 'value' | 'gradient'): number =>
      (compiled(2100, f).peakBytes - compiled(1100, f).peakBytes) / 1000 / 4
    // u and y, and the weights of the sum.
    expect(perStep('value')).toBe(WIDTH + 2)
    expect(perStep('gradient')).toBeLessThanOrEqual(WIDTH + 2 + STATE + 1)
  })
})
