import { describe, expect, it } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import type { Limits, PlanKernel } from '../../src/compile/plan.js'
import { kernelsOf } from '../../src/compile/plan.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build as b } from '../../src/op/index.js'

const kernels = (results: readonly Tensor[], limits: Partial<Limits>): readonly PlanKernel[] => {
  const graph = toGraph(results.map((tensor, i) => ({ name: `r${i}`, tensor })))
  const ready = graphPasses.reduce((current, pass) => pass.run(current), graph)
  return kernelsOf(fuse(ready, { inputs: 7, ...limits }).steps)
}
const dear = { launchFlops: 1e9 }

describe('what is stored', () => {
  const x = inputTensor('x', [64, 48], 'f32')
  const w = inputTensor('w', [48, 32], 'f32')
  const bias = inputTensor('bias', [32], 'f32')

  it('is computed again where that is cheaper than a launch', () => {
    const shared = b.mul(x, x)
    const results = [b.sum(shared, [0]), b.sum(b.neg(shared), [1])]
    expect(kernels(results, { launchFlops: 0 }).map(({ loops }) => loops.length)).toEqual([1, 1])
    const costly = Array.from({ length: 8 }, () => 0).reduce<Tensor>((y) => b.exp(y), x)
    const twice = [b.sum(costly, [0]), b.sum(b.neg(costly), [1])]
    expect(kernels(twice, { launchFlops: 0 })).toHaveLength(3)
    expect(kernels(twice, dear)).toHaveLength(2)
  })

  it('is a reduction with the arithmetic after it, though several read that', () => {
    const y = b.tanh(b.add(b.matmul(x, w), bias))
    const made = kernels([b.sin(y), b.mul(b.cos(y), y), b.sum(y, [0])], dear)
    expect(made).toHaveLength(4)
    expect(made[0]?.epilogue).not.toBeNull()
    for (const reader of made.slice(1)) expect(reader.inputs).toHaveLength(1)
  })

  it('is the reduction itself where others read it too', () => {
    const product = b.matmul(x, w)
    const y = b.add(product, bias)
    const made = kernels([b.sin(y), b.cos(y), b.neg(product)], dear)
    expect(made.map(({ epilogue }) => epilogue)).toEqual([null, null, null, null])
  })

  it('is not what a kernel would read too many of, if that is stored for its readers anyway', () => {
    const parts = Array.from({ length: 4 }, (_, i) => inputTensor(`p${i}`, [64, 48], 'f32'))
    const q = inputTensor('q', [64, 48], 'f32')
    const chain = parts.reduce<Tensor>((sum, part) => b.add(sum, b.exp(part)), b.exp(x))
    const results = [
      b.sum(b.mul(b.tanh(chain), q), [0]),
      b.sum(b.mul(chain, chain), [1]),
      b.sum(b.sin(chain), [1]),
    ]
    const made = kernels(results, { inputs: 5, launchFlops: 0 })
    expect(made.filter(({ combine }) => combine === null)).toHaveLength(1)
  })

  it('is a sum by itself where what it goes into waits for other sums of large values', () => {
    const norm = (size: number): readonly PlanKernel[] => {
      const made = ['p', 'q'].map((name) => b.tanh(inputTensor(name, [size, size], 'f32')))
      const squares = made.map((value) => b.sum(b.mul(value, value), [0, 1]))
      const total = squares.reduce((one, other) => b.add(one, other))
      return kernels([...made, b.sqrt(total)], dear).filter(({ shape }) => shape.length === 0)
    }
    expect(norm(181).map(({ combine }) => combine)).toEqual(['sum', 'sum'])
    expect(norm(182).map(({ combine }) => combine)).toEqual(['sum', 'sum', null])
  })
})
