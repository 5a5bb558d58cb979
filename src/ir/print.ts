/**
 * A graph as text, one node a line:
 *
 *     graph {
 *       %0 = input {name: "x"} : f32[batch, 3]
 *       %1 = sum(%0) {axes: [1], keepDims: false} : f32[batch]
 *       return loss = %1
 *     }
 *
 * A graph that is an attribute's value, as the body of a loop is, stands there in the same form, indented.
 *
 * A node of several outputs is read as `%2.1`; `%2` is its output 0. Floating-point numbers are written so
 * that they are read back exactly, NaN, infinities and −0 included. Short typed arrays stand inline, as
 * `f32<1, 2.5>`; the elements of long ones are written as their bits, as `f32"0000803f…"`.
 */
import type { TensorType } from '../shape/dim.js'
import type { Graph, GraphNode, GraphOutput, Ref } from './graph.js'
import { isGraph } from './graph.js'
import type { Attribute, Attributes } from './tensor.js'

/** Typed arrays of more elements are written as bits. */
const INLINE_LIMIT = 64
/** A `return` that would be longer has one output a line. */
const LINE_LIMIT = 110

/** What a name must look like to stand without quotes; dots join the names of a path. */
export const BARE_NAME = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y
const BARE_NAME_ALONE = new RegExp(`^(?:${BARE_NAME.source})$`)
/** Names that would be read as a number or another literal. */
const RESERVED = new Set(['NaN', 'Infinity', 'true', 'false', 'null'])

const printName = (name: string): string =>
  BARE_NAME_ALONE.test(name) && !RESERVED.has(name) ? name : JSON.stringify(name)

const printNumber = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`)

const isList = (value: Attribute): value is readonly Attribute[] => Array.isArray(value)

const printArray = (array: Float32Array | Float64Array): string => {
  const kind = array instanceof Float32Array ? 'f32' : 'f64'
  if (array.length <= INLINE_LIMIT) return `${kind}<${Array.from(array, printNumber).join(', ')}>`
  const width = array.BYTES_PER_ELEMENT
  const bits = new DataView(new ArrayBuffer(array.length * width))
  array.forEach((value, i) =>
    width === 4 ? bits.setFloat32(i * width, value, true) : bits.setFloat64(i * width, value, true),
  )
  return `${kind}"${Array.from(new Uint8Array(bits.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

/** An attribute's value as the parser reads it back. */
export const printAttribute = (value: Attribute): string => {
  if (typeof value === 'number') return printNumber(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean' || value === null) return String(value)
  if (value instanceof Float32Array || value instanceof Float64Array) return printArray(value)
  if (isList(value)) return `[${value.map(printAttribute).join(', ')}]`
  return isGraph(value) ? printNested(value) : printAttributes(value)
}

/** Line ends inside names and strings are escaped, so every one found here is the notation's own. */
const printNested = (graph: Graph): string => printGraph(graph).trimEnd().replaceAll('\n', '\n  ')

const printAttributes = (attrs: Attributes): string =>
  `{${Object.entries(attrs)
    .map(([name, value]) => `${printName(name)}: ${printAttribute(value)}`)
    .join(', ')}}`

const printDim = (dim: number | string): string =>
  typeof dim === 'number' ? printNumber(dim) : printName(dim)
const printTensorType = ({ dtype, shape }: TensorType): string =>
  `${dtype}[${shape.map(printDim).join(', ')}]`

/** `%3`, or `%3.1` for an output that is not the first. */
export const printRef = ({ node, output }: Ref): string => (output === 0 ? `%${node}` : `%${node}.${output}`)

const printNode = ({ op, attrs, inputs, outputs }: GraphNode, id: number): string =>
  `  %${id} = ${printName(op)}` +
  (inputs.length === 0 ? '' : `(${inputs.map(printRef).join(', ')})`) +
  (Object.keys(attrs).length === 0 ? '' : ` ${printAttributes(attrs)}`) +
  (outputs.length === 0 ? '' : ` : ${outputs.map(printTensorType).join(', ')}`)

const printOutputs = (outputs: readonly GraphOutput[]): string => {
  const results = outputs.map(({ name, ref }) => `${printName(name)} = ${printRef(ref)}`)
  const line = ['  return', results.join(', ')].join(results.length === 0 ? '' : ' ')
  return line.length <= LINE_LIMIT ? line : `  return\n    ${results.join(',\n    ')}`
}

/** The graph as text; `parseGraph` reads it back. */
export const printGraph = ({ nodes, outputs }: Graph): string =>
  ['graph {', ...nodes.map(printNode), printOutputs(outputs), '}', ''].join('\n')
