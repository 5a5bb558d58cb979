/**
 * Runs cases of the benchmarks beside the same cases of other libraries, in turn (A B A B …), and prints a table of
 * ratios in Markdown. The peers' scripts live in a folder outside the project, with what they need installed.
 *
 * Usage: node scripts/compare-peers.mjs FOLDER CASE,… [options]
 *   --device NAME     our device (default: auto)
 *   --threads 1,2     thread settings; each side keeps its best (default: 1 and all of the machine's)
 *   --rounds N        turns, at least 2 (default: 2)
 *   --peers NAME,…    which peers (default: all on the processor that know the case; jax-webgpu besides)
 *   --seconds N       how long a slow case of a JavaScript peer is measured (default: 40)
 *
 * A time is the median of one process; of the rounds of a setting the least counts, as the machine only ever slows down.
 * Progress, one line of JSON a process, goes to the error output.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')

const stop = (message) => {
  process.stderr.write(`compare-peers: ${message}\n`)
  process.exit(2)
}

/** The fifteen cases that the peers have. */
const shared = (name) => !/^compile_|_block_/.test(name)
const among =
  (...names) =>
  (name) =>
    names.includes(name)
const inference = among(
  'matmul_256',
  'matmul_1024x192x768',
  'attn_scores_24x256x64',
  'softmax_4096x256',
  'layernorm_fwd',
  'ew_chain10_4M',
  'fftconv_fwd',
  'vit_fwd',
)

/**
 * The JavaScript peers' convolutions are also there as products with a matrix of the transform; the best form counts.
 * For a whole network that form alone: with the transform itself JAX-js takes half a minute a step.
 */
const inForms = (name) => {
  const asProducts = name.replace('_', '_dftmm_')
  if (name.startsWith('fftconv_')) return [name, asProducts]
  return name.startsWith('hyena_') ? [asProducts] : [name]
}

const nodePeer =
  (file, backend) =>
  (names, threads, { seconds }) => [
    process.execPath,
    [
      file,
      '--backend',
      backend,
      '--threads',
      `${threads}`,
      '--maxs',
      `${seconds}`,
      '--only',
      names.join(','),
    ],
  ]

/** Each side: the file it is, the cases it knows, the names it has for a case, its threads, its command. */
const peers = [
  {
    name: 'torch',
    title: 'PyTorch',
    file: 'run_torch.sh',
    knows: shared,
    command: (names, threads) => ['./run_torch.sh', [`${threads}`, '--only', names.join(',')]],
  },
  {
    name: 'jax',
    title: 'JAX-js',
    file: 'jaxjs.mjs',
    knows: shared,
    forms: inForms,
    command: nodePeer('jaxjs.mjs', 'wasm'),
  },
  {
    name: 'tfjs',
    title: 'TensorFlow.js',
    file: 'tfjs.mjs',
    // Its only network with convolutions is in that form already, and ends in an abort when trained.
    knows: (name) => shared(name) && name !== 'hyena_train',
    forms: (name) => (name.startsWith('fftconv_') ? inForms(name) : [name]),
    threads: [1],
    command: nodePeer('tfjs.mjs', 'wasm'),
  },
  {
    name: 'ort-web',
    title: 'ORT Web',
    file: 'ort.mjs',
    knows: inference,
    command: nodePeer('ort.mjs', 'web'),
  },
  {
    name: 'ort-node',
    title: 'ORT native',
    file: 'ort.mjs',
    knows: inference,
    command: nodePeer('ort.mjs', 'node'),
  },
]

/** Only where it is asked for: on a machine without a GPU it would measure an emulation. */
const graphicsPeer = {
  name: 'jax-webgpu',
  title: 'JAX-js WebGPU',
  file: 'jaxjs.mjs',
  knows: shared,
  forms: inForms,
  threads: [1],
  command: nodePeer('jaxjs.mjs', 'webgpu'),
}

const ours = {
  name: 'crocuta',
  title: 'Crocuta',
  command: (names, threads, { device }) => [
    process.execPath,
    [
      '--import',
      'tsx',
      'src/cli/bench.ts',
      '--json',
      '--device',
      device,
      '--threads',
      `${threads}`,
      '--only',
      names.join(','),
    ],
  ],
}

const parseSettings = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      device: { type: 'string', default: 'auto' },
      threads: { type: 'string', default: [...new Set([1, availableParallelism()])].join(',') },
      rounds: { type: 'string', default: '2' },
      peers: { type: 'string', default: peers.map(({ name }) => name).join(',') },
      seconds: { type: 'string', default: '40' },
    },
  })
  const [folder, cases] = positionals
  if (folder === undefined || cases === undefined)
    stop("expected a folder with the peers' scripts and a list of cases, as in `PEERS matmul_256,vit_train`")
  const threads = values.threads.split(',').map(Number)
  if (!threads.every((count) => Number.isInteger(count) && count > 0))
    stop(`--threads: expected numbers, found '${values.threads}'`)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 2)
    stop(`--rounds: expected a whole number from 2, found '${values.rounds}'`)
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) stop(`--seconds: expected a positive number, found '${values.seconds}'`)
  const wanted = values.peers.split(',')
  const known = [...peers, graphicsPeer]
  const unknown = wanted.find((name) => !known.some((peer) => peer.name === name))
  if (unknown !== undefined)
    stop(`--peers: expected some of ${known.map(({ name }) => name).join(', ')}, found '${unknown}'`)
  const chosen = known.filter(({ name }) => wanted.includes(name))
  const missing = chosen.filter(({ file }) => !existsSync(join(folder, file)))
  if (missing.length > 0)
    stop(
      `${folder} has no ${[...new Set(missing.map(({ file }) => file))].join(', ')}: give the folder with the peers' scripts, or leave peers out with --peers`,
    )
  return { folder, cases: cases.split(','), threads, rounds, seconds, device: values.device, peers: chosen }
}

/** The JSON lines that a process prints; it ends within the hour. */
const linesOf = ([file, args], cwd) =>
  new Promise((done) => {
    execFile(file, args, { cwd, timeout: 3_600_000, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
      if (lines.length === 0)
        process.stderr.write(`compare-peers: ${file} printed no result: ${stderr.trim() || error?.message}\n`)
      done(lines.map((line) => JSON.parse(line)))
    })
  })

/** The best time of a side for a case, from all its rounds and settings. */
const measureCase = async (settings, name) => {
  const sides = [ours, ...settings.peers.filter(({ knows }) => knows(name))]
  const best = new Map()
  for (let round = 0; round < settings.rounds; round += 1)
    for (const side of sides)
      for (const threads of side.threads ?? settings.threads) {
        const names = side.forms?.(name) ?? [name]
        const command = side.command(names, threads, settings)
        for (const line of await linesOf(command, side === ours ? root : settings.folder)) {
          process.stderr.write(`${JSON.stringify({ round: round + 1, ...line })}\n`)
          const before = best.get(side.name)
          if (typeof line.ms === 'number' && names.includes(line.case) && !(before?.ms <= line.ms))
            best.set(side.name, { ms: line.ms, threads, form: line.case })
        }
      }
  return best
}

const digits = (value) => (value >= 99.5 ? value.toFixed(0) : value.toPrecision(3))
const timeCell = (best, name) =>
  best === undefined
    ? '-'
    : `${digits(best.ms)} (${best.threads}${best.form === name ? '' : `, ${best.form.replace(/^[a-z]+_|_[a-z]+$/g, '')}`})`
const cell = (name, own, best) =>
  best === undefined || own === undefined
    ? timeCell(best, name)
    : `${timeCell(best, name)}, ${digits(best.ms / own.ms)} ×`

const row = (cells) => `| ${cells.join(' | ')} |\n`

const settings = parseSettings()
const sides = [ours, ...settings.peers]
process.stdout.write(
  `Medians in ms (threads of the best setting); × is how many times as fast as the peer Crocuta is.\n\n${row(['case', ...sides.map(({ title }) => title)])}${row(['---', ...sides.map(() => '---')])}`,
)
for (const name of settings.cases) {
  const best = await measureCase(settings, name)
  const own = best.get(ours.name)
  process.stdout.write(
    row([name, timeCell(own, name), ...settings.peers.map((peer) => cell(name, own, best.get(peer.name)))]),
  )
}
