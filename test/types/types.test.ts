import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Checked } from './compilers.js'
import { check7, filesOf, makeCheck6, makeFolder, versions } from './compilers.js'
import { excesses, measure, readBudgets } from './cost.js'

let folder = ''
let check6: ReturnType<typeof makeCheck6>

beforeAll(() => {
  folder = makeFolder()
  check6 = makeCheck6(folder)
}, 120_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Our own sentences that an error shows; where it shows none, the compiler's deepest line that names a shape. */
const sentencesIn = (text: string): readonly string[] => {
  const own = [...text.matchAll(/(?:ShapeError|NameTaken)<"((?:[^"\\]|\\.)*)">/g)].map(
    ([, sentence]) => sentence ?? '',
  )
  if (own.length > 0) return own
  return [
    text
      .split('\n')
      .findLast((line) => line.includes('readonly ['))
      ?.trim() ?? text,
  ]
}

const sentences = ({ errors }: Checked): string =>
  `${JSON.stringify(
    Object.fromEntries(
      [...errors]
        .map(([name, texts]) => [name, [...new Set(texts.flatMap(sentencesIn))]] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    null,
    2,
  )}\n`

describe('typical mistakes', () => {
  const golden = '../golden/types/mistakes.json'

  test.each(['six', 'seven'] as const)(
    'each gets its sentence from compiler %s',
    async (which) => {
      const files = filesOf(folder, 'mistakes')
      const checked = which === 'six' ? check6(files) : check7(folder, files)
      expect(files.length).toBeGreaterThanOrEqual(20)
      expect(checked.errors.size, 'every file is a mistake').toBe(files.length)
      await expect(sentences(checked)).toMatchFileSnapshot(golden)
    },
    120_000,
  )
})

describe('the cost of types', () => {
  test('the largest models stay within their budgets', () => {
    const table = readBudgets()
    const measured = measure(folder, check6)
    expect(new Set(measured.map(({ version }) => version))).toEqual(new Set([versions.six, versions.seven]))
    for (const { program, checked } of measured)
      expect(Object.fromEntries(checked.errors), program).toEqual({})
    expect(measured.flatMap((one) => excesses(one, table))).toEqual([])
  }, 120_000)

  test('every combinator of the entry point is among them', () => {
    const root = resolve(import.meta.dirname, '..', '..')
    const entry = readFileSync(join(root, 'src', 'index.ts'), 'utf8')
    const used = readFileSync(join(root, 'test', 'types', 'programs', 'every-combinator.ts'), 'utf8')
    const names = [...entry.matchAll(/export \{([^}]*)\} from '\.\/(?:op|grad)\//g)].flatMap(
      ([, list = '']) =>
        list
          .split(',')
          .map((name) => name.trim().split(' as ').at(-1) ?? '')
          .filter(Boolean),
    )
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter((name) => !new RegExp(`\\bc\\.${name}\\b`).test(used))).toEqual([])
  })
})
