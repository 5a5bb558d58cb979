/** All ops, in one object: whatever goes through every op goes through this. */
import { makeBuilder } from './build.js'
import type { OpTable } from './build.js'
import { addOp } from './elementwise/add.js'
import { expOp } from './elementwise/exp.js'
import { gatherOp } from './index/gather.js'
import { oneHotOp } from './index/one-hot.js'
import { constantOp } from './leaf/constant.js'
import { inputOp } from './leaf/input.js'
import { contractOp } from './linear/contract.js'
import { convolutionOp } from './linear/convolution.js'
import { sumOp } from './reduce/sum.js'
import { broadcastOp } from './view/broadcast.js'
import { concatOp } from './view/concat.js'
import { flipOp } from './view/flip.js'
import { padOp } from './view/pad.js'
import { permuteOp } from './view/permute.js'
import { reshapeOp } from './view/reshape.js'
import { sliceOp } from './view/slice.js'

export const ops: OpTable = {
  // leaf
  input: inputOp,
  constant: constantOp,
  // elementwise
  add: addOp,
  exp: expOp,
  // reduce
  sum: sumOp,
  // linear
  contract: contractOp,
  convolution: convolutionOp,
  // view
  broadcast: broadcastOp,
  concat: concatOp,
  flip: flipOp,
  pad: padOp,
  permute: permuteOp,
  reshape: reshapeOp,
  slice: sliceOp,
  // index
  gather: gatherOp,
  oneHot: oneHotOp,
}

/** The builder over all ops. */
export const build = makeBuilder(ops)
