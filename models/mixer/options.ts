/** Options as plain data: some are given, the others take their defaults, and the first at fault is named. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../src/error/error.js'
import { optionError } from '../../src/error/error.js'

/** A codec of several names. */
export const oneOf = <const Names extends readonly [string, string, ...string[]]>(
  names: Names,
): t.Type<Names[number]> => {
  const [first, second, ...rest] = names
  const literals = [t.literal(first), t.literal(second), ...rest.map((name) => t.literal(name))] as const
  return t.union([literals[0], literals[1], ...literals.slice(2)])
}

/** What must hold of options: the field at fault, whether it holds, and words for the error. */
export type Rule<T> = readonly [
  field: keyof T & string,
  holds: (options: T) => boolean,
  expected: string,
  hint: string,
]

/** Fields that count something. */
export const positive = <T>(...names: readonly (keyof T & string)[]): readonly Rule<T>[] =>
  names.map((name) => [
    name,
    (options) => Number.isInteger(options[name]) && Number(options[name]) > 0,
    'a positive whole number',
    'sizes are counted',
  ])

/** Options from plain data. `where` stands before the field's name in errors, as `vit: ` or `vit: mixer.` */
export type Decode<T> = (where: string) => (given: unknown) => E.Either<TensorError, T>

/** What options are made of. */
export interface OptionsSpec<Props extends t.Props> {
  readonly fields: Props
  readonly defaults: t.TypeOfProps<Props>
  readonly rules?: readonly Rule<t.TypeOfProps<Props>>[]
  /** Fields that are options themselves. */
  readonly nested?: { readonly [K in keyof Props]?: Decode<t.TypeOfProps<Props>[K]> }
}

export const isRecord = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

/** A value as it is printed in an error. */
export const printed = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const objectOf = (where: string, given: unknown): E.Either<TensorError, Readonly<Record<string, unknown>>> =>
  isRecord(given)
    ? E.right(given)
    : E.left(
        optionError({
          where: `${where}options`,
          expected: 'an object of options',
          found: printed(given),
          hint: 'give {} for the defaults',
        }),
      )

const knownOnly =
  (where: string, names: readonly string[]) =>
  (given: Readonly<Record<string, unknown>>): E.Either<TensorError, Readonly<Record<string, unknown>>> => {
    const unknown = Object.keys(given).find((name) => !names.includes(name))
    return unknown === undefined
      ? E.right(given)
      : E.left(
          optionError({
            where: `${where}${unknown}`,
            expected: 'a known option',
            found: unknown,
            hint: `options are ${names.join(', ')}`,
          }),
        )
  }

/** Completes the fields that are options themselves. */
const complete = <Props extends t.Props>(
  where: string,
  nested: NonNullable<OptionsSpec<Props>['nested']>,
  merged: Readonly<Record<string, unknown>>,
): E.Either<TensorError, Readonly<Record<string, unknown>>> => {
  let sofar: E.Either<TensorError, Readonly<Record<string, unknown>>> = E.right(merged)
  for (const [name, decode] of Object.entries<Decode<unknown> | undefined>(nested))
    sofar = pipe(
      sofar,
      E.chain((fields) =>
        pipe(
          decode === undefined ? E.right(fields[name]) : decode(`${where}${name}.`)(fields[name]),
          E.map((value) => ({ ...fields, [name]: value })),
        ),
      ),
    )
  return sofar
}

/** Fields of the right types; of several at fault the first is named. */
const typed = <Props extends t.Props>(where: string, fields: Props, merged: unknown) =>
  pipe(
    t.type(fields).decode(merged),
    E.mapLeft((errors): TensorError => {
      const path = errors[0]?.context.slice(1).map(({ key }) => key) ?? []
      const field = path.find((key) => Object.hasOwn(fields, key)) ?? 'options'
      return optionError({
        where: `${where}${field}`,
        expected: fields[field]?.name ?? 'options',
        found: isRecord(merged) ? printed(merged[field]) : printed(merged),
        hint: 'see the options in config.ts',
      })
    }),
  )

/** The first rule that is broken, as an error. */
export const checkRules =
  <T>(where: string, rules: readonly Rule<T>[]) =>
  (options: T): E.Either<TensorError, T> => {
    const broken = rules.find(([, holds]) => !holds(options))
    if (broken === undefined) return E.right(options)
    const [field, , expected, hint] = broken
    return E.left(optionError({ where: `${where}${field}`, expected, found: printed(options[field]), hint }))
  }

/** Options from some of their fields, the others as by default. Unknown fields are refused. */
export const decodeOptions =
  <Props extends t.Props>(spec: OptionsSpec<Props>): Decode<t.TypeOfProps<Props>> =>
  (where) =>
  (given) =>
    pipe(
      objectOf(where, given),
      E.chain(knownOnly(where, Object.keys(spec.fields))),
      E.chain((known) => complete<Props>(where, spec.nested ?? {}, { ...spec.defaults, ...known })),
      E.chain((merged) => typed(where, spec.fields, merged)),
      E.chain(checkRules(where, spec.rules ?? [])),
    )

/** A decoder that is chosen by the field `kind`; `what` says in an error of what kind. */
export const byKind =
  <T>(what: string, decoders: Readonly<Record<string, Decode<T>>>): Decode<T> =>
  (where) =>
  (given) => {
    const kind = isRecord(given) ? given['kind'] : undefined
    const decode = typeof kind === 'string' && Object.hasOwn(decoders, kind) ? decoders[kind] : undefined
    return decode === undefined
      ? E.left<TensorError>(
          optionError({
            where: `${where}kind`,
            expected: `one of ${Object.keys(decoders).join(', ')}`,
            found: printed(isRecord(given) ? kind : given),
            hint: `${what} is an object of options with its kind, as { kind: '${Object.keys(decoders)[0] ?? ''}' }`,
          }),
        )
      : decode(where)(given)
  }
