/**
 * The verifier of graphs. A graph that passes can be interpreted and compiled without surprises: every op is
 * known and has attributes that its codec accepts, operands stand before their users, the stated types are
 * those of the ops' rules, every node is used, and outputs have names of their own.
 */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { TensorError } from '../error/error.js'
import { attempt, dataError, fail, shapeError } from '../error/error.js'
import type { TensorType } from '../shape/dim.js'
import { printType, sameType } from '../shape/dim.js'
import type { Graph, GraphNode, Ref } from './graph.js'
import { attributeKey, isGraph, useCounts } from './graph.js'
import { printAttribute, printRef } from './print.js'
import type { Attributes } from './tensor.js'

/** What the checker needs to know of an op; the records of the op table have it. */
export interface OpRule {
  readonly attrs: t.Decoder<unknown, Attributes>
  type(attrs: Attributes, inputs: readonly TensorType[]): E.Either<TensorError, readonly TensorType[]>
}
export type OpRules = Readonly<Record<string, OpRule>>

const printTypes = (types: readonly TensorType[]): string => types.map(printType).join(', ') || 'no output'

const isSize = (dim: number | string): boolean =>
  typeof dim === 'number' ? Number.isSafeInteger(dim) && dim >= 0 : dim !== ''

/** The type a reference has; it may point at nodes before `limit` only. */
const typeAt = (nodes: readonly GraphNode[], limit: number, where: string, ref: Ref): TensorType => {
  const node = ref.node < limit ? nodes[ref.node] : undefined
  if (node === undefined)
    return fail(
      dataError({
        where,
        expected: 'a reference to a node that stands before it',
        found: printRef(ref),
        hint: `the nodes before it are numbered below %${limit}`,
      }),
    )
  return (
    node.outputs[ref.output] ??
    fail(
      dataError({
        where,
        expected: `an output of %${ref.node}, which has ${node.outputs.length}`,
        found: printRef(ref),
        hint: 'outputs are numbered from 0',
      }),
    )
  )
}

const checkAttributes = (where: string, rule: OpRule, attrs: Attributes): Attributes => {
  const decoded = rule.attrs.decode(attrs)
  // A codec may complete or drop what it reads; a graph states attributes as the codec gives them.
  if (E.isRight(decoded) && attributeKey(decoded.right) === attributeKey(attrs)) return decoded.right
  return fail(
    dataError({
      where,
      expected: E.isLeft(decoded)
        ? `attributes that are ${rule.attrs.name}`
        : `attributes ${printAttribute(decoded.right)}`,
      found: printAttribute(attrs),
      hint: "see the op's documentation for its attributes",
    }),
  )
}

/** An input states its type itself, so there is no rule to compare with. */
const checkInput = (where: string, node: GraphNode, names: ReadonlySet<string>): string => {
  const name = node.attrs['name']
  const [type] = node.outputs
  if (typeof name !== 'string' || Object.keys(node.attrs).length !== 1 || names.has(name))
    return fail(
      dataError({
        where,
        expected: 'one attribute, a name that no other input has',
        found: printAttribute(node.attrs),
        hint: 'two inputs of one name are one input',
      }),
    )
  if (
    type === undefined ||
    node.outputs.length !== 1 ||
    node.inputs.length !== 0 ||
    !type.shape.every(isSize)
  )
    return fail(
      shapeError({
        where,
        expected: 'no operand, and one type whose sizes are whole numbers or names',
        found: `${node.inputs.length} operands, ${printTypes(node.outputs)}`,
        hint: 'make inputs with inputTensor',
      }),
    )
  return name
}

const checkNode = (rules: OpRules, nodes: readonly GraphNode[], node: GraphNode, id: number): void => {
  const where = `node %${id} (${node.op})`
  const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined
  if (rule === undefined)
    return fail(
      dataError({
        where,
        expected: 'a known op',
        found: node.op,
        hint: `there are ${Object.keys(rules).join(', ')}`,
      }),
    )
  const operands = node.inputs.map((ref) => typeAt(nodes, id, where, ref))
  const attrs = checkAttributes(where, rule, node.attrs)
  for (const value of Object.values(attrs)) if (isGraph(value)) checkNested(rules, where, value)
  const types = attempt(() => rule.type(attrs, operands))
  const found = E.isLeft(types) ? types : types.right
  if (E.isLeft(found)) return fail({ ...found.left, where: `node %${id} (${found.left.where})` })
  const agree =
    found.right.length === node.outputs.length &&
    found.right.every((type, i) => agrees(type, node.outputs[i]))
  if (!agree || found.right.some((type) => !type.shape.every(isSize)))
    fail(
      shapeError({
        where,
        expected: printTypes(found.right),
        found: printTypes(node.outputs),
        hint: `${node.op} of ${operands.map(printType).join(', ') || 'no operand'} has the type expected here`,
      }),
    )
}

const checkNested = (rules: OpRules, where: string, graph: Graph): void => {
  const found = checkGraph(rules)(graph)
  if (E.isLeft(found)) fail({ ...found.left, where: `${where}, in its graph, ${found.left.where}` })
}

const agrees = (type: TensorType, stated: TensorType | undefined): boolean =>
  stated !== undefined && sameType(type, stated)

const checkOutputs = (graph: Graph): void => {
  const names = new Set<string>()
  for (const { name, ref } of graph.outputs) {
    const where = `output ${name}`
    typeAt(graph.nodes, graph.nodes.length, where, ref)
    if (names.has(name))
      fail(
        dataError({
          where,
          expected: 'a name for each output',
          found: `'${name}' twice`,
          hint: 'give outputs different names',
        }),
      )
    names.add(name)
  }
}

const checkUses = (graph: Graph): void => {
  const dead = useCounts(graph).indexOf(0)
  if (dead >= 0)
    fail(
      dataError({
        where: `node %${dead} (${graph.nodes[dead]?.op ?? ''})`,
        expected: 'a user: a node or an output',
        found: 'none',
        hint: 'leave out what nothing depends on',
      }),
    )
}

/**
 * Verifies a graph against the rules of the ops it names.
 * @returns the graph itself; or an error that names the first node at fault.
 */
export const checkGraph =
  (rules: OpRules) =>
  (graph: Graph): E.Either<TensorError, Graph> =>
    attempt(() => {
      const inputNames = new Set<string>()
      graph.nodes.forEach((node, id) => {
        if (node.op === 'input') inputNames.add(checkInput(`node %${id} (input)`, node, inputNames))
        else checkNode(rules, graph.nodes, node, id)
      })
      checkOutputs(graph)
      checkUses(graph)
      return graph
    })
