/** A gpu.js back end as a device: compiles graphs to its target and addresses buffers by name. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { compileGraph } from '../compile/passes.js'
import type { GpujsTarget, Program } from '../compile/program.js'
import { launchCount } from '../compile/program.js'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import type { Device, LoadOptions, LoadedGraph, RunTimes } from './device.js'
import type { GpujsDevice, GpujsOptions, Loaded } from './gpujs/driver.js'
import { openGpujs } from './gpujs/driver.js'

const bufferNames = (
  program: Program,
  inputs: readonly string[],
  outputs: readonly string[],
): ReadonlyMap<string, number> =>
  new Map([
    ...outputs.map((name, i) => [name, program.outputs[i] ?? -1] as const),
    ...inputs.map((name, i) => [name, program.inputs[i] ?? -1] as const),
  ])

const unknownName = (name: string): TensorError =>
  optionError({
    where: name,
    expected: 'a result or an input that the function reads',
    found: 'neither',
    hint: 'the compiled function does not use it',
  })

const toLoadedGraph = (
  program: Program,
  loaded: Loaded,
  { inputs, carries }: LoadOptions,
  outputs: readonly string[],
): LoadedGraph => {
  const buffers = bufferNames(program, inputs, outputs)
  const bufferOf = (name: string): number => buffers.get(name) ?? -1
  const carriedTo = new Map(carries.map(({ output, input }) => [input, output]))
  const times: RunTimes = { runs: 0, kernelMs: 0, outsideMs: 0 }
  const total = { ...times }
  return {
    facts: {
      flops: program.flops,
      bytes: program.bytes,
      peakBytes: program.peakBytes,
      launches: launchCount(program.steps),
      kernels: program.kernels.length,
    },
    write: (name, data) => (bufferOf(name) < 0 ? E.right(undefined) : loaded.write(bufferOf(name), data)),
    run: pipe(
      loaded.run,
      TE.map(({ kernelMs, outsideMs }) => {
        total.runs += 1
        total.kernelMs += kernelMs
        total.outsideMs += outsideMs
      }),
    ),
    read: (name) => {
      // A carried input that the function never reads lives on only as the output it becomes.
      const buffer = bufferOf(name) >= 0 ? bufferOf(name) : bufferOf(carriedTo.get(name) ?? '')
      return buffer < 0 ? TE.left(unknownName(name)) : loaded.read(buffer)
    },
    times: () => total,
    destroy: loaded.destroy,
  }
}

const toDevice = (gpujs: GpujsDevice): Device => ({
  name: gpujs.target,
  description: gpujs.name,
  isSoftware: gpujs.isSoftware,
  load: (graph, options) =>
    pipe(
      TE.fromEither(
        compileGraph(graph, { target: gpujs.target, inputs: options.inputs, carries: options.carries }),
      ),
      TE.chain(({ program }) =>
        pipe(
          gpujs.load(program),
          TE.map((loaded) =>
            toLoadedGraph(
              program,
              loaded,
              options,
              graph.outputs.map(({ name }) => name),
            ),
          ),
        ),
      ),
    ),
  destroy: gpujs.destroy,
})

/** Opens one of the gpu.js targets as a device. */
export const openGpujsDevice = (
  target: GpujsTarget,
  options: GpujsOptions = {},
): TE.TaskEither<TensorError, Device> => pipe(openGpujs(target, options), TE.map(toDevice))
