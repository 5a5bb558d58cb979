/**
 * Installs a packed tarball in an empty folder, then runs and type-checks a user's program there.
 * Usage: node scripts/check-package.mjs <tarball>
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [tarball] = process.argv.slice(2)
if (tarball === undefined) {
  process.stderr.write('usage: node scripts/check-package.mjs <tarball>\n')
  process.exit(2)
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'crocuta-'))
const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
}

try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  copyFileSync(join(root, 'scripts', 'package-user.mjs'), join(folder, 'user.mjs'))
  copyFileSync(join(root, 'test', 'packaging', 'package-user.ts'), join(folder, 'user.ts'))
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', resolve(tarball))
  run(process.execPath, 'user.mjs')
  // No types but the package's own, and its declarations are checked as well.
  const settings = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--noEmit',
  ]
  for (const compiler of ['typescript', 'typescript7'])
    run(process.execPath, join(root, 'node_modules', compiler, 'bin', 'tsc'), ...settings, 'user.ts')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
