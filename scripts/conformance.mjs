/**
 * Runs the conformance suite, on all targets or on some.
 * Usage: node scripts/conformance.mjs [target …], for instance `webgpu`; on a machine with a GPU that is the one used.
 */
import { spawn } from 'node:child_process'

const targets = process.argv.slice(2)
const child = spawn(
  process.execPath,
  [
    'scripts/with-software-gpu.mjs',
    process.execPath,
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/conformance',
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, ...(targets.length === 0 ? {} : { CROCUTA_TARGETS: targets.join(',') }) },
  },
)
child.on('exit', (code) => process.exit(code ?? 1))
