import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, 'exit-after-use.ts')

describe.each(['1', '2', '4'])('a process that used simd with %s threads', (threads) => {
  it.each(['destroy', 'leave', 'early'])('ends by itself: %s', async (ending) => {
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', script, threads, ending], {
      timeout: 20_000,
    })
    expect((await run).stdout).toBe('done')
  })
})
