/**
 * Both TypeScript compilers on small programs, as a user of the package runs them: against declarations of the library,
 * in a folder of their own.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..', '..')
const compiler7 = join(root, 'node_modules', 'typescript7', 'bin', 'tsc')

/** The compilers' versions, as the goldens name them. */
export const versions = {
  six: ts.version,
  seven: (createRequire(import.meta.url)('typescript7') as { readonly version: string }).version,
}

const run7 = (args: readonly string[]): string => {
  const { stdout, stderr, error } = spawnSync(process.execPath, [compiler7, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (error !== undefined) throw error
  return `${stdout}${stderr}`
}

/** What a compiler says of the files of a folder, and what it spent; memory where it is the same in every run. */
export interface Checked {
  /** The texts of the errors, by the file's name without `.ts`. */
  readonly errors: ReadonlyMap<string, readonly string[]>
  readonly cost: Cost
  readonly seconds: number
}

export interface Cost {
  readonly symbols: number
  readonly types: number
  readonly instantiations: number
  readonly kilobytes?: number
}

/** A folder with the library's declarations, the paper's models and the programs beside them. */
export const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'crocuta-types-'))
  const emitted = run7([
    ...['-p', join(root, 'tsconfig.build.json'), '--outDir', folder],
    // The type check has a step of its own.
    ...['--noCheck', '--emitDeclarationOnly', '--declarationMap', 'false', '--sourceMap', 'false'],
  ])
  if (emitted !== '') throw new Error(emitted)
  for (const [from, to] of [
    ['models', 'models'],
    ['test/types/mistakes', 'mistakes'],
    ['test/types/programs', 'programs'],
    ['package.json', 'package.json'],
  ] as const)
    cpSync(join(root, from), join(folder, to), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Every file of a part of the folder. */
export const filesOf = (folder: string, part: string): readonly string[] =>
  readdirSync(join(folder, part))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(part, file))

const projectOf = (files: readonly string[]): object => ({
  extends: join(root, 'tsconfig.json'),
  compilerOptions: { paths: { crocuta: ['./src/index.js'], 'crocuta/*': ['./src/*/index.js'] } },
  files,
  include: [],
  exclude: [],
})

const nameOf = (file: string): string => basename(file, '.ts')

const grouped = (pairs: readonly (readonly [file: string, text: string])[]): Checked['errors'] => {
  const errors = new Map<string, readonly string[]>()
  for (const [file, text] of pairs) errors.set(nameOf(file), [...(errors.get(nameOf(file)) ?? []), text])
  return errors
}

/** `path(line,column): error TSnnnn: text`, whose further lines are indented. */
const errorsIn = (output: string): readonly (readonly [file: string, text: string])[] =>
  [...output.matchAll(/^(\S+)\(\d+,\d+\): error TS\d+: (.*(?:\n {2}.*)*)/gm)].map(
    ([, file = '', text = '']) => [file, text],
  )

const figure = (output: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)?.[1])

/** One run of TypeScript 7; one checker, so that counts do not depend on how files are dealt out. */
export const check7 = (folder: string, files: readonly string[]): Checked => {
  const project = join(folder, `tsconfig.${files.map(nameOf).join('.').slice(0, 40)}.json`)
  writeFileSync(project, JSON.stringify(projectOf(files)))
  const output = run7(['-p', project, '--pretty', 'false', '--singleThreaded', '--extendedDiagnostics'])
  return {
    errors: grouped(errorsIn(output)),
    cost: {
      symbols: figure(output, 'Symbols'),
      types: figure(output, 'Types'),
      instantiations: figure(output, 'Instantiations'),
      kilobytes: figure(output, 'Memory used'),
    },
    seconds: figure(output, 'Total time'),
  }
}

const optionsOf = (folder: string): ts.CompilerOptions =>
  ts.parseJsonConfigFileContent(projectOf([]), ts.sys, folder, undefined, join(folder, 'tsconfig.json'))
    .options

/** Runs of TypeScript 6 that parse each file once between them. */
export const makeCheck6 = (folder: string): ((files: readonly string[]) => Checked) => {
  const options = optionsOf(folder)
  const host = ts.createCompilerHost(options)
  const parsed = new Map<string, ts.SourceFile | undefined>()
  const sharing: ts.CompilerHost = {
    ...host,
    getSourceFile: (path, ...rest) => {
      if (!parsed.has(path)) parsed.set(path, host.getSourceFile(path, ...rest))
      return parsed.get(path)
    },
  }
  return (files) => {
    const start = performance.now()
    const program = ts.createProgram(
      files.map((file) => join(folder, file)),
      options,
      sharing,
    )
    const diagnostics = [...program.getOptionsDiagnostics(), ...program.getSemanticDiagnostics()]
    return {
      errors: grouped(
        diagnostics.map(({ file, messageText }) => [
          file?.fileName ?? 'options',
          ts.flattenDiagnosticMessageText(messageText, '\n'),
        ]),
      ),
      cost: {
        symbols: program.getSymbolCount(),
        types: program.getTypeCount(),
        instantiations: program.getInstantiationCount(),
      },
      seconds: (performance.now() - start) / 1000,
    }
  }
}
