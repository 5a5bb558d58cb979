/** Loading a graph whose constant parts are computed once: by a program of their own, which runs before the other is loaded. */
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { hoist } from '../compile/hoist.js'
import type { TensorError } from '../error/error.js'
import { attempt } from '../error/error.js'
import type { Graph } from '../ir/graph.js'
import type { Device, LoadedGraph } from './device.js'

/** The two halves of a device's compiler. */
export interface Loader {
  /** The graph as the device's own passes leave it; a prepared graph stays as it is. */
  readonly prepare: (graph: Graph) => Graph
  readonly load: Device['load']
}

const prepared = ({ prepare }: Loader, graph: () => Graph): TE.TaskEither<TensorError, Graph> =>
  TE.fromEither(attempt(() => prepare(graph())))

/** The results of a graph without inputs, by name. */
const runOnce = (
  loader: Loader,
  graph: Graph,
): TE.TaskEither<TensorError, ReadonlyMap<string, Float32Array>> => {
  const readAll = (loaded: LoadedGraph): TE.TaskEither<TensorError, ReadonlyMap<string, Float32Array>> =>
    pipe(
      loaded.run,
      TE.chain(() =>
        pipe(
          graph.outputs,
          TE.traverseSeqArray(({ name }) =>
            pipe(
              loaded.read(name),
              TE.map((data) => [name, data] as const),
            ),
          ),
        ),
      ),
      TE.map((entries) => new Map(entries)),
    )
  return pipe(
    prepared(loader, () => graph),
    TE.chain((ready) => loader.load(ready, { inputs: [], carries: [] })),
    TE.chain((loaded) =>
      pipe(
        readAll(loaded),
        // Whether it ran or not, its room is given back.
        T.map((held) => {
          loaded.destroy()
          return held
        }),
      ),
    ),
  )
}

/** `load` of a device that computes what depends on constants alone once, when the graph is loaded. */
export const holdingConstants =
  (loader: Loader): Device['load'] =>
  (graph, options) =>
    pipe(
      prepared(loader, () => graph),
      TE.chain((ready) => {
        const hoisted = hoist(ready)
        if (hoisted === null) return loader.load(ready, options)
        return pipe(
          runOnce(loader, hoisted.prelude),
          TE.chain((held) => prepared(loader, () => hoisted.rest(held))),
          TE.chain((rest) => loader.load(rest, options)),
        )
      }),
    )
