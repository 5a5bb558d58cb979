/**
 * How long a graph of 20,000 nodes takes to trace, to merge equal nodes of, and to differentiate, in milliseconds.
 * Usage: node --import tsx test/soak/large-graph.ts [nodes]
 */
import { performance } from 'node:perf_hooks'
import { grad } from '../../src/grad/vjp.js'
import { toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { build } from '../../src/op/index.js'

const nodes = Number(process.argv[2] ?? 20_000)

/** Products of sines, in which every value is read twice. */
const loss = (x: Tensor<readonly [8]>): Tensor<readonly []> => {
  let y: Tensor = x
  for (let i = 0; i < nodes / 2; i++) y = build.mul(build.sin(y), i % 2 === 0 ? y : x)
  return build.sum(y, [0]) as Tensor<readonly []>
}

const timed = <A>(work: () => A): readonly [result: A, ms: number] => {
  const start = performance.now()
  const result = work()
  return [result, performance.now() - start]
}

for (let run = 0; run < 5; run++) {
  const x = inputTensor('x', [8] as const, 'f32')
  const [y, tracing] = timed(() => loss(x))
  const [forward, merging] = timed(() => toGraph([{ name: 'y', tensor: y }]))
  const [slope, differentiating] = timed(() => grad(loss)(x))
  const [backward, mergingGradient] = timed(() => toGraph([{ name: 'g', tensor: slope }]))
  const times = [tracing, merging, differentiating, mergingGradient]
  process.stdout.write(
    `${JSON.stringify({
      run,
      nodes: [forward.nodes.length, backward.nodes.length],
      ms: {
        trace: Math.round(tracing),
        merge: Math.round(merging),
        gradient: Math.round(differentiating),
        mergeGradient: Math.round(mergingGradient),
        all: Math.round(times.reduce((sum, time) => sum + time, 0)),
      },
    })}\n`,
  )
}
