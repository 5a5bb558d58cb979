/** Expand: composites become the ops they are made of, save those whose own loop nest is the better algorithm here. */
import type { Graph } from '../ir/graph.js'
import { expandComposites } from '../op/expand.js'
import { build, ops } from '../op/index.js'

export const expand = (graph: Graph): Graph =>
  expandComposites(
    ops,
    build,
    (op, attrs, inputs) =>
      op.lower !== undefined && (op.keepWhole === undefined || op.keepWhole(attrs, inputs)),
    graph,
  )
