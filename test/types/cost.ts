/** What checking the types of the largest models costs each compiler, beside the stored budget. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as t from 'io-ts'
import { isRight } from 'fp-ts/lib/Either.js'
import type { Checked, Cost } from './compilers.js'
import { check7, makeCheck6, versions } from './compilers.js'

/** The paper's model, models as users write them, every combinator once, and what the imports cost by themselves. */
export const PROGRAMS = {
  'only imports': 'programs/only-imports.ts',
  'vit of the package': 'models/vit/index.ts',
  'Hyena 2-D ViT of 9 blocks in ops': 'programs/hyena-vit-by-hand.ts',
  'Hyena 2-D ViT of 9 blocks in layers': 'programs/hyena-vit-in-layers.ts',
  'ViT of 12 blocks in layers': 'programs/deit.ts',
  'every combinator': 'programs/every-combinator.ts',
} as const

/** A count may grow by so much before somebody must look at why. */
export const TOLERANCE = 0.1

const cost = t.intersection([
  t.type({ symbols: t.number, types: t.number, instantiations: t.number }),
  t.partial({ kilobytes: t.number }),
])
const budgets = t.record(t.string, t.record(t.string, cost))
export type Budgets = t.TypeOf<typeof budgets>

const path = resolve(import.meta.dirname, '..', 'golden', 'types', 'cost.json')

export const readBudgets = (): Budgets => {
  const decoded = budgets.decode(JSON.parse(readFileSync(path, 'utf8')))
  if (!isRight(decoded)) throw new TypeError(`${path} is not a table of costs`)
  return decoded.right
}

export const writeBudgets = (table: Budgets): void => {
  writeFileSync(path, `${JSON.stringify(table, null, 2)}\n`)
}

export interface Measured {
  readonly program: string
  readonly version: string
  readonly checked: Checked
}

/** Every program with both compilers. */
export const measure = (folder: string, check6 = makeCheck6(folder)): readonly Measured[] =>
  Object.entries(PROGRAMS).flatMap(([program, file]) => [
    { program, version: versions.six, checked: check6([file]) },
    { program, version: versions.seven, checked: check7(folder, [file]) },
  ])

/** The counts that exceed the budget, as sentences; also one that has no budget. */
export const excesses = ({ program, version, checked }: Measured, table: Budgets): readonly string[] =>
  (Object.keys(checked.cost) as readonly (keyof Cost)[]).flatMap((count) => {
    const [found, allowed] = [checked.cost[count], table[program]?.[version]?.[count]]
    if (allowed === undefined || found === undefined || !Number.isFinite(found))
      return [`${program}, TypeScript ${version}: ${count} ${found} without a budget`]
    return found > allowed * (1 + TOLERANCE)
      ? [`${program}, TypeScript ${version}: ${found} ${count}, where ${allowed} are budgeted`]
      : []
  })
