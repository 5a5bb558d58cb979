/** The code of a document: its blocks as one program, and what each prints. */
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

/** The package's names as files of the project. */
const locally = (code: string): string =>
  code
    .replaceAll("'crocuta'", "'../src/index.js'")
    .replaceAll("'crocuta/nn'", "'../src/nn/index.js'")
    .replaceAll(/'crocuta\/models\/([a-z-]+)'/g, "'../models/$1/index.js'")

/** Holds a document to its code: it type-checks, refusals it states included, and `claims` blocks print what they say. */
export const describeDocument = (file: string, claims: number): void => {
  describe(file, () => {
    let folder = ''
    let program = ''
    let page = ''
    beforeAll(async () => {
      page = await readFile(join(root, file), 'utf8')
      // Inside the project, so that imports resolve; its name is ignored by git.
      folder = await mkdtemp(join(root, '.tmp-document-'))
      program = join(folder, 'document.ts')
      const code = blocksOf(page, 'ts').map((block, i) => `console.log('${MARK} ${i}')\n${block}`)
      await writeFile(program, locally(code.join('\n')))
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }),
      )
    })
    afterAll(async () => {
      await rm(folder, { recursive: true })
    })

    test('type-checks, and what it says is refused is refused', async () => {
      const compiler = join(root, 'node_modules/typescript7/bin/tsc')
      await expect(run(process.execPath, [compiler, '--noEmit', '-p', folder])).resolves.toMatchObject({
        stdout: '',
      })
    }, 60_000)

    test('prints what it says', async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', program], { cwd: root })
      const printed = stdout.split(new RegExp(`${MARK} \\d+\n`)).slice(1)
      // The text after a block is what that block prints; a block without one may print anything.
      const blocks = page.split('```ts\n').slice(1)
      blocks.forEach((block, i) => {
        const [expected] = blocksOf(block, 'text')
        if (expected !== undefined) expect(printed[i]).toBe(expected)
      })
      expect(blocks.filter((block) => blocksOf(block, 'text').length > 0).length).toBe(claims)
    }, 60_000)
  })
}
