import { expect, test } from 'vitest'
import { compileForSimd } from '../../../src/compile/simd/compile.js'
import type { SimdProgram, SimdStep } from '../../../src/compile/simd/program.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build } from '../../../src/op/index.js'
import { expectRight } from '../../support/gpu-environment.js'

const programOf = (y: Tensor): SimdProgram =>
  expectRight(
    compileForSimd(toGraph([{ name: 'y', tensor: y }]), {
      inputs: ['x'],
      carries: [],
      features: { relaxed: true, shared: true },
    }),
  ).program

const launchesIn = (steps: readonly SimdStep[]): readonly Extract<SimdStep, { kind: 'launch' }>[] =>
  steps.flatMap((step) =>
    step.kind === 'launch' ? [step] : step.kind === 'repeat' ? launchesIn(step.steps) : [],
  )

test('the schedule of a softmax over many rows, as text', async () => {
  const { schedule } = programOf(build.softmax(inputTensor('x', [4096, 64], 'f32'), -1))
  await expect(schedule).toMatchFileSnapshot('../../golden/simd/softmax-schedule.wat')
})

test('what only a launch sees has no buffer: the scores of attention are never all there', () => {
  const x = inputTensor('x', [32, 64, 16], 'f32')
  const { steps, buffers } = programOf(build.attention(x, x, x, 0.25))
  expect(launchesIn(steps)).toHaveLength(1)
  expect(buffers.map(({ length }) => length)).toEqual([32 * 64 * 16, 32 * 64 * 16])
})

test('a chunk of a launch holds at most a megabyte of its own, where a unit allows it', () => {
  const x = inputTensor('x', [8, 4, 256, 32], 'f32')
  for (const { grain, scratchOffset } of launchesIn(programOf(build.attention(x, x, x, 1)).steps))
    expect(grain === 1 || scratchOffset <= 2 ** 20 + 64 * 16).toBe(true)
})
