/**
 * Writes docs/goldens.md: how far each target is from each golden file of a folder.
 * Usage: node scripts/golden-table.mjs [FOLDER, test/golden unless given], under scripts/with-software-gpu.mjs where there is no GPU.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TARGETS = ['reference', 'simd', 'cpu', 'webasm', 'webgpu']
const folder = process.argv[2] ?? 'test/golden'

/** The lines of one target, by the file's name; the command fails where a file does, which its lines say as well. */
const linesOf = (device) => {
  const command = ['--import', 'tsx', 'src/cli/goldens.ts', folder, '--device', device, '--json']
  let text
  try {
    text = execFileSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  } catch (error) {
    text = error.stdout
  }
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map((line) => [line.name, line]),
  )
}

/** Who computed a file: its metadata has a note that says so where it was not the released code itself. */
const makerOf = (name) => {
  const bytes = readFileSync(join(folder, `${name}.safetensors`))
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))))
  const note = header['__metadata__']?.note ?? ''
  if (note.startsWith('by a float64 program')) return 'ours, float64'
  return note.startsWith('by a PyTorch program') ? 'ours, PyTorch' : 'released code'
}

const worst = (tensors) =>
  Object.values(tensors).reduce((most, { error }) => Math.max(most, error ?? Infinity), 0)
const printed = (error) => (error === 0 ? '0' : error.toExponential(0).replace('e-', 'e−'))
const cell = (line) => {
  if (line === undefined || line.error !== undefined) return 'refused'
  const errors = [printed(worst(line.outputs))]
  if (Object.keys(line.gradients).length > 0) errors.push(printed(worst(line.gradients)))
  return `${errors.join(', ')}${line.ok ? '' : ' **fails**'}`
}

const results = TARGETS.map(linesOf)
const names = [...new Set(results.flatMap((lines) => [...lines.keys()]))].sort()
const passed = TARGETS.map((target, i) => {
  const ok = [...(results[i]?.values() ?? [])].filter((line) => line.ok).length
  return `${target} ${ok} of ${names.length}`
})
const page = `# Goldens

Every file of \`${folder}\` on every target: the largest error of its outputs and of its gradients, each against the largest
element of its tensor. A tensor passes within 1e-5, or ten times the float32 error that the file itself states.
Passing: ${passed.join(', ')}.

Files are made by released code, or by a program of ours written after it where released code was not at hand for a case.
Written by \`node scripts/with-software-gpu.mjs node scripts/golden-table.mjs\`.

| file | made by | ${TARGETS.join(' | ')} |
|---|---|${TARGETS.map(() => '---|').join('')}
${names.map((name) => `| ${name} | ${makerOf(name)} | ${results.map((lines) => cell(lines.get(name))).join(' | ')} |`).join('\n')}
`
writeFileSync('docs/goldens.md', page)
process.stdout.write(`${passed.join('\n')}\n`)
