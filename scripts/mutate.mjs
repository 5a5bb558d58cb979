/**
 * Mutation testing: changes src/{shape,ir,grad,compile} in one place at a time and sees whether a test fails.
 * Usage: node scripts/mutate.mjs [folder…]   (all four by default)
 *
 * CROCUTA_MUTANTS=0.1 tries a random tenth of the mutants, CROCUTA_MUTANT_SEED another tenth; without it all are
 * tried, of which those that nothing has touched since the last run are taken from it. Reports and the list of
 * survivors lie in .tmp/mutation/.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDERS = ['shape', 'ir', 'grad', 'compile']
const reports = '.tmp/mutation'

const run = (folder) =>
  spawnSync(
    'node',
    ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'test/mutation/stryker.config.mjs'],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      // Few random cases a property: a mutant that needs more of them counts as survived.
      env: { CROCUTA_RUNS: '5', ...process.env, CROCUTA_MUTATED: folder },
    },
  ).status

const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)

const describeMutant = (file, lines, { location, mutatorName, replacement, status }) => {
  const { start, end } = location
  const first = lines[start.line - 1] ?? ''
  const was = start.line === end.line ? first.slice(start.column - 1, end.column - 1) : `${first.trim()} …`
  const becomes = (replacement ?? '').replaceAll(/\s+/g, ' ')
  return `${file}:${start.line}:${start.column} ${status} ${mutatorName}: ${was.slice(0, 90)} → ${becomes.slice(0, 90)}`
}

/** Counts by status, and who survived. A mutant that was not drawn is an invalid one to Stryker. */
const read = (folder) => {
  const { files } = JSON.parse(readFileSync(`${reports}/${folder}.json`, 'utf8'))
  const count = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0, Ignored: 0, RuntimeError: 0 }
  const survivors = []
  for (const [file, { source, mutants }] of Object.entries(files))
    for (const mutant of mutants) {
      count[mutant.status] = (count[mutant.status] ?? 0) + 1
      if (mutant.status === 'Survived' || mutant.status === 'NoCoverage')
        survivors.push(describeMutant(file, source.split('\n'), mutant))
    }
  return { count, survivors }
}

const line = (name, { Killed, Timeout, Survived, NoCoverage, Ignored }) => {
  const tried = Killed + Timeout + Survived + NoCoverage
  const score = tried === 0 ? 0 : (Killed + Timeout) / tried
  const error = tried === 0 ? 0 : 100 * Math.sqrt((score * (1 - score)) / tried)
  return (
    `${name}: ${percent(Killed + Timeout, tried)} of ${tried} (${Killed} killed, ${Timeout} timed out, ` +
    `${Survived} survived, ${NoCoverage} not covered; ${Ignored} static, not tried; standard error of a sample ${error.toFixed(1)})`
  )
}

mkdirSync(reports, { recursive: true })
const folders = process.argv.length > 2 ? process.argv.slice(2) : FOLDERS
for (const folder of folders) if (run(folder) !== 0) process.exit(1)
const found = folders.map((folder) => ({ folder, ...read(folder) }))
const total = {}
for (const { count } of found)
  for (const [status, n] of Object.entries(count)) total[status] = (total[status] ?? 0) + n
for (const { folder, count, survivors } of found) {
  writeFileSync(`${reports}/${folder}.survivors.txt`, survivors.map((text) => `${text}\n`).join(''))
  process.stdout.write(`${line(folder, count)}\n`)
}
process.stdout.write(`${line('all', total)}\n`)
