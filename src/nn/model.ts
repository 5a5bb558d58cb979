/**
 * A model is a value: what it takes and gives (abstract tensors, whose axes may be names), what it has to
 * learn (a tree of specifications), and how it is applied. It knows no device and holds no numbers.
 *
 * `pure`, `random` and `stateful` make models of functions; `compose.ts` makes models of models. A layer
 * is a function from what it receives to a model, so it can read the shape it is given.
 */
import { inputTensor } from '../ir/tensor.js'
import type { Tensor } from '../ir/tensor.js'
import { isTensor, mapTensors } from '../ir/tensor-tree.js'
import { build } from '../op/index.js'
import { filled } from '../op/leaf/constant.js'
import type { DType, Shape } from '../shape/dim.js'
import { mapLeaves } from '../tree/tree.js'
import { foldPath } from './key.js'
import type { Key } from './key.js'
import { initialise } from './initialiser.js'
import type { Empty, Parameters, ParameterTree, States, StateTree, ValuesOf } from './parameter.js'
import { isParameter, isState, sharedPaths, tie } from './parameter.js'

/** The values a model is applied with. Both are trees of tensors in the structure of its specifications. */
export interface Variables<P, St> {
  readonly params: P
  readonly state: St
}

/** What a model gives back: its result, and the state for the next call. */
export interface Applied<Y, St> {
  readonly y: Y
  readonly state: St
}

/** How a model is run. Only training draws random numbers; evaluation needs no key. */
export type Run = ({ readonly mode: 'train'; readonly key: Key } | { readonly mode: 'evaluate' }) & {
  /** Where the layer stands in the whole model: filled in by the layers around it. */
  readonly path?: string
}

export interface Model<P, St, I, O> {
  /** What it takes. */
  readonly input: I
  /** What it gives, found by tracing it once over its abstract input, as in evaluation. */
  readonly output: O
  /** The specification of each parameter, in the structure of `P`. */
  readonly parameters: ParameterTree
  /** The specification of the state, in the structure of `St`. */
  readonly states: StateTree
  /** First values as expressions of the key; each parameter draws from the key folded with its path. */
  init(key: Key): Variables<P, St>
  /** The result for `x`, whose named axes may have sizes by now. */
  apply(variables: Variables<P, St>, x: I, run: Run): Applied<O, St>
}

/** A model from what it receives. */
export type Layer<P, St, I, O> = (x: I) => Model<P, St, I, O>

export type ParamsOf<M> = M extends Model<infer P, infer _St, infer _I, infer _O> ? P : never
export type StateOf<M> = M extends Model<infer _P, infer St, infer _I, infer _O> ? St : never
export type InputOf<M> = M extends { readonly input: infer I } ? I : never
export type OutputOf<M> = M extends { readonly output: infer O } ? O : never

/** The same types without the expressions behind them. */
export const abstract = <T>(tree: T): T =>
  mapTensors(tree, ({ shape, dtype }, path) => inputTensor(path === '' ? 'x' : `x.${path}`, shape, dtype))

interface Definition<P, St, I, O> {
  readonly parameters: ParameterTree
  readonly states: StateTree
  readonly input: I
  readonly output: O
  readonly apply: Model<P, St, I, O>['apply']
}

/** The one maker of models: adds initialisation, and the sharing of parameters that stand at two places. */
export const defineModel = <P, St, I, O>(definition: Definition<P, St, I, O>): Model<P, St, I, O> => {
  const { parameters, states, apply } = definition
  const shared = sharedPaths(parameters)
  return {
    ...definition,
    init: (key) => {
      const holder = (path: string): string => shared.get(path) ?? path
      return {
        params: mapLeaves(isParameter, parameters, (spec, path) =>
          initialise(spec.init, spec.shape, () => foldPath(key, holder(path))),
        ) as P,
        state: mapLeaves(isState, states, ({ shape, dtype, start }): Tensor =>
          filled(start, shape, dtype),
        ) as St,
      }
    },
    apply: (variables, x, run) =>
      apply({ ...variables, params: tie(isTensor, shared, variables.params) }, x, run),
  }
}

/** Abstract parameters as specified. */
const abstractParameters = <Ps extends Parameters>(specs: Ps): ValuesOf<Ps> =>
  mapLeaves(isParameter, specs, ({ shape }, path): Tensor =>
    inputTensor(`params.${path}`, shape, 'f32'),
  ) as ValuesOf<Ps>

const abstractStates = <Ss extends States>(specs: Ss): ValuesOf<Ss> =>
  mapLeaves(isState, specs, ({ shape, dtype }, path): Tensor =>
    inputTensor(`state.${path}`, shape, dtype),
  ) as ValuesOf<Ss>

/** The parameters with those held constant that are not trained, so that no gradient is computed for them. */
const held = <Ps extends Parameters>(specs: Ps, values: ValuesOf<Ps>): ValuesOf<Ps> =>
  Object.values(specs).every((spec) => spec.trainable)
    ? values
    : mapTensors(values, (tensor, path) =>
        specs[path]?.trainable === false ? build.stopGradient(tensor) : tensor,
      )

/** A model that keeps state: batch normalisation. The function is told how it is run. */
export const stateful = <const Ps extends Parameters, const Ss extends States, I, O>(
  parameters: Ps,
  states: Ss,
  input: I,
  f: (variables: Variables<ValuesOf<Ps>, ValuesOf<Ss>>, x: I, run: Run) => Applied<O, ValuesOf<Ss>>,
): Model<ValuesOf<Ps>, ValuesOf<Ss>, I, O> => {
  const values = { params: abstractParameters(parameters), state: abstractStates(states) }
  const output = abstract(f(values, abstract(input), { mode: 'evaluate' }).y)
  return defineModel({
    parameters,
    states,
    input: abstract(input),
    output,
    apply: (variables, x, run) => f({ ...variables, params: held(parameters, variables.params) }, x, run),
  })
}

/** A model that draws random numbers when it is trained: dropout. Its key is already that of its path. */
export const random = <const Ps extends Parameters, I, O>(
  parameters: Ps,
  input: I,
  f: (params: ValuesOf<Ps>, x: I, key: Key | null) => O,
): Model<ValuesOf<Ps>, Empty, I, O> =>
  defineModel<ValuesOf<Ps>, Empty, I, O>({
    ...plain(parameters, input, (params, x) => f(params, x, null)),
    apply: ({ params }, x, run) => ({
      y: f(held(parameters, params), x, run.mode === 'train' ? foldPath(run.key, run.path ?? '') : null),
      state: {},
    }),
  })

const plain = <Ps extends Parameters, I, O>(
  parameters: Ps,
  input: I,
  f: (params: ValuesOf<Ps>, x: I) => O,
): Definition<ValuesOf<Ps>, Empty, I, O> => {
  const x = abstract(input)
  return {
    parameters,
    states: {},
    input: x,
    output: abstract(f(abstractParameters(parameters), x)),
    apply: (variables, given) => ({ y: f(held(parameters, variables.params), given), state: {} }),
  }
}

/** A model that is a function of its parameters and its input: nearly every layer. */
export const pure = <const Ps extends Parameters, I, O>(
  parameters: Ps,
  input: I,
  f: (params: ValuesOf<Ps>, x: I) => O,
): Model<ValuesOf<Ps>, Empty, I, O> => defineModel(plain(parameters, input, f))

/** The identity on tensors of a shape: what layers are added to. */
export const model = <const S extends Shape, D extends DType = 'f32'>(
  shape: S,
  dtype?: D,
): Model<Empty, Empty, Tensor<S, D>, Tensor<S, D>> => {
  const x = inputTensor('x', shape, (dtype ?? 'f32') as D)
  return pure({}, x, (_, given) => given)
}
