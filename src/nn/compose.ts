/** Models of models: one after another, repeated, around a residual, side by side. */
import { fail, optionError, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { tensorPaths, tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { printType } from '../shape/dim.js'
import type { ShapeError } from '../shape/shape-error.js'
import type { PrintDims } from '../shape/size-arithmetic.js'
import type { Tree } from '../tree/tree.js'
import type { Applied, InputOf, Model, OutputOf, ParamsOf, Run, StateOf, Variables } from './model.js'
import { abstract, defineModel } from './model.js'

/** The type error of a second layer of one name. */
export interface NameTaken<Message extends string> {
  readonly nameTaken: Message
}

type Simplify<T> = { readonly [K in keyof T]: T[K] } & {}

type With<T, Name extends string, Value> = Simplify<T & { readonly [K in Name]: Value }>

/** The run of a child, which stands below its parent. */
export const below = (run: Run, name: string | number): Run => ({
  ...run,
  path: run.path === undefined || run.path === '' ? `${name}` : `${run.path}.${name}`,
})

const without = (tree: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => key !== name))

type Named<L> = { readonly [name: string]: Tree<L> }

/** Adds a layer under a name: it receives what the model gives, and the model then gives what the layer gives. */
export const layer =
  <const N extends string, Q, R, X, Y>(name: N, l: (x: X) => Model<Q, R, X, Y>) =>
  <P, St, I>(
    m: Model<P, St, I, X> &
      (N extends keyof P ? NameTaken<`the model already has a layer named ${N}`> : unknown),
  ): Model<With<P, N, Q>, With<St, N, R>, I, Y> => {
    const whole: Model<P, St, I, X> = m
    const child = l(whole.output)
    if (typeof whole.parameters !== 'object' || name in whole.parameters)
      fail(
        optionError({
          where: `layer ${name}`,
          expected: 'a name that the model does not have yet',
          found: `a second layer named ${name}`,
          hint: 'the names of layers are the names of their parameters; choose another',
        }),
      )
    return defineModel<With<P, N, Q>, With<St, N, R>, I, Y>({
      parameters: { ...(whole.parameters as Named<never>), [name]: child.parameters },
      states: { ...(whole.states as Named<never>), [name]: child.states },
      input: whole.input,
      output: child.output,
      apply: ({ params, state }, x, run) => {
        const before = whole.apply(
          { params: without(params, name) as P, state: without(state, name) as St },
          x,
          run,
        )
        const after = child.apply({ params: params[name], state: state[name] }, before.y, below(run, name))
        return { y: after.y, state: { ...before.state, [name]: after.state } as With<St, N, R> }
      },
    })
  }

/** Refuses a layer whose result is not of the type it receives; sizes that are plain numbers are left to run time. */
export type Keeps<Where extends string, X, Y> = [Y] extends [X]
  ? unknown
  : [X] extends [Y]
    ? unknown
    : [X, Y] extends [Tensor<infer Given>, Tensor<infer Made>]
      ? ShapeError<`${Where}: the layer receives [${PrintDims<Given>}] and gives [${PrintDims<Made>}]`>
      : ShapeError<`${Where}: the layer must give what it receives`>

const typesOf = (tree: unknown): string =>
  tensorPaths(tree)
    .map(({ path, leaf }) => `${path}${printType(leaf)}`)
    .join(', ')

/** The run-time twin of `Keeps`: what the model gives, known to be of the type it receives. */
export const keeping = <Q, R, X, Y>(where: string, m: Model<Q, R, X, Y>): Model<Q, R, X, X> =>
  typesOf(m.input) === typesOf(m.output)
    ? (m as Model<Q, R, X, X & Y>)
    : fail(
        shapeError({
          where,
          expected: `a layer that gives ${typesOf(m.input)}, as it receives`,
          found: typesOf(m.output),
          hint: 'choose the layer’s outputs so that its result can be received again',
        }),
      )

/**
 * The layer `count` times, each with parameters of its own; they form a list. The layer may take its
 * index as a second argument: rates that grow with depth, directions that alternate.
 */
export const repeat =
  <Q, R, X, Y>(count: number, l: (x: X, index: number) => Model<Q, R, X, Y>) =>
  (x: X & Keeps<'repeat', X, Y>): Model<readonly Q[], readonly R[], X, X> => {
    const received: X = x
    const children = Array.from({ length: count }, (_, index) => keeping('repeat', l(received, index)))
    return defineModel<readonly Q[], readonly R[], X, X>({
      parameters: children.map((child) => child.parameters),
      states: children.map((child) => child.states),
      input: abstract(received),
      output: abstract(received),
      apply: ({ params, state }, given, run) => {
        let y = given
        const after = children.map((child, index) => {
          const applied = child.apply(
            { params: params[index] as Q, state: state[index] as R },
            y,
            below(run, index),
          )
          y = applied.y
          return applied.state
        })
        return { y, state: after }
      },
    })
  }

/** x + layer(x). */
export const residual =
  <Q, R, X, Y>(l: (x: X) => Model<Q, R, X, Y>) =>
  (x: X & Keeps<'residual', X, Y>): Model<Q, R, X, X> => {
    const inner = keeping('residual', l(x))
    return defineModel<Q, R, X, X>({
      ...inner,
      apply: (variables, given, run) => {
        const { y, state } = inner.apply(variables, given, run)
        return { y: addTrees(given, y), state }
      },
    })
  }

/** Tensors of two equal structures added one by one. */
const addTrees = <X>(a: X, b: X): X => {
  const terms = tensorsOf(b)
  return withTensors(
    a,
    tensorsOf(a).map((term, i) => build.add(term, terms[i] ?? term)),
  )
}

type AnyModel = Model<unknown, unknown, unknown, unknown>
type Children = Readonly<Record<string, AnyModel>>

/** The children of `assemble` as functions: each applies that child with its own variables. */
export type Calls<C> = { readonly [K in keyof C]: (x: InputOf<C[K]>) => OutputOf<C[K]> }
export type ParamsOfAll<C> = { readonly [K in keyof C]: ParamsOf<C[K]> }
export type StateOfAll<C> = { readonly [K in keyof C]: StateOf<C[K]> }

const mapChildren = <C extends Children, R>(children: C, f: (child: AnyModel, name: string) => unknown): R =>
  Object.fromEntries(Object.entries(children).map(([name, child]) => [name, f(child, name)])) as R

/** Calls that read the children's variables from those of the whole, and note the states they give back. */
const callsOf = <C extends Children>(
  children: C,
  { params, state }: Variables<ParamsOfAll<C>, StateOfAll<C>>,
  run: Run,
  note: (name: string, state: unknown) => void,
): Calls<C> =>
  mapChildren(children, (child, name) => (x: unknown): unknown => {
    const applied = child.apply({ params: params[name], state: state[name] }, x, below(run, name))
    note(name, applied.state)
    return applied.y
  })

/** A model that applies named models as its function says: a block that is not a chain. */
export const assemble = <C extends Children, I, O>(
  children: C,
  input: I,
  f: (call: Calls<C>, x: I) => O,
): Model<ParamsOfAll<C>, StateOfAll<C>, I, O> => {
  const apply = (
    variables: Variables<ParamsOfAll<C>, StateOfAll<C>>,
    x: I,
    run: Run,
  ): Applied<O, StateOfAll<C>> => {
    const after: Record<string, unknown> = { ...variables.state }
    const y = f(
      callsOf(children, variables, run, (name, state) => {
        after[name] = state
      }),
      x,
    )
    return { y, state: after as StateOfAll<C> }
  }
  const outputs: Calls<C> = mapChildren(children, (child) => () => child.output)
  return defineModel<ParamsOfAll<C>, StateOfAll<C>, I, O>({
    parameters: mapChildren(children, (child) => child.parameters),
    states: mapChildren(children, (child) => child.states),
    input: abstract(input),
    output: abstract(f(outputs, abstract(input))),
    apply,
  })
}

/** Models of one input side by side; `combine` makes one result of their results. */
export const parallel = <I, C extends Readonly<Record<string, Model<unknown, unknown, I, unknown>>>, O>(
  input: I,
  branches: C,
  combine: (results: { readonly [K in keyof C]: OutputOf<C[K]> }) => O,
): Model<ParamsOfAll<C>, StateOfAll<C>, I, O> =>
  assemble(branches as C & Children, input, (call, x) =>
    combine(
      Object.fromEntries(
        Object.keys(branches).map((name) => [name, (call[name] as (given: I) => unknown)(x)]),
      ) as { readonly [K in keyof C]: OutputOf<C[K]> },
    ),
  )
