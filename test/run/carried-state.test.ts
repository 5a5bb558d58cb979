import { expect, test } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import type { Step, Tensor } from '../../src/index.js'
import { add, fromArray, openDevice, stepper, valuesOf } from '../../src/index.js'
import { expectRight } from '../support/gpu-environment.js'

type Vector = Tensor<readonly [2]>
type State = { readonly a: Vector; readonly b: Vector; readonly c: Vector }
type Moved = Step<State, Vector>

const vector = (...values: readonly number[]): Vector => fromArray(Float32Array.from(values), [2])

const begin: State = { a: vector(1, 2), b: vector(3, 4), c: vector(5, 6) }

const numbers = (x: Tensor): readonly number[] => Array.from(valuesOf(x) ?? [])

/** What three steps put out, and the state after them. */
const threeSteps = async (device: string, f: (state: State) => Moved) => {
  const opened = expectRight(await openDevice(device)())
  try {
    const steps = expectRight(await stepper(opened)(f)(begin)())
    expectRight(steps.write(begin))
    const outputs: (readonly number[])[] = []
    for (let i = 0; i < 3; i++) outputs.push(numbers(expectRight(await steps.step()())))
    const { a, b, c } = expectRight(await steps.read())
    return { outputs, state: [a, b, c].map(numbers) }
  } finally {
    await opened.destroy()
  }
}

test.each(['reference', 'simd', 'cpu', 'webasm', 'webgpu'])(
  'states that are one another, on %s',
  async (device) => {
    const oneTensor = await threeSteps(device, ({ a, b }) => {
      const next = pipe(a, add(b))
      return { state: { a: next, b: next, c: next }, output: next }
    })
    expect(oneTensor.outputs).toEqual([
      [4, 6],
      [8, 12],
      [16, 24],
    ])
    expect(oneTensor.state).toEqual([
      [16, 24],
      [16, 24],
      [16, 24],
    ])

    const oneInput = await threeSteps(device, ({ a, c }) => ({ state: { a, b: a, c: a }, output: c }))
    expect(oneInput.outputs).toEqual([
      [5, 6],
      [1, 2],
      [1, 2],
    ])
    expect(oneInput.state).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])

    const turned = await threeSteps(device, ({ a, b, c }) => ({ state: { a: b, b: c, c: a }, output: a }))
    expect(turned.outputs).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(turned.state).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
  },
)

test.each(['reference', 'simd', 'cpu', 'webasm', 'webgpu'])(
  'states replaced without being read, on %s',
  async (device) => {
    const replaced = await threeSteps(device, ({ a }) => ({
      state: { a: pipe(a, add(a)), b: vector(7, 8), c: vector(7, 8) },
      output: a,
    }))
    expect(replaced.outputs).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
    ])
    expect(replaced.state).toEqual([
      [8, 16],
      [7, 8],
      [7, 8],
    ])
  },
)
