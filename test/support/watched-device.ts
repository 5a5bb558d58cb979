/** A device that tells what is done with it and fails where it is told to. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TensorError } from '../../src/error/error.js'
import type { Device, LoadedGraph } from '../../src/run/device.js'

/** A verb on the device or on a graph, and how often it was used on that graph before. */
export interface Occasion {
  readonly verb: 'load' | 'run' | 'read'
  /** Which graph, in the order of loading. */
  readonly graph: number
  readonly before: number
}

interface Watched {
  readonly device: Device
  /** Graphs loaded and not destroyed. */
  readonly held: () => number
}

/** `answer` is asked at every occasion: an error makes the device fail there. */
export const watchedDevice = (
  device: Device,
  answer: (occasion: Occasion) => TensorError | null = () => null,
): Watched => {
  const held = new Set<LoadedGraph>()
  let loads = 0
  const watch = (loaded: LoadedGraph, graph: number): LoadedGraph => {
    const times = { run: 0, read: 0 }
    const through =
      <A>(verb: 'run' | 'read', work: TE.TaskEither<TensorError, A>): TE.TaskEither<TensorError, A> =>
      () => {
        const error = answer({ verb, graph, before: times[verb]++ })
        return error === null ? work() : TE.left(error)()
      }
    const watched: LoadedGraph = {
      ...loaded,
      run: through('run', loaded.run),
      read: (name) => through('read', loaded.read(name)),
      destroy: () => {
        held.delete(watched)
        loaded.destroy()
      },
    }
    held.add(watched)
    return watched
  }
  return {
    device: {
      ...device,
      load: (graph, options) => async () => {
        const number = loads++
        const error = answer({ verb: 'load', graph: number, before: 0 })
        if (error !== null) return TE.left(error)()
        return TE.map((loaded: LoadedGraph) => watch(loaded, number))(device.load(graph, options))()
      },
    },
    held: () => held.size,
  }
}
