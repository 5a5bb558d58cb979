/**
 * A stepper keeps a state on the device and advances it: training without copying parameters to and fro.
 * It is compiled from a function (state, ...inputs) → { state, output }; only the output comes back.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Sizes, TracedLeaf } from '../compile/trace.js'
import { printLeaf, trace } from '../compile/trace.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import { withTensors } from '../ir/tensor-tree.js'
import { sameType } from '../shape/dim.js'
import { readTensors, writeArguments } from './compile.js'
import type { Device, ProgramFacts, RunTimes } from './device.js'

/** What a step makes of a state and its inputs. */
export interface Step<State, Output> {
  readonly state: State
  readonly output: Output
}

export interface Stepper<State, Inputs extends readonly unknown[], Output> {
  /** Puts a state of constant tensors on the device. */
  readonly write: (state: State) => E.Either<TensorError, void>
  /** Advances the state and returns what the step puts out. */
  readonly step: (...inputs: Inputs) => TE.TaskEither<TensorError, Output>
  /** Copies the current state back, as constant tensors. */
  readonly read: TE.TaskEither<TensorError, State>
  readonly facts: ProgramFacts
  readonly times: () => RunTimes
  readonly destroy: () => void
}

/** The state is the first argument and the first part of the result. */
const isUnder =
  (place: string) =>
  ({ name }: TracedLeaf): boolean =>
    name === place || name.startsWith(`${place}.`)
const isStateIn = isUnder('0')
const isStateOut = isUnder('result.0')

/** The state must come out with the types it went in with, or it could not go in again. */
const checkState = (
  before: readonly TracedLeaf[],
  after: readonly TracedLeaf[],
): E.Either<TensorError, void> => {
  const wrong = before.findIndex((leaf, i) => after[i] === undefined || !sameType(leaf.type, after[i].type))
  const [expected, found] = [before[wrong], after[wrong]]
  return expected === undefined && before.length === after.length
    ? E.right(undefined)
    : E.left(
        shapeError({
          where: 'stepper',
          expected: expected === undefined ? `${before.length} tensors of state` : printLeaf(expected),
          found: found === undefined ? `${after.length} tensors` : printLeaf(found),
          hint: 'a step returns a state of the same structure and shapes as it was given',
        }),
      )
}

/** Compiles a step for a device. Specifications give types only; `write` brings the first state. */
export const stepper =
  (device: Device, sizes: Sizes = {}) =>
  <State, Inputs extends readonly unknown[], Output>(
    f: (state: State, ...inputs: Inputs) => Step<State, Output>,
  ) =>
  (state: State, ...inputs: Inputs): TE.TaskEither<TensorError, Stepper<State, Inputs, Output>> => {
    const run = (args: readonly [State, ...Inputs]): { readonly 0: State; readonly 1: Output } => {
      const [first, ...rest] = args
      const { state: next, output } = f(first, ...rest)
      return { 0: next, 1: output }
    }
    return pipe(
      TE.fromEither(trace((...args: readonly [State, ...Inputs]) => run(args), sizes)(state, ...inputs)),
      TE.chainFirst((traced) =>
        TE.fromEither(checkState(traced.inputs.filter(isStateIn), traced.outputs.filter(isStateOut))),
      ),
      TE.chain((traced) => {
        const stateIn = traced.inputs.filter(isStateIn)
        const stateOut = traced.outputs.filter(isStateOut)
        const others = traced.inputs.filter((leaf) => !isStateIn(leaf))
        const outputs = traced.outputs.filter((leaf) => !isStateOut(leaf))
        const carries = stateIn.map(({ name }, i) => ({ output: stateOut[i]?.name ?? name, input: name }))
        const load = device.load(traced.graph, { inputs: traced.inputs.map(({ name }) => name), carries })
        return pipe(
          load,
          TE.map((loaded): Stepper<State, Inputs, Output> => ({
            write: (values) => writeArguments(loaded, stateIn, { 0: values }),
            step: (...values) =>
              pipe(
                TE.fromEither(
                  writeArguments(
                    loaded,
                    others,
                    Object.fromEntries(values.map((value, i) => [i + 1, value])),
                  ),
                ),
                TE.chain(() => loaded.run),
                TE.chain(() => readTensors(loaded, outputs)),
                TE.map((tensors) => withTensors(traced.result[1], tensors)),
              ),
            read: pipe(
              readTensors(loaded, stateIn),
              TE.map((tensors) => withTensors(state, tensors)),
            ),
            facts: loaded.facts,
            times: loaded.times,
            destroy: loaded.destroy,
          })),
        )
      }),
    )
  }
