/** Graphs as values of attributes: what a graph must look like. That its ops fit together is for `checkGraph`. */
import * as t from 'io-ts'
import type { Graph } from './graph.js'

const dim = t.union([t.number, t.string])
const ref = t.type({ node: t.number, output: t.number })
const type = t.type({ shape: t.array(dim), dtype: t.keyof({ f32: null, i24: null, bool: null }) })
const shapeOfGraph = t.type({
  nodes: t.array(
    t.type({ op: t.string, attrs: t.UnknownRecord, inputs: t.array(ref), outputs: t.array(type) }),
  ),
  outputs: t.array(t.type({ name: t.string, ref })),
})

const isGraphShaped = (value: unknown): value is Graph => shapeOfGraph.is(value)

/** Takes a graph as it is. */
export const graphCodec: t.Type<Graph, Graph> = new t.Type<Graph, Graph>(
  'a graph',
  isGraphShaped,
  (value, context) => (isGraphShaped(value) ? t.success(value) : t.failure(value, context)),
  (graph) => graph,
)
