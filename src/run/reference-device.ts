/** The float64 interpreter as a device: slow, and what the others are compared with. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { attempt } from '../error/error.js'
import type { Graph } from '../ir/graph.js'
import type { NdArray } from '../op/def.js'
import { concreteShape } from '../shape/dim.js'
import type { Device, LoadOptions, LoadedGraph } from './device.js'
import { interpret } from './reference.js'

const inputShapes = (graph: Graph): ReadonlyMap<string, readonly number[]> =>
  new Map(
    graph.nodes.flatMap((node) => {
      const shape = concreteShape(node.outputs[0]?.shape ?? [])
      const { name } = node.attrs
      return node.op === 'input' && typeof name === 'string' && shape !== null ? [[name, shape] as const] : []
    }),
  )

const loadReference = (graph: Graph, { carries }: LoadOptions): LoadedGraph => {
  const shapes = inputShapes(graph)
  const bindings: Record<string, NdArray> = {}
  const results = new Map<string, NdArray>()
  const carriedTo = new Map(carries.map(({ output, input }) => [input, output]))
  const total = { runs: 0, kernelMs: 0, outsideMs: 0 }
  const write = (name: string, data: Float64Array): void => {
    const shape = shapes.get(name)
    if (shape !== undefined) bindings[name] = { shape, data }
  }
  return {
    facts: { flops: 0, bytes: 0, peakBytes: 0, launches: graph.nodes.length, kernels: 0 },
    write: (name, data) => E.right(write(name, Float64Array.from(data))),
    run: () =>
      Promise.resolve(
        attempt(() => {
          const start = performance.now()
          for (const [name, value] of interpret(graph, bindings)) results.set(name, value)
          for (const { output, input } of carries) {
            const value = results.get(output)
            if (value !== undefined) write(input, value.data)
          }
          total.runs += 1
          total.kernelMs += performance.now() - start
        }),
      ),
    read: (name) => {
      // A carried input that the graph never reads lives on only as the output it becomes.
      const value = results.get(name) ?? bindings[name] ?? results.get(carriedTo.get(name) ?? '')
      return TE.of(Float32Array.from(value?.data ?? []))
    },
    times: () => total,
    destroy: () => results.clear(),
  }
}

export const referenceDevice: Device = {
  name: 'reference',
  description: 'reference (float64 interpreter)',
  isSoftware: true,
  load: (graph, options) => TE.of(loadReference(graph, options)),
  destroy: () => Promise.resolve(),
}
