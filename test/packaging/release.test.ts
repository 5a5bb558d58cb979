import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as t from 'io-ts'
import { isRight } from 'fp-ts/lib/Either.js'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..', '..')
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

const versions = t.record(t.string, t.string)
const manifest = t.type({ dependencies: versions, devDependencies: versions, peerDependencies: versions })
const entryPoints = t.type({ exports: t.record(t.string, t.union([t.string, versions])) })
const lock = t.type({
  packages: t.record(
    t.string,
    t.intersection([t.type({}), t.partial({ resolved: t.string, version: t.string })]),
  ),
})

const decoded = <A>(codec: t.Type<A, unknown>, value: unknown): A => {
  const result = codec.decode(value)
  if (!isRight(result)) throw new TypeError(`not a ${codec.name}`)
  return result.right
}

test('every version is exact', () => {
  const { dependencies, devDependencies, peerDependencies } = decoded(manifest, read('package.json'))
  const all = Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })
  expect(all.length).toBeGreaterThan(10)
  for (const [name, version] of all) expect(version, name).toMatch(/^(npm:[a-z]+@)?\d+\.\d+\.\d+$/)
})

test('the lock file names no registry and holds one webgpu', () => {
  const { packages } = decoded(lock, read('package-lock.json'))
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
  expect(Object.keys(packages).filter((path) => path.endsWith('/webgpu'))).toEqual(['node_modules/webgpu'])
})

test('every entry point has a source', () => {
  const { exports } = decoded(entryPoints, read('package.json'))
  const models = readdirSync(join(root, 'models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : Object.values(target),
  )
  expect(targets.length).toBeGreaterThan(5)
  for (const target of targets)
    for (const path of target.includes('*') ? models.map((model) => target.replace('*', model)) : [target])
      expect(existsSync(join(root, path.replace('./dist/', '').replace(/\.d\.ts$|\.js$/, '.ts'))), path).toBe(
        true,
      )
})
