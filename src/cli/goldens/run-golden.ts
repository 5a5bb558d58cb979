/** One golden file: its family, its program on a device, and every tensor of the file compared. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TensorError } from '../../error/error.js'
import { dataError, deviceError, fail, valueError } from '../../error/error.js'
import { pullBack } from '../../grad/vjp.js'
import type { Tensor } from '../../ir/tensor.js'
import type { NdArray } from '../../op/def.js'
import { build } from '../../op/index.js'
import { constantValues, fromArray } from '../../op/leaf/constant.js'
import { concreteShape, printType, sameShape } from '../../shape/dim.js'
import { compile } from '../../run/compile.js'
import type { Device } from '../../run/device.js'
import type { Comparison, Tolerances } from './compare.js'
import { isGradient, isWithin, relativeError, tolerancesOf } from './compare.js'
import { goldenFamilies } from './families.js'
import type { Golden, GoldenConstants, GoldenFamily, GoldenProgram, NamedTensors } from './family.js'

/** What became of a file that could be computed. */
export interface GoldenResult {
  readonly name: string
  readonly family: string
  readonly tolerances: Tolerances
  /** Every tensor that was compared. */
  readonly comparisons: readonly Comparison[]
  /** Tensors of the file that nothing computes. */
  readonly missing: readonly string[]
  /** Tensors that are not compared, with the reason. */
  readonly excused: Readonly<Record<string, string>>
}

/** Whether everything was computed, and within its tolerance. */
export const passes = ({ comparisons, missing }: GoldenResult): boolean =>
  comparisons.length > 0 && missing.length === 0 && comparisons.every(isWithin)

/** The one family of a file; none, or more than one, is an error. */
export const familyOf = (
  golden: Golden,
  families: readonly GoldenFamily[] = goldenFamilies,
): E.Either<TensorError, GoldenFamily> => {
  const [found, ...others] = families.filter(({ recognises }) => recognises(golden))
  if (found !== undefined && others.length === 0) return E.right(found)
  return E.left(
    dataError({
      where: golden.name,
      expected: `a case of one family of ${families.map(({ name }) => name).join(', ')}`,
      found:
        found === undefined ? 'none that is known' : [found, ...others].map(({ name }) => name).join(', '),
      hint: 'a file is known by its name and the names of its tensors; src/cli/goldens/ has the families',
    }),
  )
}

/** The tensors below `prefix/`, by the rest of their names. */
const below = <A>(tensors: Readonly<Record<string, A>>, prefix: string): Readonly<Record<string, A>> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensor]] : [],
    ),
  )

const isInput = (name: string): boolean =>
  name === 'x' || name === 'g' || name.startsWith('param/') || name.startsWith('buffer/')

/** Tensors of float64 are expectations of what has the same name without the number. */
const computedName = (name: string): string => name.replace(/^grad64\//, 'grad/').replace(/^y64$/, 'y')

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

/** What a program starts from, by the file's names. */
interface Inputs {
  readonly x: Tensor
  readonly g: Tensor | null
  readonly params: NamedTensors
  readonly buffers: NamedTensors
}

const toTensor = ({ shape, data }: NdArray): Tensor => fromArray(data, shape)

const inputsOf = ({ name, tensors }: Golden): E.Either<TensorError, Inputs> => {
  const { x, g } = tensors
  const gradients = Object.keys(tensors).some(isGradient)
  if (x === undefined || (g === undefined && gradients))
    return E.left(
      dataError({
        where: name,
        expected: gradients ? 'tensors x and g' : 'a tensor x',
        found: Object.keys(tensors).slice(0, 8).join(', '),
        hint: 'x is the input, g the cotangent of the output y from which gradients are taken',
      }),
    )
  return E.right({
    x: toTensor(x),
    g: g === undefined ? null : toTensor(g),
    params: mapped(below(tensors, 'param'), toTensor),
    buffers: mapped(below(tensors, 'buffer'), toTensor),
  })
}

/** Gradients of Σ g·y with respect to x and the parameters, by the file's names; those that it has. */
const gradientsOf = (
  wanted: ReadonlySet<string>,
  y: Tensor | undefined,
  g: Tensor | null,
  variables: NamedTensors,
): NamedTensors => {
  const names = Object.keys(variables).filter((name) => wanted.has(`grad/${name}`))
  if (names.length === 0 || y === undefined || g === null) return {}
  if (!sameShape(y.shape, g.shape))
    fail(
      valueError({
        where: 'y',
        expected: `${printType(g)}, as g is`,
        found: printType(y),
        hint: 'the configuration that was read does not fit the tensors',
      }),
    )
  const gradients = pullBack(
    [y],
    [g],
    names.flatMap((name) => variables[name] ?? []),
  )
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const gradient = gradients[i]
      return gradient === undefined ? [] : [[`grad/${name}`, gradient] as const]
    }),
  )
}

/** Everything that a file asks for, as a function of what it gives. */
const computeAll =
  ({ tensors }: Golden, { compute }: GoldenProgram) =>
  ({ x, g, params, buffers }: Inputs): NamedTensors => {
    const wanted = new Set(Object.keys(tensors).map(computedName))
    const at = { x: build.identity(x), params: mapped(params, build.identity) }
    const results = compute({ ...at, buffers })
    const outputs = Object.fromEntries(Object.entries(results).filter(([name]) => wanted.has(name)))
    return { ...outputs, ...gradientsOf(wanted, results['y'], g, { ...at.params, x: at.x }) }
  }

const toArray = (tensor: Tensor): NdArray => ({
  shape: concreteShape(tensor.shape) ?? [],
  data: Float64Array.from(constantValues(tensor) ?? []),
})

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** A task whose exceptions are errors of the device, so that other files still run. */
const caught = <A>(where: string, task: () => TE.TaskEither<TensorError, A>): TE.TaskEither<TensorError, A> =>
  pipe(
    TE.tryCatch(
      async () => task()(),
      (thrown): TensorError =>
        deviceError({
          where,
          expected: 'a result',
          found: messageOf(thrown),
          hint: 'this is a defect of Crocuta; another device will tell whose',
        }),
    ),
    TE.chainEitherK((result) => result),
  )

const runProgram = (
  device: Device,
  golden: Golden,
  program: GoldenProgram,
): TE.TaskEither<TensorError, Readonly<Record<string, NdArray>>> =>
  pipe(
    TE.fromEither(inputsOf(golden)),
    TE.chain((inputs) =>
      pipe(
        compile(device)(computeAll(golden, program))(inputs),
        TE.chain((compiled) =>
          TE.bracket(
            TE.of(compiled),
            ({ run }) => run(inputs),
            ({ destroy }) => TE.fromIO(destroy),
          ),
        ),
        TE.map((results) => mapped(results, toArray)),
      ),
    ),
  )

const compareProgram = (
  golden: Golden,
  family: string,
  tolerances: Tolerances,
  { unlike = {} }: GoldenProgram,
  found: Readonly<Record<string, NdArray>>,
): GoldenResult => {
  const asked = Object.entries(golden.tensors).filter(([name]) => !isInput(name) && !(name in unlike))
  return {
    name: golden.name,
    family,
    tolerances,
    comparisons: asked.flatMap(([name, expected]): readonly Comparison[] => {
      const value = found[computedName(name)]
      return value === undefined
        ? []
        : [
            {
              name,
              error: relativeError(value, expected),
              tolerance: isGradient(name) ? tolerances.gradients : tolerances.outputs,
            },
          ]
    }),
    missing: asked.flatMap(([name]) => (found[computedName(name)] === undefined ? [name] : [])),
    excused: Object.fromEntries(Object.entries(unlike).filter(([name]) => name in golden.tensors)),
  }
}

const compareConstants = (
  golden: Golden,
  family: string,
  tolerances: Tolerances,
  { compare }: GoldenConstants,
): GoldenResult => ({
  name: golden.name,
  family,
  tolerances,
  comparisons: Object.entries(compare()).map(([name, { expected, found }]) => ({
    name,
    error: relativeError(found, expected),
    tolerance: tolerances.outputs,
  })),
  missing: [],
  excused: {},
})

/**
 * Computes a golden file's case on a device and compares every tensor of the file that is no input.
 * Errors: no family knows the file, its configuration is unknown, or it cannot be computed.
 */
export const runGolden = (
  device: Device,
  golden: Golden,
  families: readonly GoldenFamily[] = goldenFamilies,
): TE.TaskEither<TensorError, GoldenResult> =>
  caught(golden.name, () =>
    pipe(
      TE.Do,
      TE.apS('family', TE.fromEither(familyOf(golden, families))),
      TE.apS('tolerances', TE.fromEither(tolerancesOf(golden))),
      TE.bind('read', ({ family }) => TE.fromEither(family.read(golden))),
      TE.chain(({ family, tolerances, read }) =>
        read.kind === 'constants'
          ? TE.fromIO(() => compareConstants(golden, family.name, tolerances, read))
          : pipe(
              runProgram(device, golden, read),
              TE.map((found) => compareProgram(golden, family.name, tolerances, read, found)),
            ),
      ),
    ),
  )
