/** The attribute of random ops that is a shape, and its check. */
import * as t from 'io-ts'
import type { Attributes } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'

export type ShapeAttributes = {
  readonly shape: readonly (number | string)[]
}

export const shapeAttributes: t.Type<ShapeAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])) }),
)

/** Positions are 32-bit counters, so a shape may have fewer than 2^32 elements; named axes are bound later. */
export const isRandomShape = (shape: Shape): boolean =>
  shape.every((dim) => typeof dim === 'string' || (Number.isInteger(dim) && dim >= 0)) &&
  shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 1) < 2 ** 32

export const SHAPE_EXPECTED = 'a shape of sizes and names with fewer than 2^32 elements'
