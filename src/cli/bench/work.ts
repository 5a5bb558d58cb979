/**
 * What a case measures, ready to be put on a device. A computation's arguments are written once, so that a run copies
 * nothing; a training step's state stays on the device, its batch is written and its loss read in every run.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { trace } from '../../compile/trace.js'
import { valueError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { tensorsOf } from '../../ir/tensor-tree.js'
import { constantValues } from '../../op/leaf/constant.js'
import { readTensors, writeArguments } from '../../run/compile.js'
import type { Device, ProgramFacts } from '../../run/device.js'
import type { Step } from '../../run/stepper.js'
import { stepper } from '../../run/stepper.js'

export interface Prepared {
  /** Once through: the loss of a training step, null where nothing is copied back. A loss that is not finite is an error. */
  readonly run: TE.TaskEither<TensorError, number | null>
  /** Copies the results of the last run back, or the state of a training step. */
  readonly results: TE.TaskEither<TensorError, readonly Tensor[]>
  readonly facts: ProgramFacts
  readonly destroy: () => void
}

/** Compiles for a device, loads, and writes what is written once. */
export type Work = (device: Device) => TE.TaskEither<TensorError, Prepared>

/** A function of constant tensors. Its results stay on the device. */
export const computation =
  <const Args extends readonly unknown[], Out>(args: Args, f: (...args: Args) => Out): Work =>
  (device) =>
    pipe(
      TE.fromEither(trace(f)(...args)),
      TE.chain((traced) =>
        pipe(
          device.load(traced.graph, { inputs: traced.inputs.map(({ name }) => name), carries: [] }),
          TE.chainFirst((loaded) => TE.fromEither(writeArguments(loaded, traced.inputs, args))),
          TE.map(({ run, facts, destroy, ...loaded }): Prepared => ({
            run: pipe(
              run,
              TE.map(() => null),
            ),
            results: readTensors({ run, facts, destroy, ...loaded }, traced.outputs),
            facts,
            destroy,
          })),
        ),
      ),
    )

const finite = (loss: Tensor): TE.TaskEither<TensorError, number> => {
  const value = constantValues(loss)?.[0] ?? Number.NaN
  return Number.isFinite(value)
    ? TE.right(value)
    : TE.left(
        valueError({
          where: 'training step',
          expected: 'a finite loss',
          found: `${value}`,
          hint: 'the step computes something else than it should on this device',
        }),
      )
}

/** A step from a state and a batch to the next state and its loss; all constant tensors. */
export const training =
  <State, const Batch extends readonly unknown[]>(
    state: State,
    batch: Batch,
    step: (state: State, ...batch: Batch) => Step<State, Tensor<readonly [], 'f32'>>,
  ): Work =>
  (device) =>
    pipe(
      stepper(device)(step)(state, ...batch),
      TE.chainFirst((loaded) => TE.fromEither(loaded.write(state))),
      TE.map((loaded): Prepared => ({
        run: pipe(loaded.step(...batch), TE.chain(finite)),
        results: pipe(
          loaded.read,
          TE.map((after) => tensorsOf(after)),
        ),
        facts: loaded.facts,
        destroy: loaded.destroy,
      })),
    )
