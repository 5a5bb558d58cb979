import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as t from 'io-ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goldenHelp } from '../../src/cli/goldens/options.js'
import { command } from '../support/command.js'

/** The command as a process of its own, as a user starts it. */

const root = resolve(import.meta.dirname, '..', '..')
const stored = join(root, 'test', 'golden')

const run = command('goldens')

const line = t.type({
  name: t.string,
  family: t.union([t.string, t.null]),
  ok: t.boolean,
  device: t.string,
  outputs: t.UnknownRecord,
  gradients: t.UnknownRecord,
})
const linesOf = (stdout: string): readonly t.TypeOf<typeof line>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((text) => {
      const decoded = line.decode(JSON.parse(text))
      if (decoded._tag === 'Left') throw new Error(`no line: ${text}`)
      return decoded.right
    })

const one = 'hyena1d_L12_C6_o2'
const other = 'hyena2d_product_standard_standard_L6_C5_o2'
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crocuta-goldens-'))
  const make = (name: string): string => {
    mkdirSync(join(folder, name))
    return join(folder, name)
  }
  const [good, mixed] = [make('good'), make('mixed')]
  make('empty')
  for (const name of [one, other])
    copyFileSync(join(stored, `${name}.safetensors`), join(good, `${name}.safetensors`))
  writeFileSync(join(good, 'README.md'), 'no golden file')
  const bytes = readFileSync(join(stored, `${one}.safetensors`))
  writeFileSync(join(mixed, 'hyena1d_cut.safetensors'), bytes.subarray(0, bytes.length - 4))
  writeFileSync(join(mixed, `${one}.safetensors`), bytes)
  writeFileSync(join(mixed, 'perceptron_3.safetensors'), bytes)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.concurrent('npm run goldens', () => {
  it('passes where every file does, one line a file', async () => {
    const { code, stdout } = await run(join(folder, 'good'), '--device', 'cpu')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${one} +hyena1d +ok +outputs .* at .*; gradients .* at .*$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${other} +hyena2d +ok `, 'm'))
    expect(stdout).toMatch(/\n2 files, all ok\n$/)
  })

  it('fails where a file is broken or unknown, and computes the others', async () => {
    const { code, stdout, stderr } = await run(join(folder, 'mixed'), '--device=reference', '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const lines = linesOf(stdout)
    expect(lines.map(({ name, ok }) => [name, ok])).toEqual([
      [one, true],
      ['hyena1d_cut', false],
      ['perceptron_3', false],
    ])
    expect(Object.keys(lines[0]?.gradients ?? {})).toContain('grad/in_proj.weight')
    expect(stdout).toContain(`"where":"${join(folder, 'mixed', 'hyena1d_cut.safetensors')}`)
  })

  it('ends with 1 for a folder that is empty or missing', async () => {
    const [empty, missing] = await Promise.all([run(join(folder, 'empty')), run(join(folder, 'missing'))])
    expect([empty.code, empty.stdout, missing.code, missing.stdout]).toEqual([1, '', 1, ''])
    expect(empty.stderr).toBe(
      `DataError in ${join(folder, 'empty')}: expected at least one .safetensors file, found none.\n` +
        '  hint: give the folder that holds the files themselves\n',
    )
    expect(missing.stderr).toContain(`DataError in ${join(folder, 'missing')}: expected a folder`)
  })

  it('ends with 2 for wrong usage, and prints its help', async () => {
    const [none, help] = await Promise.all([run(), run('--help')])
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toContain('OptionError in arguments: expected the path of one folder, found none')
    expect(help).toEqual({ code: 0, stdout: goldenHelp(), stderr: '' })
  })
})
