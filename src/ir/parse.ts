/**
 * The text of a graph read back: the inverse of `printGraph`. It knows the notation only; whether the ops
 * exist and the types are right is for `checkGraph`. White space and line ends are free.
 */
import type * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { attempt, dataError, fail } from '../error/error.js'
import type { DType, Dim, TensorType } from '../shape/dim.js'
import type { Graph, GraphNode, GraphOutput, Ref } from './graph.js'
import { BARE_NAME } from './print.js'
import type { Attribute, Attributes } from './tensor.js'

/** Lists in lists beyond this depth are refused, before they exhaust the stack. */
const DEPTH_LIMIT = 64

const SPACE = /\s*/y
const INTEGER = /-?[0-9]+/y
/** A name may begin as NaN or Infinity does. */
const NUMBER = /(?:NaN|-?Infinity)(?![\w.])|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const GRAPH = /graph(?=\s*\{)/y
const WORD = /true\b|false\b|null\b/y
const DTYPE = /f32\b|i24\b|bool\b/y
const ARRAY = /f(?:32|64)(?=[<"])/y
const HEX = /"(?:[0-9a-f]{2})*"/y

/** A text and a place in it. All readers skip white space first. */
interface Reader {
  /** The text that `pattern` (sticky) matches here, consumed; or null, and nothing consumed. */
  readonly take: (pattern: RegExp) => string | null
  /** Consumes this very text, if it is here. */
  readonly takeText: (text: string) => boolean
  /** Consumes it or leaves with an error that says where. */
  readonly need: (pattern: RegExp, expected: string) => string
  readonly needText: (text: string) => void
  /** Leaves with an error at the place before the last thing consumed. */
  readonly refuse: (expected: string, hint?: string) => never
}

const HINT = 'a graph is written as printGraph writes it: %0 = op(%1, %2) {name: value} : f32[2, 3]'

const readerOf = (text: string): Reader => {
  const place = { now: 0, before: 0 }
  const match = (pattern: RegExp): string | null => {
    const sticky = pattern
    sticky.lastIndex = place.now
    return sticky.exec(text)?.[0] ?? null
  }
  const skipSpace = (): void => {
    place.now += match(SPACE)?.length ?? 0
  }
  const consume = (found: string): string => {
    place.before = place.now
    place.now += found.length
    return found
  }
  const refuseAt = (at: number, expected: string, hint: string): never => {
    const lines = text.slice(0, at).split('\n')
    const found = text.slice(at).split('\n', 1)[0] ?? ''
    return fail(
      dataError({
        where: `graph text, line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`,
        expected,
        found:
          at >= text.length
            ? 'the end of the text'
            : `'${found.length > 24 ? `${found.slice(0, 24)}…` : found}'`,
        hint,
      }),
    )
  }
  const take = (pattern: RegExp): string | null => {
    skipSpace()
    const found = match(pattern)
    return found === null ? null : consume(found)
  }
  const takeText = (wanted: string): boolean => {
    skipSpace()
    if (!text.startsWith(wanted, place.now)) return false
    consume(wanted)
    return true
  }
  return {
    take,
    takeText,
    need: (pattern, expected) => take(pattern) ?? refuseAt(place.now, expected, HINT),
    needText: (wanted) => {
      if (!takeText(wanted)) refuseAt(place.now, wanted === '' ? 'the end of the text' : `'${wanted}'`, HINT)
    },
    refuse: (expected, hint = HINT) => refuseAt(place.before, expected, hint),
  }
}

/** Items between commas up to `close`. */
const readList = <A>(reader: Reader, close: string, item: () => A): readonly A[] => {
  const items: A[] = []
  if (reader.takeText(close)) return items
  do items.push(item())
  while (reader.takeText(','))
  reader.needText(close)
  return items
}

const readString = (reader: Reader, literal: string): string => {
  try {
    const value: unknown = JSON.parse(literal)
    if (typeof value === 'string') return value
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
  }
  return reader.refuse('a string as in JSON')
}

const readName = (reader: Reader, what: string): string => {
  const quoted = reader.take(STRING)
  return quoted === null ? reader.need(BARE_NAME, what) : readString(reader, quoted)
}

const readBits = (reader: Reader, kind: string): Float32Array | Float64Array => {
  const literal = reader.need(HEX, 'the bits of the elements as pairs of hexadecimal digits, in quotes')
  const width = kind === 'f32' ? 4 : 8
  const length = (literal.length - 2) / 2
  if (length % width !== 0) reader.refuse(`bytes in groups of ${width}`)
  const bytes = Uint8Array.from({ length }, (_, i) =>
    Number.parseInt(literal.slice(1 + 2 * i, 3 + 2 * i), 16),
  )
  const bits = new DataView(bytes.buffer)
  return kind === 'f32'
    ? Float32Array.from({ length: length / 4 }, (_, i) => bits.getFloat32(4 * i, true))
    : Float64Array.from({ length: length / 8 }, (_, i) => bits.getFloat64(8 * i, true))
}

const readArray = (reader: Reader, kind: string): Float32Array | Float64Array => {
  if (!reader.takeText('<')) return readBits(reader, kind)
  const values = readList(reader, '>', () => Number(reader.need(NUMBER, 'a number')))
  return kind === 'f32' ? Float32Array.from(values) : Float64Array.from(values)
}

const readAttribute = (reader: Reader, depth: number): Attribute => {
  if (depth > DEPTH_LIMIT)
    reader.refuse(
      `lists at most ${DEPTH_LIMIT} deep`,
      'attributes are small data; large data belongs in constants',
    )
  const word = reader.take(WORD)
  if (word !== null) return word === 'null' ? null : word === 'true'
  const kind = reader.take(ARRAY)
  if (kind !== null) return readArray(reader, kind)
  const quoted = reader.take(STRING)
  if (quoted !== null) return readString(reader, quoted)
  if (reader.take(GRAPH) !== null) return readGraph(reader, depth + 1)
  if (reader.takeText('[')) return readList(reader, ']', () => readAttribute(reader, depth + 1))
  if (reader.takeText('{')) return readAttributes(reader, depth + 1)
  return Number(reader.need(NUMBER, 'a value'))
}

/** The rest of a record after its brace. */
const readAttributes = (reader: Reader, depth: number): Attributes => {
  const names = new Set<string>()
  const entries = readList(reader, '}', (): readonly [string, Attribute] => {
    const name = readName(reader, 'the name of an attribute')
    if (names.has(name)) reader.refuse('each attribute once')
    names.add(name)
    reader.needText(':')
    return [name, readAttribute(reader, depth)]
  })
  return Object.fromEntries(entries)
}

const readRef = (reader: Reader): Ref => {
  reader.needText('%')
  const node = Number(reader.need(INTEGER, "a node's number"))
  return { node, output: reader.takeText('.') ? Number(reader.need(INTEGER, "an output's number")) : 0 }
}

const isDType = (text: string): text is DType => text === 'f32' || text === 'i24' || text === 'bool'

const readType = (reader: Reader): TensorType => {
  const dtype = reader.need(DTYPE, 'a dtype (f32, i24 or bool)')
  if (!isDType(dtype)) return reader.refuse('a dtype')
  reader.needText('[')
  const shape = readList(reader, ']', (): Dim => {
    const size = reader.take(NUMBER)
    return size === null ? readName(reader, 'a size or the name of an axis') : Number(size)
  })
  return { dtype, shape }
}

const readTypes = (reader: Reader): readonly TensorType[] => {
  const types: TensorType[] = []
  if (!reader.takeText(':')) return types
  do types.push(readType(reader))
  while (reader.takeText(','))
  return types
}

/** The rest of a node's line after its `%`. */
const readNode = (reader: Reader, id: number, depth: number): GraphNode => {
  if (Number(reader.need(INTEGER, "a node's number")) !== id)
    reader.refuse(`node %${id}`, 'nodes are numbered from %0 in the order in which they stand')
  reader.needText('=')
  return {
    op: readName(reader, 'the name of an op'),
    inputs: reader.takeText('(') ? readList(reader, ')', () => readRef(reader)) : [],
    attrs: reader.takeText('{') ? readAttributes(reader, depth) : {},
    outputs: readTypes(reader),
  }
}

const readOutput = (reader: Reader): GraphOutput => {
  const name = readName(reader, 'the name of an output')
  reader.needText('=')
  return { name, ref: readRef(reader) }
}

/** The rest of a graph after its word. */
const readGraph = (reader: Reader, depth: number): Graph => {
  const nodes: GraphNode[] = []
  reader.needText('{')
  while (reader.takeText('%')) nodes.push(readNode(reader, nodes.length, depth))
  reader.needText('return')
  return { nodes, outputs: readList(reader, '}', () => readOutput(reader)) }
}

/**
 * Reads a graph from its text.
 * @returns the graph; or a `DataError` that names line and column, what was expected there and what stands there.
 */
export const parseGraph = (text: string): E.Either<TensorError, Graph> =>
  attempt(() => {
    const reader = readerOf(text)
    reader.needText('graph')
    const graph = readGraph(reader, 0)
    if (reader.take(/[^]/y) !== null) reader.refuse('the end of the text')
    return graph
  })
