import { describeDocument } from '../support/document.js'

describeDocument('docs/theorems.md', 6)
