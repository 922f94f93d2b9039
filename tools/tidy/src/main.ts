/** `npm run tidy`: prints what is not tidy and fails if anything is. */
import { workspaceRoot } from '@ballast/workspace';
import { formatFinding, tidy } from './tidy.ts';
import { readTree } from './tree.ts';

const files = readTree(workspaceRoot);
const findings = tidy(files);
for (const finding of findings) console.error(formatFinding(finding));
console.error(`tidy: ${files.length} files, ${findings.length} findings`);
if (findings.length > 0) process.exitCode = 1;
