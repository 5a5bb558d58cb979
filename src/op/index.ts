/** All ops, in one object: whatever goes through every op goes through this. */
import { makeBuilder } from './build.js'
import type { OpTable } from './build.js'
import { addOp } from './elementwise/add.js'
import { expOp } from './elementwise/exp.js'
import { constantOp } from './leaf/constant.js'
import { inputOp } from './leaf/input.js'
import { sumOp } from './reduce/sum.js'

export const ops: OpTable = {
  // leaf
  input: inputOp,
  constant: constantOp,
  // elementwise
  add: addOp,
  exp: expOp,
  // reduce
  sum: sumOp,
}

/** The builder over all ops. */
export const build = makeBuilder(ops)
