import { describeDocument } from '../support/document.js'

describeDocument('docs/tour.md', 12)
