import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as t from 'io-ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { helpText } from '../../src/cli/options.js'
import { encodeIdx } from '../../src/io/idx.js'
import { mnistFileNames } from '../../src/io/mnist.js'
import { expectRight } from '../support/gpu-environment.js'

/** The command line as a process of its own, as a user starts it. */

const root = resolve(import.meta.dirname, '..', '..')

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Watching {
  readonly env?: Readonly<Record<string, string>>
  /** Told all that was printed so far. */
  readonly onOutput?: (stdout: string, interrupt: () => void) => void
}

const command = (args: readonly string[], { env = {}, onOutput }: Watching = {}): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      timeout: 25_000,
      killSignal: 'SIGKILL',
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      onOutput?.(stdout, () => child.kill('SIGINT'))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', failed)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })

/** The four official files with few images that are drawn by number. */
const writeImages = (folder: string): void => {
  const write = (name: string, dims: readonly number[], element: (i: number) => number): void => {
    const data = Uint8Array.from({ length: dims.reduce((all, size) => all * size, 1) }, (_, i) => element(i))
    writeFileSync(join(folder, name), expectRight(encodeIdx({ element: 'u8', dims, data })))
  }
  for (const [images, labels, count] of [
    [mnistFileNames.trainImages, mnistFileNames.trainLabels, 64],
    [mnistFileNames.testImages, mnistFileNames.testLabels, 16],
  ] as const) {
    write(images, [count, 28, 28], (i) => (i * 7919) % 251)
    write(labels, [count], (i) => i % 10)
  }
}

const folders: string[] = []
const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'crocuta-cli-'))
  folders.push(folder)
  return folder
}
let data = ''

beforeAll(() => {
  data = freshFolder()
  writeImages(data)
})
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const tiny = (): readonly string[] => ['--data', data, '--steps', '2', '--batch', '8']

const event = t.intersection([
  t.type({ _tag: t.string }),
  t.partial({
    seed: t.number,
    loss: t.number,
    testAccuracy: t.union([t.number, t.null]),
    stopped: t.string,
    steps: t.number,
  }),
])
const eventsOf = (stdout: string): readonly t.TypeOf<typeof event>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const decoded = event.decode(JSON.parse(line))
      if (decoded._tag === 'Left') throw new Error(`no event: ${line}`)
      return decoded.right
    })

/** One error on stderr, nothing on stdout. */
const refusal = (code: number, stderr: string): Ended => ({ code, stdout: '', stderr: `${stderr}\n` })

describe.concurrent('bad input is one error on stderr', () => {
  it('an unknown option', async () => {
    expect(await command(['--step', '5'])).toEqual(
      refusal(
        2,
        'OptionError in --step: expected a known option, found none of that name.\n  hint: did you mean --steps?',
      ),
    )
  })

  it('an option out of range', async () => {
    expect(await command(['--steps', '0'])).toEqual(
      refusal(
        2,
        "OptionError in --steps: expected an integer from 1 to 1000000, found '0'.\n  hint: run with --help for all options",
      ),
    )
  })

  it('an unknown device', async () => {
    expect(await command(['--device', 'webgup'])).toEqual(
      refusal(
        2,
        "OptionError in --device: expected one of auto, simd, cpu, webasm, webgpu, reference, found 'webgup'.\n  hint: did you mean webgpu?",
      ),
    )
  })

  it('a folder that is not there', async () => {
    const missing = join(data, 'missing')
    expect(await command(['--data', missing])).toEqual(
      refusal(
        1,
        `DataError in ${join(missing, 'train-images-idx3-ubyte')}: expected a readable file, found no such file.\n` +
          '  hint: the folder must hold train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, unpacked',
      ),
    )
  })

  it('a file that is cut short', async () => {
    const folder = freshFolder()
    writeImages(folder)
    const file = join(folder, 't10k-images-idx3-ubyte')
    truncateSync(file, 1000)
    expect(await command(['--data', folder])).toEqual(
      refusal(
        1,
        `DataError in ${file}: expected 12560 bytes for [16, 28, 28] of u8, found 1000 bytes.\n  hint: the file is cut short: fetch it again`,
      ),
    )
  })

  it.each([
    ['--train-images', 'an integer from 1 to 64, found 65', 'the set has 64 images'],
    ['--test-images', 'an integer from 1 to 16, found 65', 'the set has 16 images'],
    ['--batch', 'an integer from 1 to 64, found 65', 'MNIST training set has 64 images'],
  ])('more images than there are: %s', async (flag, expected, hint) => {
    expect(await command([...tiny(), flag, '65'])).toEqual(
      refusal(1, `OptionError in ${flag}: expected ${expected}.\n  hint: ${hint}`),
    )
  })

  it('webgpu where there is no adapter', async () => {
    // Variables that name no driver: the loader finds none, whatever the system has.
    const env = { VK_ICD_FILENAMES: '/none', VK_DRIVER_FILES: '/none' }
    const { code, stdout, stderr } = await command([...tiny(), '--device', 'webgpu'], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    // The WebGPU library may have warnings of its own to give before.
    expect(stderr).toMatch(
      /^DeviceError in webgpu: expected a graphics adapter, found none: .*\n {2}hint: install a driver, .*\n$/m,
    )
    expect(stderr).not.toContain('    at file:')
  })
})

describe('a run', () => {
  it('of --help prints the help', async () => {
    expect(await command(['--help', '--steps', '3'])).toEqual({ code: 0, stdout: helpText(), stderr: '' })
  })

  it('shows what it does and ends with the accuracy', async () => {
    const { code, stdout, stderr } = await command([...tiny(), '--device', 'cpu', '--train-images', '64'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const line of [
      /^device {6}cpu, 1 thread$/m,
      /^model {7}[\d,]+ parameters, [\d.]+ MFLOP an image$/m,
      /^step {8}\d+ launches, [\d.]+ MB at its peak$/m,
      /^data {8}64 training images, 16 test images$/m,
      /^run {9}2 steps of 8 images, seed 0$/m,
      /^step 1\/2 {2}loss \d\.\d+ {2}[\d.]+ images\/s {2}\d:\d\d left/m,
      /^step 2\/2 {2}loss \d\.\d+ {2}[\d.]+ images\/s {2}0:00 left/m,
      /^test 16\/16 images$/m,
      /^finished 2 steps on cpu, 1 thread in [\d.]+ s/m,
      /\ntest accuracy \d+\.\d\d %, test loss \d\.\d+\n$/,
    ])
      expect(stdout).toMatch(line)
  })

  it('with --json prints one event a line, the accuracy in the last, and depends on the seed', async () => {
    const run = async (seed: string) => {
      const { code, stdout, stderr } = await command([
        ...tiny(),
        '--device',
        'webasm',
        '--json',
        '--seed',
        seed,
      ])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return eventsOf(stdout)
    }
    const both = await Promise.all([run('1'), run('2')])
    expect(both.map(([start]) => start?.seed)).toEqual([1, 2])
    for (const events of both) {
      expect(events.map(({ _tag }) => _tag)).toEqual(['start', 'compile', 'step', 'step', 'evaluate', 'end'])
      expect(events.at(-1)?.testAccuracy).toBeGreaterThanOrEqual(0)
      expect(events.at(-1)?.testAccuracy).toBeLessThanOrEqual(1)
    }
    const [first, second] = both.map((events) => events.map(({ loss }) => loss))
    expect(first).not.toEqual(second)
  })

  it('on webgpu ends by itself, with its exit code', async () => {
    const { code, stdout } = await command([...tiny(), '--batch', '2', '--device', 'webgpu', '--json'])
    expect(code).toBe(0)
    expect(eventsOf(stdout).at(-1)).toMatchObject({ _tag: 'end', stopped: 'finished', steps: 2 })
  })

  it.each(['cpu', 'webasm'])('on %s is ended cleanly by an interrupt', async (device) => {
    let interruptedAt = 0
    const onOutput = (stdout: string, interrupt: () => void): void => {
      if (interruptedAt !== 0 || !stdout.includes('"step"')) return
      interruptedAt = performance.now()
      interrupt()
    }
    const { code, stdout, stderr } = await command(
      [...tiny(), '--steps', '100000', '--device', device, '--json'],
      { onOutput },
    )
    expect(performance.now() - interruptedAt).toBeLessThan(5000)
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
    const end = eventsOf(stdout).at(-1)
    expect(end).toMatchObject({ _tag: 'end', stopped: 'interrupted', testAccuracy: null })
    expect(end?.steps).toBe(eventsOf(stdout).filter(({ _tag }) => _tag === 'step').length)
  })
})
