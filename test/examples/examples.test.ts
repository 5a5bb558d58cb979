import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const folder = join(process.cwd(), 'examples')

/** What each example must print. A new example needs a line here. */
const printed: Readonly<Record<string, RegExp>> = {
  '01-tensors-and-shapes.ts': /^loss 0\.59375, gradient -0\.875, -1$/,
  '02-gradients-of-gradients.ts': /^first 3, 12, 27; second 6, 12, 18$/,
}

describe('examples', async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'))
  test('each is tested', () => {
    expect(Object.keys(printed).sort()).toEqual(files.sort())
  })
  test.each(files)(
    '%s',
    async (file) => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', join(folder, file)])
      expect(stdout.trim()).toMatch(printed[file] ?? /^$/)
    },
    60_000,
  )
})
