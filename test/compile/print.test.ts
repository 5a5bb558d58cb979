import { describe, expect, it } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import { printPlan } from '../../src/compile/print.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'

const x = inputTensor('x', [5], 'f32')

/** The last lines of the plan of one result: its kernel. */
const kernelOf = (tensor: Tensor): string => {
  const graph = graphPasses.reduce((current, pass) => pass.run(current), toGraph([{ name: 'y', tensor }]))
  return printPlan(fuse(graph, { inputs: 7 }))
}

describe('a plan prints', () => {
  it('a choice between two values', () =>
    expect(kernelOf(build.select(build.less(x, build.constant(0)), build.neg(x), build.exp(x)))).toContain(
      'select(lt(t0, 0), neg(t0), exp(t0))',
    ))
  it('a choice by place', () =>
    expect(kernelOf(build.pad(x, [[1, 2]], 3))).toMatch(/if 0 ≤ .* < 5 then a0\[.*\] else 3/))
  it('what follows a reduction', () =>
    expect(kernelOf(build.mul(build.sum(x, [0]), build.constant(2)))).toMatch(/then\n\s+mul\(acc, 2\)/))
  it('that it searches', () => {
    const long = inputTensor('x', [300], 'f32')
    expect(kernelOf(build.sort(long, 0))).toContain('<search>')
  })
  it('a value used twice by a name', () =>
    expect(kernelOf(build.mul(build.sin(x), build.sin(x)))).toContain('t0 = sin(a0[i0])'))
})
