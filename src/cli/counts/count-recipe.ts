/** The parameters of one recipe, beside what it says and what the paper prints. */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Recipe } from '../../../models/recipe.js'
import { agreesWithPrinted, decodeRecipe } from '../../../models/recipe.js'
import { makeClassifier } from '../../../models/registry.js'
import type { TensorError } from '../../error/error.js'
import { countParameters } from '../../nn/count.js'
import type { CountLine } from '../../report/counts.js'

const describe = (file: string, { name, source, model, parameters: stored }: Recipe) => ({
  file: basename(file),
  name,
  kind: model.kind,
  table: source.table,
  row: source.row,
  dataset: source.dataset,
  stored,
  paper: source.parameters,
})

const failedLine = (file: string, error: TensorError): CountLine => ({
  file: basename(file),
  ok: false,
  parameters: null,
  error,
})

const lineOf = (file: string, recipe: Recipe): CountLine =>
  pipe(
    makeClassifier(recipe.model),
    E.match(
      (error): CountLine => ({ ...describe(file, recipe), ok: false, parameters: null, error }),
      (model) => {
        const parameters = countParameters(model)
        const { parameters: paper } = recipe.source
        return {
          ...describe(file, recipe),
          ok: parameters === recipe.parameters,
          parameters,
          agrees: paper === null ? null : agreesWithPrinted(parameters, paper),
        }
      },
    ),
  )

/** The line of a recipe's text; `file` is its path. */
export const countRecipe = (file: string, text: string): CountLine =>
  pipe(
    decodeRecipe(file)(text),
    E.match(
      (error) => failedLine(file, error),
      (recipe) => lineOf(file, recipe),
    ),
  )

/** The line of a file that could not be read. */
export const unreadLine = failedLine
