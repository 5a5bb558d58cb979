/**
 * Runs a command where WebGPU has an adapter: the system's, or else a software one.
 * Usage: node scripts/with-software-gpu.mjs vitest run
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { softwareGpuEnvironment } from './software-gpu.mjs'

const [command, ...rest] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('usage: node scripts/with-software-gpu.mjs <command> [arguments]\n')
  process.exit(2)
}

const binaries = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.bin')
const child = spawn(command, rest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
    ...softwareGpuEnvironment(),
  },
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`)
  process.exitCode = 127
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
})
