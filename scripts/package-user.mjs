/** What a user of the installed package does first. Runs in a folder where only the package is installed. */
import * as crocuta from 'crocuta'

const names = Object.keys(crocuta)
if (names.length === 0) throw new Error('the package exports nothing')
process.stdout.write(`crocuta: ${names.length} exports\n`)
