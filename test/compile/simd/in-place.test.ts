import { describe, expect, test } from 'vitest'
import { compileForSimd } from '../../../src/compile/simd/compile.js'
import { trace } from '../../../src/compile/trace.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { fromArray, openDevice, stepper, valuesOf } from '../../../src/index.js'
import { build as b } from '../../../src/op/index.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { expectRight } from '../../support/gpu-environment.js'

interface State {
  readonly p: Tensor
  readonly q: Tensor
}
type Move = (state: State) => { readonly state: State; readonly output: Tensor }

const SHAPE = [24, 40]
const all = (x: Tensor): Tensor => b.sum(x, [0, 1])
const halved = (x: Tensor): Tensor => b.mul(x, b.constant(0.5))

/** Steps by whether p may be moved in place. */
const moves: readonly (readonly [name: string, inPlace: boolean, move: Move])[] = [
  ['an elementwise one', true, ({ p, q }) => ({ state: { p: b.sub(p, halved(q)), q }, output: all(q) })],
  [
    'one whose last value is summed afterwards',
    false,
    ({ p, q }) => ({ state: { p: halved(p), q: b.add(q, all(p)) }, output: all(q) }),
  ],
  [
    'one whose last value is multiplied by itself afterwards',
    false,
    ({ p, q }) => {
      const next = halved(p)
      const product = b.matmul(b.add(next, q), b.permute(p, [1, 0]))
      return { state: { p: next, q }, output: b.sum(product, [0, 1]) }
    },
  ],
  ['a reversed one', false, ({ p, q }) => ({ state: { p: b.flip(p, [0, 1]), q }, output: all(p) })],
  [
    'one moved by its own largest element',
    true,
    ({ p, q }) => ({ state: { p: b.sub(p, b.max(p, [0, 1])), q }, output: all(q) }),
  ],
  ['two that change places', false, ({ p, q }) => ({ state: { p: q, q: p }, output: all(p) })],
  ['a row sum', false, ({ p, q }) => ({ state: { p: b.sub(p, b.sum(p, [1], true)), q }, output: all(q) })],
]

const numbers = (seed: number): Tensor =>
  fromArray(
    Float32Array.from({ length: sizeOf(SHAPE) }, (_, i) => (((i + seed) * 37) % 64) / 16 - 2),
    SHAPE,
  )
const begin: State = { p: numbers(0), q: numbers(11) }

const afterThree = async (device: string, move: Move): Promise<readonly number[]> => {
  const opened = expectRight(await openDevice(device)())
  try {
    const steps = expectRight(await stepper(opened)(move)(begin)())
    expectRight(steps.write(begin))
    const outputs: number[] = []
    for (let i = 0; i < 3; i++) outputs.push(...(valuesOf(expectRight(await steps.step()())) ?? []))
    const { p, q } = expectRight(await steps.read())
    return [...outputs, ...(valuesOf(p) ?? []), ...(valuesOf(q) ?? [])]
  } finally {
    await opened.destroy()
  }
}

describe.each(moves)('a state in place: %s', (_, inPlace, move) => {
  test('has the values of the interpreter after three steps', async () => {
    const [found, wanted] = [await afterThree('simd', move), await afterThree('reference', move)]
    const largest = Math.max(...wanted.map(Math.abs))
    wanted.forEach((x, i) => expect(Math.abs((found[i] ?? Number.NaN) - x)).toBeLessThan(1e-5 * largest))
  })

  test(inPlace ? 'has one buffer' : 'has two buffers', () => {
    const state = { p: inputTensor('p', SHAPE, 'f32'), q: inputTensor('q', SHAPE, 'f32') }
    const traced = expectRight(trace(move)(state))
    const carries = ['p', 'q'].map((name) => ({ output: `result.state.${name}`, input: `0.${name}` }))
    const { program } = expectRight(
      compileForSimd(traced.graph, {
        inputs: traced.inputs.map(({ name }) => name),
        carries,
        features: { relaxed: true, shared: true },
      }),
    )
    const outputs = traced.graph.outputs.map(({ name }) => name)
    const input = program.inputs[traced.inputs.findIndex(({ name }) => name === '0.p')]
    const output = program.outputs[outputs.indexOf('result.state.p')]
    expect(outputs).toContain('result.state.p')
    expect(input === output).toBe(inPlace)
  })
})
