/** Expand: composites become the ops they are made of, save those whose own loop nest is the better algorithm here. */
import type { Graph } from '../ir/graph.js'
import { expandComposites } from '../op/expand.js'
import { build, ops } from '../op/index.js'
import type { Capabilities } from './capabilities.js'

export const expand =
  ({ keepsWhole = [], runsRows = false }: Pick<Capabilities, 'keepsWhole' | 'runsRows'>) =>
  (graph: Graph): Graph =>
    expandComposites(
      ops,
      build,
      (op, attrs, inputs) =>
        op.lower !== undefined &&
        (op.keepWhole === undefined || keepsWhole.includes(op.name) || op.keepWhole(attrs, inputs)),
      graph,
      runsRows,
    )
