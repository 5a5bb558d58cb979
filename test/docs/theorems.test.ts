import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = process.cwd()

/** The blocks of one language in a page, in order. */
const blocksOf = (page: string, language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text)

/** Where a block's output begins: a line that no program prints by itself. */
const MARK = '--- block'

describe('docs/theorems.md', () => {
  let folder = ''
  let program = ''
  let page = ''
  beforeAll(async () => {
    page = await readFile(join(root, 'docs/theorems.md'), 'utf8')
    // Inside the project, so that imports resolve; its name is ignored by git.
    folder = await mkdtemp(join(root, '.tmp-theorems-'))
    program = join(folder, 'theorems.ts')
    const code = blocksOf(page, 'ts').map((block, i) => `console.log('${MARK} ${i}')\n${block}`)
    const local = code
      .join('\n')
      .replaceAll("'crocuta'", "'../src/index.js'")
      .replaceAll("'crocuta/nn'", "'../src/nn/index.js'")
      .replaceAll("'crocuta/models/theorems'", "'../models/theorems/index.js'")
    await writeFile(program, local)
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }),
    )
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test('type-checks', async () => {
    const compiler = join(root, 'node_modules/typescript7/bin/tsc')
    await expect(run(process.execPath, [compiler, '--noEmit', '-p', folder])).resolves.toMatchObject({
      stdout: '',
    })
  }, 60_000)

  test('prints what it says', async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', program], { cwd: root })
    const printed = stdout.split(new RegExp(`${MARK} \\d+\n`)).slice(1)
    const claims = page.split('```ts\n').slice(1)
    claims.forEach((claim, i) => {
      const [expected] = blocksOf(claim, 'text')
      if (expected !== undefined) expect(printed[i]).toBe(expected)
    })
    expect(claims.filter((claim) => blocksOf(claim, 'text').length > 0).length).toBe(5)
  }, 60_000)
})
