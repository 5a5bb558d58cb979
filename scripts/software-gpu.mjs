/**
 * Unpacks the software Vulkan driver (SwiftShader) that the package @sparticuz/chromium ships, and says which
 * environment variables make Dawn find it. They must be set before a process starts.
 */
import { createRequire } from 'node:module'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const RECORD = 512

/** Files of a tar archive: plain entries only, which is all this one has. */
const tarFiles = function* (archive) {
  for (let at = 0; at + RECORD <= archive.length && archive[at] !== 0;) {
    const field = (from, length) =>
      archive
        .subarray(at + from, at + from + length)
        .toString('latin1')
        .replace(/\0.*$/s, '')
    const size = Number.parseInt(field(124, 12).trim(), 8)
    const kind = field(156, 1)
    if (kind === '' || kind === '0')
      yield { name: field(0, 100), data: archive.subarray(at + RECORD, at + RECORD + size) }
    at += RECORD + Math.ceil(size / RECORD) * RECORD
  }
}

/** Where Linux drivers register with the Vulkan loader. */
const VULKAN_FOLDERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']

/** True where the system has a Vulkan driver of its own, or the caller chose one, or the system is not Linux. */
export const hasOwnDriver = () =>
  process.platform !== 'linux' ||
  process.env.VK_ICD_FILENAMES !== undefined ||
  process.env.VK_DRIVER_FILES !== undefined ||
  VULKAN_FOLDERS.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')),
  )

const unpack = (folder) => {
  const packagePath = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const marker = join('@sparticuz', 'chromium')
  const packageFolder = packagePath.slice(0, packagePath.indexOf(marker) + marker.length)
  const archive = brotliDecompressSync(readFileSync(join(packageFolder, 'bin', 'swiftshader.tar.br')))
  mkdirSync(dirname(folder), { recursive: true })
  // Unpacked beside and renamed, so that two processes starting at once never see half a driver.
  const fresh = mkdtempSync(`${folder}-`)
  for (const { name, data } of tarFiles(archive)) writeFileSync(join(fresh, name.split('/').at(-1)), data)
  try {
    renameSync(fresh, folder)
  } catch {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/**
 * Variables for a child process; empty where the system's own driver serves.
 * @returns {Record<string, string>}
 */
export const softwareGpuEnvironment = () => {
  if (hasOwnDriver()) return {}
  const folder = join(ROOT, 'node_modules', '.cache', 'crocuta', 'swiftshader')
  if (!existsSync(join(folder, 'vk_swiftshader_icd.json'))) unpack(folder)
  const paths = [folder, process.env.LD_LIBRARY_PATH].filter((path) => path)
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: paths.join(':'),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? folder,
  }
}
