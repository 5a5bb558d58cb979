/** A gpu.js back end as a device: compiles graphs to its target and addresses buffers by name. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { compilePrepared, prepareFor } from '../compile/passes.js'
import type { GpujsTarget, Program } from '../compile/program.js'
import { launchCount } from '../compile/program.js'
import type { TensorError } from '../error/error.js'
import type { Device, ProgramFacts } from './device.js'
import type { GpujsDevice, GpujsOptions } from './gpujs/driver.js'
import { openGpujs } from './gpujs/driver.js'
import { holdingConstants } from './hold-constants.js'
import { toLoadedGraph } from './loaded-graph.js'

const factsOf = (program: Program): ProgramFacts => ({
  flops: program.flops,
  bytes: program.bytes,
  peakBytes: program.peakBytes,
  launches: launchCount(program.steps),
  kernels: program.kernels.length,
})

const toDevice = (gpujs: GpujsDevice): Device => ({
  name: gpujs.target,
  description: gpujs.name,
  isSoftware: gpujs.isSoftware,
  load: holdingConstants({
    prepare: (graph) => prepareFor(graph, gpujs.target),
    load: (graph, options) =>
      pipe(
        TE.fromEither(compilePrepared(graph, { target: gpujs.target, ...options })),
        TE.chain(({ program }) =>
          pipe(
            gpujs.load(program),
            TE.map((loaded) => toLoadedGraph(graph, options, program, factsOf(program), loaded)),
          ),
        ),
      ),
  }),
  destroy: gpujs.destroy,
})

/** Opens one of the gpu.js targets as a device. */
export const openGpujsDevice = (
  target: GpujsTarget,
  options: GpujsOptions = {},
): TE.TaskEither<TensorError, Device> => pipe(openGpujs(target, options), TE.map(toDevice))
