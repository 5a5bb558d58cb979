import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreesWithPrinted, decodeRecipe } from '../../models/recipe.js'
import { classifiers, makeClassifier } from '../../models/registry.js'
import { countRecipe } from '../../src/cli/counts/count-recipe.js'
import { renderError } from '../../src/error/error.js'
import { countRow } from '../../src/report/counts.js'
import { command } from '../support/command.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const root = resolve(import.meta.dirname, '..', '..')
const recipes = join(root, 'examples', 'recipes')

const recipe = {
  name: 'ViT on CIFAR-100',
  source: { table: 2, row: 'ViT w/o CLS', dataset: 'CIFAR-100', parameters: '2.71 M' },
  model: { kind: 'vit', mixer: { kind: 'attention', heads: 12, bias: false }, positionDeviation: 1 },
  parameters: 2_709_412,
}
const textOf = (changes: object): string => JSON.stringify({ ...recipe, ...changes })

describe('a recipe', () => {
  it('is decoded with its model as it stands; later parts may join it', () => {
    expect(expectRight(decodeRecipe('r.json')(textOf({ training: { epochs: 100 } })))).toMatchObject(recipe)
  })

  it.each<[string, string, string]>([
    ['{', 'r.json', 'expected JSON'],
    ['[]', 'r.json', 'name, source, model and parameters, found []'],
    [textOf({ name: 3 }), 'r.json: name', 'a text, found 3'],
    [textOf({ source: { ...recipe.source, table: '2' } }), 'r.json: source.table', 'the number of a table'],
    [textOf({ source: { ...recipe.source, parameters: '2.71M' } }), 'r.json: source.parameters', "'2.71 M'"],
    [textOf({ model: { classes: 100 } }), 'r.json: model.kind', 'the kind of a model'],
    [textOf({ model: 'vit' }), 'r.json: model', 'name, source, model and parameters'],
    [textOf({ parameters: 2.5 }), 'r.json: parameters', 'a positive whole number, found 2.5'],
    ['{"name": "a", "name": "b"}', 'r.json', "found 'name' twice"],
  ])('%s is refused', (text, where, words) => {
    const error = renderError(expectLeft(decodeRecipe('r.json')(text)))
    expect(error).toContain(`DataError in ${where}`)
    expect(error).toContain(words)
  })

  it('is of a kind that is known', () => {
    expect(expectLeft(makeClassifier({ kind: 'constructor' }))).toMatchObject({
      where: 'model: kind',
      expected: `one of ${Object.keys(classifiers).join(', ')}`,
    })
    expect(countRecipe('a/r.json', textOf({ model: { kind: 'perceptron' } }))).toMatchObject({
      file: 'r.json',
      ok: false,
      parameters: null,
    })
    expect(countRow(countRecipe('r.json', textOf({ model: { ...recipe.model, patch: 5 } })))).toMatch(
      /FAILED OptionError in vit: patch: expected a side that divides height and columns, found 5/,
    )
  })

  it('fails where its model has another count than it states', () => {
    expect(countRecipe('r.json', textOf({}))).toMatchObject({ ok: true, agrees: true, parameters: 2_709_412 })
    const wrong = countRecipe('r.json', textOf({ parameters: 2_709_413 }))
    expect(wrong).toMatchObject({ ok: false, parameters: 2_709_412, stored: 2_709_413 })
    expect(countRow(wrong)).toMatch(/FAILED parameters and stored differ\n$/)
  })
})

describe('a count', () => {
  it('agrees with what is printed of it, rounded or cut off, and with nothing further off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.integer({ min: 0, max: 6 }),
        (count, digits) => {
          const unit = 10 ** (6 - digits)
          const text = (units: number): string => `${(units / 10 ** digits).toFixed(digits)} M`
          const cut = Math.floor(count / unit)
          expect(agreesWithPrinted(count, text(cut))).toBe(true)
          expect(agreesWithPrinted(count, text(Math.round(count / unit)))).toBe(true)
          expect(agreesWithPrinted(count, text(cut + 2))).toBe(false)
          if (cut > 0) expect(agreesWithPrinted(count, text(cut - 1))).toBe(false)
          expect(agreesWithPrinted(count, text(cut + 1))).toBe((count % unit) * 2 >= unit)
        },
      ),
    )
  })
})

const run = command('counts')

describe('npm run counts', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'crocuta-counts-'))
    writeFileSync(join(folder, 'a.json'), textOf({ parameters: 1 }))
    writeFileSync(join(folder, 'b.json'), textOf({}))
    writeFileSync(join(folder, 'c.json'), '{')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('counts every recipe of the examples as it is stored', async () => {
    const { code, stdout, stderr } = await run('--json')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    const files = readdirSync(recipes).filter((name) => name.endsWith('.json'))
    expect(lines).toEqual(files.map((file) => expect.objectContaining({ file, ok: true }) as object))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const first = expectRight(decodeRecipe('')(readFileSync(join(recipes, files[0] ?? ''), 'utf8')))
    expect(lines[0]).toMatchObject({ parameters: first.parameters, paper: first.source.parameters })
  })

  it('ends with 1 where one differs or is broken, and counts the others; with 2 for wrong usage', async () => {
    const [some, wrong, missing] = await Promise.all([
      run(folder),
      run(folder, folder),
      run(join(folder, 'none')),
    ])
    expect([some.code, wrong.code, missing.code]).toEqual([1, 2, 1])
    expect(some.stdout).toMatch(/^a\.json .*FAILED parameters and stored differ$/m)
    expect(some.stdout).toMatch(/^b\.json .* 2\.71 M agrees /m)
    expect(some.stdout).toMatch(/^c\.json .*FAILED DataError in .*c\.json: expected JSON/m)
    expect(some.stdout).toMatch(/\n3 recipes, 2 FAILED; the paper's figure is ours in 2 of 2\n$/)
    expect(wrong.stderr).toContain('expected at most one folder')
    expect(missing.stderr).toContain('expected a folder with .json files')
  })
})
