/** Recipes: one row of the paper's tables as data. Files of examples/recipes/ hold one each. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../src/error/error.js'
import { dataError } from '../src/error/error.js'
import { repeatedKey } from '../src/io/json-keys.js'

const printedCount = /^(\d+)(?:\.(\d{1,6}))? M$/

interface CountBrand {
  readonly Count: unique symbol
}
const count = t.brand(
  t.number,
  (n): n is t.Branded<number, CountBrand> => Number.isSafeInteger(n) && n > 0,
  'Count',
)

interface PrintedBrand {
  readonly Printed: unique symbol
}
const printed = t.brand(
  t.string,
  (text): text is t.Branded<string, PrintedBrand> => printedCount.test(text),
  'Printed',
)

const source = t.readonly(
  t.type({
    table: count,
    row: t.string,
    dataset: t.string,
    /** As the paper prints it, in millions: `2.71 M`; null where it prints none. */
    parameters: t.union([printed, t.null]),
  }),
)

const recipeCodec = t.readonly(
  t.type({
    name: t.string,
    /** Where it stands in the paper. */
    source,
    /** `kind` is a folder of models/; the rest are options of that model. */
    model: t.intersection([t.readonly(t.type({ kind: t.string })), t.readonly(t.UnknownRecord)]),
    /** Numbers that the model learns, exactly. */
    parameters: count,
  }),
)
export type Recipe = t.TypeOf<typeof recipeCodec>

/** What each field must be, for errors. */
const expectations: Readonly<Record<string, string>> = {
  name: 'a text',
  'source.table': 'the number of a table',
  'source.row': 'the name of a row',
  'source.dataset': 'the name of a data set',
  'source.parameters': "millions as printed, such as '2.71 M', or null",
  'model.kind': 'the kind of a model, a folder of models/',
  parameters: 'a positive whole number',
}

/** The first field that is not as it should be. Positions in unions and intersections are no fields. */
const fieldAt = (context: t.Context): string =>
  context
    .slice(1)
    .map(({ key }) => key)
    .filter((key) => !/^\d+$/.test(key))
    .join('.')

const parseJson = (file: string, text: string): E.Either<TensorError, unknown> =>
  pipe(
    E.tryCatch(
      (): unknown => JSON.parse(text),
      (thrown) =>
        dataError({
          where: file,
          expected: 'JSON',
          found: thrown instanceof Error ? thrown.message : String(thrown),
          hint: 'correct the text',
        }),
    ),
    E.chain((value) => {
      const twice = repeatedKey(text)
      return twice === null
        ? E.right(value)
        : E.left(
            dataError({
              where: file,
              expected: 'every key once',
              found: `'${twice}' twice in one object`,
              hint: 'the first of them would be lost',
            }),
          )
    }),
  )

/** The recipe of a file's text; one that is broken is a `DataError` that names the file and the field. */
export const decodeRecipe =
  (file: string) =>
  (text: string): E.Either<TensorError, Recipe> =>
    pipe(
      parseJson(file, text),
      E.chain((value) =>
        pipe(
          recipeCodec.decode(value),
          E.mapLeft(([error]): TensorError => {
            const field = fieldAt(error?.context ?? [])
            return dataError({
              where: field === '' ? file : `${file}: ${field}`,
              expected: expectations[field] ?? 'name, source, model and parameters',
              found: JSON.stringify(error?.value ?? null),
              hint: 'the other recipes show the form',
            })
          }),
        ),
      ),
    )

/**
 * Whether a count is the one that the paper prints: cut off after the last printed digit, as the paper does in Table 3,
 * or rounded to it.
 */
export const agreesWithPrinted = (parameters: number, text: string): boolean => {
  const [, whole = '', fraction = ''] = printedCount.exec(text) ?? []
  const unit = 10 ** (6 - fraction.length)
  const stated = Number(whole + fraction)
  return Math.floor(parameters / unit) === stated || Math.round(parameters / unit) === stated
}
