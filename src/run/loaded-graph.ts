/** A loaded program as a loaded graph: buffers by name, times added up. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import type { Graph } from '../ir/graph.js'
import type { LoadOptions, LoadedGraph, ProgramFacts, RunTimes } from './device.js'
import type { Loaded } from './loaded.js'

/** Buffers by place in the function's arguments and results; −1 for an input that is not read. */
interface Ends {
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

const bufferNames = (
  ends: Ends,
  inputs: readonly string[],
  { outputs }: Graph,
): ReadonlyMap<string, number> =>
  new Map([
    ...outputs.map(({ name }, i) => [name, ends.outputs[i] ?? -1] as const),
    ...inputs.map((name, i) => [name, ends.inputs[i] ?? -1] as const),
  ])

const unknownName = (name: string): TensorError =>
  optionError({
    where: name,
    expected: 'a result or an input that the function reads',
    found: 'neither',
    hint: 'the compiled function does not use it',
  })

export const toLoadedGraph = (
  graph: Graph,
  { inputs, carries }: LoadOptions,
  ends: Ends,
  facts: ProgramFacts,
  loaded: Loaded,
): LoadedGraph => {
  const buffers = bufferNames(ends, inputs, graph)
  const bufferOf = (name: string): number => buffers.get(name) ?? -1
  const carriedTo = new Map(carries.map(({ output, input }) => [input, output]))
  const times: RunTimes = { runs: 0, kernelMs: 0, outsideMs: 0 }
  const total = { ...times }
  return {
    facts,
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
