/**
 * The fingerprint of a graph: equal for graphs of equal structure, whatever objects they are made of and
 * in whatever order their nodes stand. It is the key of compile caches, so it covers everything that
 * compilation sees, the contents of large constants included.
 */
import type { Graph, GraphNode } from './graph.js'
import { isGraph } from './graph.js'
import type { Attribute } from './tensor.js'

/** Odd multipliers with well mixed bits, one a lane; four lanes of 32 bits make collisions a matter of theory. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const
type Lanes = readonly [number, number, number, number]

interface Hasher {
  readonly word: (word: number) => void
  readonly text: (text: string) => void
  readonly lanes: () => Lanes
}

const hasher = (): Hasher => {
  let [a, b, c, d]: [number, number, number, number] = [1, 2, 3, 4]
  const word = (value: number): void => {
    a = Math.imul(a ^ value, MULTIPLIERS[0])
    b = Math.imul(b ^ value ^ (a >>> 15), MULTIPLIERS[1])
    c = Math.imul(c ^ value ^ (b >>> 13), MULTIPLIERS[2])
    d = Math.imul(d ^ value ^ (c >>> 16), MULTIPLIERS[3])
    a ^= d >>> 14
  }
  return {
    word,
    // The length first, so that no two sequences of texts run together into the same words.
    text: (text) => {
      word(text.length)
      for (let i = 0; i < text.length; i++) word(text.charCodeAt(i))
    },
    lanes: () => {
      for (let round = 0; round < 4; round++) word(round)
      return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
    },
  }
}

const isList = (value: Attribute): value is readonly Attribute[] => Array.isArray(value)

const hashAttribute = (hash: Hasher, value: Attribute): void => {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    hash.text(value instanceof Float32Array ? 'f32' : 'f64')
    const words = new Uint32Array(value.slice().buffer)
    hash.word(words.length)
    for (const word of words) hash.word(word)
  } else if (typeof value === 'number') hash.text(Object.is(value, -0) ? '-0' : `${value}`)
  else if (typeof value === 'string') hash.text(`"${value}`)
  else if (typeof value === 'boolean' || value === null) hash.text(String(value))
  else if (isList(value)) {
    hash.text('[')
    hash.word(value.length)
    for (const item of value) hashAttribute(hash, item)
  } else if (isGraph(value)) hash.text(`graph ${hashGraph(value)}`)
  else {
    const names = Object.keys(value).sort()
    hash.text('{')
    hash.word(names.length)
    for (const name of names) {
      hash.text(name)
      hashAttribute(hash, value[name] ?? null)
    }
  }
}

/** The fingerprint of a node from those of its operands. */
const nodeLanes = (node: GraphNode, known: readonly Lanes[]): Lanes => {
  const hash = hasher()
  hash.text(node.op)
  hashAttribute(hash, node.attrs)
  hash.word(node.inputs.length)
  for (const { node: operand, output } of node.inputs) {
    for (const lane of known[operand] ?? []) hash.word(lane)
    hash.word(output)
  }
  for (const { dtype, shape } of node.outputs) {
    hash.text(dtype)
    hash.word(shape.length)
    for (const dim of shape) hash.text(typeof dim === 'number' ? `${dim}` : `"${dim}`)
  }
  return hash.lanes()
}

/** The graph's fingerprint, 32 hexadecimal digits. Dead nodes do not count; names and order of the outputs do. */
export const hashGraph = ({ nodes, outputs }: Graph): string => {
  const known: Lanes[] = []
  for (const node of nodes) known.push(nodeLanes(node, known))
  const hash = hasher()
  for (const { name, ref } of outputs) {
    hash.text(name)
    for (const lane of known[ref.node] ?? []) hash.word(lane)
    hash.word(ref.output)
  }
  return hash
    .lanes()
    .map((lane) => lane.toString(16).padStart(8, '0'))
    .join('')
}
