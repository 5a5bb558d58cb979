/**
 * Installs a packed tarball in an empty folder and uses the package from there.
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

const folder = mkdtempSync(join(tmpdir(), 'crocuta-'))
const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
}

try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  copyFileSync(join(dirname(fileURLToPath(import.meta.url)), 'package-user.mjs'), join(folder, 'user.mjs'))
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', resolve(tarball))
  run(process.execPath, 'user.mjs')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
