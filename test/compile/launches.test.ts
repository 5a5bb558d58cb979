import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect, test } from 'vitest'
import { networkTraining } from '../../src/cli/bench/networks.js'
import { peerSizes } from '../../src/cli/bench/models.js'
import { compileGraph } from '../../src/compile/passes.js'
import { launchCount } from '../../src/compile/program.js'
import { budgetError } from '../../src/error/error.js'
import type { Device } from '../../src/run/device.js'
import { expectRight } from '../support/gpu-environment.js'

/** A device that counts the launches of what it is given on webgpu, and runs nothing. */
const counting = (count: (launches: number) => void): Device => ({
  name: 'webgpu',
  description: 'counts launches',
  isSoftware: true,
  load: (graph, { inputs, carries }) => {
    const { program } = expectRight(compileGraph(graph, { target: 'webgpu', inputs, carries }))
    count(launchCount(program.steps))
    return TE.left(
      budgetError({ where: 'test', expected: 'no run', found: 'one', hint: 'the launches are counted' }),
    )
  },
  destroy: () => Promise.resolve(),
})

// The paper's networks of nine blocks, with AdamW: what the aim of the project says of a step.
test.each(['hyena', 'attention'] as const)(
  'a training step of the %s network is at most 350 launches',
  async (kind) => {
    const counts: number[] = []
    await networkTraining(kind, peerSizes)(counting((launches) => counts.push(launches)))()
    expect(counts).toHaveLength(1)
    expect(counts[0]).toBeLessThanOrEqual(350)
  },
)
