import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import { checkGraph } from '../../src/ir/check.js'
import type { Graph } from '../../src/ir/graph.js'
import { parseGraph } from '../../src/ir/parse.js'
import { ops } from '../../src/op/index.js'
import { interpret } from '../../src/run/reference.js'
import { damages } from '../support/mutant-graphs.js'
import { randomPrograms } from '../support/random-graph.js'

const check = checkGraph(ops)

const parsed = (text: string): Graph => {
  const graph = parseGraph(text)
  if (E.isLeft(graph)) throw new Error(renderError(graph.left))
  return graph.right
}

const refusal = (text: string): string => {
  const result = check(parsed(text))
  return E.isLeft(result) ? renderError(result.left) : 'accepted'
}

describe('checkGraph', () => {
  it('accepts every graph that combinators make', () => {
    fc.assert(
      fc.property(fc.oneof(randomPrograms('exact'), randomPrograms('smooth')), ({ graph }) => {
        expect(check(graph)).toEqual(E.right(graph))
      }),
    )
  })

  const where = fc.record({ node: fc.nat(99), part: fc.nat(99), how: fc.nat(99) })
  const mutants = fc
    .tuple(randomPrograms('exact'), fc.constantFrom(...Object.keys(damages)), where)
    .map(([program, damage, place]) => ({
      program,
      damage,
      mutant: damages[damage]?.(program.graph, place) ?? null,
    }))

  it('rejects at least 99 of 100 damaged graphs', () => {
    const tried = fc.sample(mutants, 2000).filter(({ mutant }) => mutant !== null)
    const accepted = tried.filter(({ mutant }) => mutant !== null && E.isRight(check(mutant)))
    expect(tried.length).toBeGreaterThan(1500)
    expect(accepted.length / tried.length, accepted.map(({ damage }) => damage).join(', ')).toBeLessThan(0.01)
  })

  it('accepts a damaged graph only where the damage made another right program', () => {
    fc.assert(
      fc.property(mutants, ({ program, mutant }) => {
        fc.pre(mutant !== null && E.isRight(check(mutant)))
        const values = interpret(mutant, program.bindings)
        for (const { name, ref } of mutant.outputs)
          expect(values.get(name)?.shape).toEqual(mutant.nodes[ref.node]?.outputs[ref.output]?.shape)
      }),
      { numRuns: 3, maxSkipsPerRun: 5000 },
    )
  })
})

describe('the errors of checkGraph', () => {
  const input = '%0 = input {name: "x"} : f32[2, 3]'
  const cases: Readonly<Record<string, readonly [text: string, message: string]>> = {
    'an unknown op': [
      `graph { ${input} %1 = sums(%0) : f32[2] return y = %1 }`,
      'DataError in node %1 (sums): expected a known op, found sums.',
    ],
    'a wrong type': [
      `graph { ${input} %1 = sum(%0) {axes: [1], keepDims: false} : f32[3] return y = %1 }`,
      'ShapeError in node %1 (sum): expected f32[2], found f32[3].',
    ],
    'an attribute that is missing': [
      `graph { ${input} %1 = sum(%0) {axes: [1]} : f32[2] return y = %1 }`,
      'DataError in node %1 (sum): expected attributes that are Readonly<{| axes: ReadonlyArray<number>, keepDims: boolean |}>, found {axes: [1]}.',
    ],
    'an attribute the op does not have': [
      `graph { ${input} %1 = exp(%0) {base: 2} : f32[2, 3] return y = %1 }`,
      'DataError in node %1 (exp): expected attributes {}, found {base: 2}.',
    ],
    'an operand that stands later': [
      `graph { ${input} %1 = exp(%2) : f32[2, 3] %2 = exp(%0) : f32[2, 3] return y = %1 }`,
      'DataError in node %1 (exp): expected a reference to a node that stands before it, found %2.',
    ],
    'an output of a node that has fewer': [
      `graph { ${input} %1 = exp(%0.1) : f32[2, 3] return y = %1 }`,
      'DataError in node %1 (exp): expected an output of %0, which has 1, found %0.1.',
    ],
    'an operand that the rule refuses': [
      `graph { ${input} %1 = sum(%0) {axes: [2], keepDims: false} : f32[2] return y = %1 }`,
      'ShapeError in node %1 (sum): expected',
    ],
    'a dead node': [
      `graph { ${input} %1 = exp(%0) : f32[2, 3] return y = %0 }`,
      'DataError in node %1 (exp): expected a user: a node or an output, found none.',
    ],
    'two outputs of one name': [
      `graph { ${input} return y = %0, y = %0 }`,
      "DataError in output y: expected a name for each output, found 'y' twice.",
    ],
    'two inputs of one name': [
      `graph { ${input} %1 = input {name: "x"} : f32[3] %2 = add(%0, %1) : f32[2, 3] return y = %2 }`,
      'DataError in node %1 (input): expected one attribute, a name that no other input has, found {name: "x"}.',
    ],
    'an input of an impossible size': [
      'graph { %0 = input {name: "x"} : f32[2, -3] return y = %0 }',
      'ShapeError in node %0 (input): expected no operand, and one type whose sizes are whole numbers or names, found 0 operands, f32[2, -3].',
    ],
    'a name that every object has': [
      'graph { %0 = toString : f32[] return y = %0 }',
      'DataError in node %0 (toString): expected a known op, found toString.',
    ],
  }
  /** A loop over rows that adds them up, with something else in its body, attributes or type. */
  const loop = (
    body: string,
    { attrs = 'length: 2, carries: 1, sequences: 1', operands = '%1, %0', type = 'f32[3]' } = {},
  ): string =>
    `graph { ${input} %1 = input {name: "start"} : f32[3] ` +
    `%2 = scan(${operands}) {body: graph { ${body} }, ${attrs}, reverse: false, unroll: false} : ${type} return y = %2 }`
  const carried = '%0 = input {name: "0"} : f32[3] %1 = input {name: "1"} : f32[3]'
  const loops: Readonly<Record<string, readonly [text: string, message: string]>> = {
    'a known one': [loop(`${carried} %2 = add(%0, %1) : f32[3] return "0" = %2`), 'accepted'],
    'an unknown op in a body': [
      loop(`${carried} %2 = plus(%0, %1) : f32[3] return "0" = %2`),
      'DataError in node %2 (scan), in its graph, node %2 (plus): expected a known op, found plus.',
    ],
    'a dead node in a body': [
      loop(`${carried} %2 = add(%0, %1) : f32[3] return "0" = %0`),
      'DataError in node %2 (scan), in its graph, node %2 (add): expected a user: a node or an output, found none.',
    ],
    'a carry that changes its type': [
      loop(
        `${carried} %2 = sum(%0) {axes: [0], keepDims: false} : f32[] %3 = mul(%2, %1) : f32[3] %4 = sum(%3) {axes: [0], keepDims: true} : f32[1] return "0" = %4`,
      ),
      'ShapeError in node %2 (scan): expected a step whose carry 0 is f32[3] again, found f32[1].',
    ],
    'a slice of another type': [
      loop(
        '%0 = input {name: "0"} : f32[3] %1 = input {name: "1"} : f32[2, 3] %2 = sum(%1) {axes: [0], keepDims: false} : f32[3] %3 = add(%0, %2) : f32[3] return "0" = %3',
      ),
      'ShapeError in node %2 (scan): expected an operand f32[2, 3] for input 1 of the body, found f32[3].',
    ],
    'an input beyond the operands': [
      loop(
        '%0 = input {name: "0"} : f32[3] %1 = input {name: "2"} : f32[3] %2 = add(%0, %1) : f32[3] return "0" = %2',
      ),
      'ShapeError in node %2 (scan): expected an operand f32[3] for input 2 of the body, found nothing.',
    ],
    'more steps than slices': [
      loop(`${carried} %2 = add(%0, %1) : f32[3] return "0" = %2`, {
        attrs: 'length: 3, carries: 1, sequences: 1',
      }),
      'ShapeError in node %2 (scan): expected 1 carries, then 1 sequences of length 3, found f32[3], f32[2, 3].',
    ],
    'what is captured and not read': [
      loop(`${carried} %2 = add(%0, %1) : f32[3] return "0" = %2`, { operands: '%1, %0, %1' }),
      'ShapeError in node %2 (scan): expected a body that reads what is captured for it, found operand 2, f32[3], unread.',
    ],
    'a body that is no graph': [
      loop('return').replace('graph { return }', '[]'),
      'DataError in node %2 (scan): expected attributes that are',
    ],
  }
  it.each(Object.entries(loops))('of a loop: %s', (_, [text, message]) =>
    expect(refusal(text)).toContain(message),
  )

  it.each(Object.entries(cases))('%s', (_, [text, message]) => expect(refusal(text)).toContain(message))
})
