/** Numbers as people read them. The same text on every machine: no locale is asked. */

/** An integer with its thousands apart: `12,345`. */
export const countText = (count: number): string =>
  Number.isFinite(count) ? `${Math.round(count)}`.replace(/\B(?=(\d{3})+$)/g, ',') : `${count}`

const prefixes = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** A quantity with a decimal prefix and two or three digits: `3.1 MFLOP`, `512 B`, `12.4 MB`. */
export const prefixedText = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return `${value} ${unit}`
  // The text is rounded before the prefix is chosen: 999,950 is 1.0 M, not 1000.0 k.
  const fits = (power: number): boolean => Number(scaledText(value, power)) < 1000
  const power = prefixes.findIndex((_, index) => fits(index))
  const chosen = power < 0 ? prefixes.length - 1 : power
  return `${scaledText(value, chosen)} ${prefixes[chosen] ?? ''}${unit}`
}

const scaledText = (value: number, power: number): string => {
  const scaled = value / 1000 ** power
  return power === 0 || Math.round(scaled) >= 100 ? `${Math.round(scaled)}` : scaled.toFixed(1)
}

/** A span that passes while one watches: `0.4 s`, `1:23`, `2:03:04`. */
export const durationText = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return `${seconds} s`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  return clockText(seconds)
}

/** Whole seconds as a clock shows them: `0:07`, `1:23`, `2:03:04`. */
export const clockText = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '?:??'
  const whole = Math.max(0, Math.round(seconds))
  const two = (part: number): string => `${part}`.padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** Images a second: whole from 100, one decimal below. */
export const rateText = (perSecond: number): string =>
  perSecond < 99.95 ? perSecond.toFixed(1) : countText(perSecond)

/** A fraction in percent: `94.21 %`. */
export const percentText = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`
