/** A command of the project as a process of its own, as a user starts it. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const root = resolve(import.meta.dirname, '..', '..')

/** Runs `src/cli/<name>.ts` with arguments; it is stopped after 25 seconds. */
export const command =
  (name: string) =>
  (...args: readonly string[]): Promise<Ended> =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, ['--import', 'tsx', `src/cli/${name}.ts`, ...args], {
        cwd: root,
        timeout: 25_000,
        killSignal: 'SIGKILL',
      })
      let [stdout, stderr] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.on('error', failed)
      child.on('close', (code) => done({ code, stdout, stderr }))
    })
