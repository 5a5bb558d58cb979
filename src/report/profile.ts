/** A profile: lines of JSON for programs, or tables for a person. */
import type { KernelSpent, Profile, Spent } from '../inspect/profile.js'
import { groupSpent, totalSpent } from '../inspect/profile.js'

const fixed = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Fields of every line about kernels; times in milliseconds, rates in 10⁹ a second, shares and fractions from 0 to 1. */
const figures = ({ count, ms, flops, bytes, limitMs }: Spent, all: number) => ({
  count,
  ms: fixed(ms, 5),
  share: fixed(ms / all, 4),
  flops,
  bytes,
  gflops: fixed(flops / ms / 1e6, 3),
  gb_s: fixed(bytes / ms / 1e6, 3),
  of_limit: fixed(limitMs / ms, 4),
})

/** One line for the limits, one for the whole, one for each skeleton, one for each kernel. */
export const profileJson = (name: string, device: string, { threads, limits, wholeMs, kernels }: Profile) => {
  const sum = totalSpent(kernels)
  const about = { case: name, threads }
  return [
    { kind: 'limits', ...about, device, ...limits },
    { kind: 'whole', ...about, ms: fixed(wholeMs, 4), sum_ms: fixed(sum.ms, 4) },
    ...groupSpent(kernels, ({ skeleton }) => skeleton).map(([skeleton, spent]) => ({
      kind: 'skeleton',
      ...about,
      skeleton,
      ...figures(spent, sum.ms),
    })),
    ...kernels.map((row) => ({
      kind: 'kernel',
      ...about,
      kernel: row.kernel,
      name: row.name,
      skeleton: row.skeleton,
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...figures(row, sum.ms),
    })),
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')
}

const NAME_WIDTH = 44
const WIDTHS = [6, 9, 7, 9, 8, 9]
const HEADS = ['runs', 'ms', 'share', 'GFLOP/s', 'GB/s', 'of limit']
/** Rows of names that are printed; the others are one row. */
const MOST_NAMES = 30

const line = (name: string, cells: readonly string[]): string =>
  `${name.slice(0, NAME_WIDTH - 1).padEnd(NAME_WIDTH)}${cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join(' ')}\n`

const row = (name: string, { count, ms, flops, bytes, limitMs }: Spent, all: number): string =>
  line(name, [
    `${count}`,
    ms.toFixed(3),
    `${((100 * ms) / all).toFixed(1)} %`,
    (flops / ms / 1e6).toFixed(1),
    (bytes / ms / 1e6).toFixed(1),
    `${((100 * limitMs) / ms).toFixed(0)} %`,
  ])

const table = (
  title: string,
  groups: readonly (readonly [string, Spent])[],
  all: number,
): readonly string[] => {
  const rest = groups.slice(MOST_NAMES).map(([, spent]) => spent)
  return [
    '\n',
    line(title, HEADS),
    ...groups.slice(0, MOST_NAMES).map(([key, spent]) => row(key, spent, all)),
    ...(rest.length === 0 ? [] : [row(`${rest.length} others`, totalSpent(rest), all)]),
  ]
}

/** What a cost model chose, and why. */
const choices = (kernels: readonly KernelSpent[]): readonly string[] => {
  const reasons = kernels.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}\n    ${reason}\n`]))
  return reasons.length === 0 ? [] : ['\nchosen by cost\n', ...reasons]
}

const nameOf = ({ name, skeleton }: KernelSpent): string => (skeleton === 'copy' ? 'copies of loops' : name)

/** The limits, the sum of the kernels beside the whole, tables by skeleton and by name, and what was chosen by cost. */
export const profileTable = (
  name: string,
  device: string,
  { threads, limits, wholeMs, kernels }: Profile,
): string => {
  const sum = totalSpent(kernels)
  const { gflops, memory, cache } = limits
  const rest = (100 * (wholeMs - sum.ms)) / wholeMs
  const clock = threads === 1 ? 'processor time' : 'time on the clock'
  return [
    `case    ${name}\ndevice  ${device}\n`,
    `limits  ${gflops.toFixed(1)} GFLOP/s of multiply-adds\n`,
    `        64 MB: ${memory.copy.toFixed(1)} GB/s copied, ${memory.triad.toFixed(1)} of a triad\n`,
    `        1 MB a thread: ${cache.copy.toFixed(1)} GB/s copied, ${cache.triad.toFixed(1)} of a triad\n`,
    `whole   ${wholeMs.toFixed(3)} ms (${clock}); its kernels alone ${sum.ms.toFixed(3)} ms, the rest ${rest.toFixed(1)} %\n`,
    ...table(
      'skeleton',
      groupSpent(kernels, ({ skeleton }) => skeleton),
      sum.ms,
    ),
    ...table('kernel', groupSpent(kernels, nameOf), sum.ms),
    ...choices(kernels),
  ].join('')
}
