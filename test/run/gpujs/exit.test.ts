import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { NODE_TARGETS } from '../../support/gpu-environment.js'

const script = join(import.meta.dirname, '..', '..', 'support', 'exit-after-use.ts')

describe.each(NODE_TARGETS)('a process that used %s', (target) => {
  it.each(['destroy', 'leave'])('ends by itself: %s', async (ending) => {
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', script, target, ending], {
      timeout: 20_000,
    })
    expect((await run).stdout).toBe('done')
  })
})
