import { describe, expect, test } from 'vitest'
import { fuse } from '../../../src/compile/fuse.js'
import { graphPassesFor } from '../../../src/compile/passes.js'
import { groupRows } from '../../../src/compile/simd/group.js'
import { toLaunch } from '../../../src/compile/simd/launch.js'
import { MOST_CHUNKS } from '../../../src/compile/simd/schedule-text.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { toGraph } from '../../../src/ir/graph.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build as b } from '../../../src/op/index.js'

/**
 * The launch of a softmax of outer sums, whose rows are local to it; each kernel divides at every row, and prepares
 * something for so many.
 */
const launchOf = (rows: number, columns: number, preparedRows = 1) => {
  const [x, y] = [inputTensor('x', [rows, 1], 'f32'), inputTensor('y', [columns], 'f32')]
  const waves: Tensor = b.sin(b.add(x, y))
  const result = b.sum(b.exp(b.sub(waves, b.max(waves, [1], true))), [1])
  const graph = graphPassesFor('simd').reduce(
    (current, pass) => pass.run(current),
    toGraph([{ name: 'result', tensor: result }]),
  )
  const plan = fuse(graph, { inputs: 16 })
  const kernels = plan.steps.flatMap((step) => (step.kind === 'kernel' ? [step] : []))
  const simd = { name: '', text: '', units: rows, rowwise: true, grain: preparedRows, scratchBytes: 0 }
  const [group] = groupRows(kernels.map((kernel, id) => ({ plan: kernel, simd, id })))
  if (group === undefined) throw new RangeError('one group')
  const bufferOf = new Map(
    plan.values.flatMap(({ origin }, value) => (origin.kind === 'input' ? [[value, value] as const] : [])),
  )
  plan.outputs.forEach(({ value }) => bufferOf.set(value, value))
  return toLaunch(plan, group, bufferOf)
}

describe('a launch', () => {
  test.each([
    [1_000, 2_000],
    [400_000, 25_000],
    [3_000_000, 300],
  ])('of %i rows of %i has room in its scratch for every chunk it takes', (rows, columns) => {
    const { units, grain, scratchOffset, calls } = launchOf(rows, columns)
    const locals = calls.flatMap(({ output }) => (output.kind === 'local' ? [output] : []))
    expect(units).toBe(rows)
    expect(locals.length).toBeGreaterThan(0)
    expect(Math.ceil(units / grain)).toBeLessThanOrEqual(MOST_CHUNKS)
    for (const { offset, unitBytes } of locals)
      expect(offset + grain * unitBytes).toBeLessThanOrEqual(scratchOffset)
  })

  test.each([
    ['as many as stay in the cache', { columns: 20_000, prepared: 1 }, 13],
    ['as many as something is prepared for, in the cache or not', { columns: 20_000, prepared: 30 }, 30],
    ['no more than 48 for that', { columns: 20_000, prepared: 96 }, 48],
    ['fewer where those come to more than 32 MB', { columns: 600_000, prepared: 96 }, 13],
  ])('has rows in a chunk: %s', (_what, { columns, prepared }, most) => {
    const { grain } = launchOf(9_600, columns, prepared)
    expect(grain).toBeLessThanOrEqual(most)
    expect(grain).toBeGreaterThan(0.9 * most)
  })
})
