/**
 * Prints what checking the types of the largest models costs: `node --import tsx test/types/print-cost.ts`, and with
 * `--write` stores the counts as the budget that the tests hold them to.
 */
import { rmSync } from 'node:fs'
import { makeFolder } from './compilers.js'
import { measure, writeBudgets } from './cost.js'
import type { Budgets } from './cost.js'

const folder = makeFolder()
const measured = measure(folder)
rmSync(folder, { recursive: true, force: true })

for (const { program, version, checked } of measured) {
  const { types, instantiations, kilobytes } = checked.cost
  const memory = kilobytes === undefined ? '' : `, ${Math.round(kilobytes / 1000)} MB`
  process.stdout.write(
    `${program}, TypeScript ${version}: ${checked.seconds.toFixed(2)} s, ${types} types, ${instantiations} instantiations${memory}\n`,
  )
}
if (process.argv.includes('--write')) {
  const table: Budgets = {}
  for (const { program, version, checked } of measured)
    table[program] = { ...table[program], [version]: checked.cost }
  writeBudgets(table)
}
