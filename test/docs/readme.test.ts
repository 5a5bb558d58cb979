import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = process.cwd()

/** The TypeScript blocks of a Markdown file, importing from the sources instead of the package. */
const blocksOf = async (file: string): Promise<readonly string[]> =>
  [...(await readFile(file, 'utf8')).matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) =>
    code.replaceAll(
      /'crocuta(\/[a-z/]+)?'/g,
      (_, path: string | undefined) => `'../src${path ?? ''}/index.js'`,
    ),
  )

describe('the code in README.md', () => {
  let folder = ''
  beforeAll(async () => {
    // Inside the project, so that imports resolve; its name is ignored by git.
    folder = await mkdtemp(join(root, '.tmp-readme-'))
    const blocks = await blocksOf(join(root, 'README.md'))
    await Promise.all(blocks.map((code, i) => writeFile(join(folder, `block-${i}.ts`), code)))
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

  test('runs, and prints what is true', async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', join(folder, 'block-0.ts')], {
      cwd: root,
    })
    // Residuals 0 − 0, 0.25 − 1, 0.5 − 1, 0.75 − 2: their mean square, and its gradient, by hand.
    expect(stdout.trim()).toBe('loss 0.59375, gradient -0.875, -1')
  }, 60_000)
})
