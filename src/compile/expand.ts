/** Expand: composites that no skeleton keeps whole become the ops they are made of. */
import type { Graph } from '../ir/graph.js'
import { expandComposites } from '../op/expand.js'
import { build, ops } from '../op/index.js'

export const expand = (graph: Graph): Graph => expandComposites(ops, build, (op) => op.lower !== undefined, graph)
