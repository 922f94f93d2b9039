import { basename } from 'node:path';
import type { Finding, TreeFile } from '../tree.ts';

interface BannedWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

const CONCEPT = 'name the concept that the functions in it belong to';

/** Words that no file or folder of ours is called by: what fits nowhere is a missing concept. */
const IN_NAMES: readonly BannedWord[] = [
  { pattern: /^util(s|ities)?$/, instead: CONCEPT },
  { pattern: /^helpers?$/, instead: CONCEPT },
  { pattern: /^common$/, instead: CONCEPT },
  { pattern: /^misc$/, instead: CONCEPT },
  { pattern: /^managers?$/, instead: 'say what it does to what: scheduler, directory, pool' },
];

/** Words that no text of ours contains. The patterns are spelled so that they do not match themselves. */
const IN_TEXT: readonly BannedWord[] = [
  { pattern: /\bTO[D]O\b/, instead: 'do it, or file an issue' },
  { pattern: /\bFIX[M]E\b/, instead: 'fix it, or file an issue' },
  { pattern: /\bX[X]X\b/, instead: 'say what is wrong, or mend it' },
  { pattern: /\bHAC[K]\b/, instead: 'say why it has to be so' },
  { pattern: /\bwhite[-]?list/i, instead: 'allow list' },
  { pattern: /\bblack[-]?list/i, instead: 'deny list' },
  { pattern: /\bsim[p]ly\b/i, instead: 'nothing: what is simple shows it' },
  { pattern: /\bobvious[l]y\b/i, instead: 'nothing: what is obvious shows it' },
  { pattern: /(^|[\s"'`(=])\/(home|root|work|Users)\/\w/, instead: 'a path relative to the checkout' },
];

const TEXT_FILE = /\.(ts|js|json|md|sh|ya?ml|toml|html|css|c|p4)$/;

export function bannedWords(files: readonly TreeFile[]): Finding[] {
  return files.flatMap((file) => [...bannedNames(file), ...bannedText(file)]);
}

/** Looks at each word of each part of the path: 'libs/wire/src/packet-utils.ts' has utils in it. */
function bannedNames({ path }: TreeFile): Finding[] {
  const words = path.split('/').flatMap((part) => basename(part).split(/[-_.]/));
  return IN_NAMES.flatMap(({ pattern, instead }) => {
    const word = words.find((candidate) => pattern.test(candidate.toLowerCase()));
    return word === undefined ? [] : [{ path, message: `'${word}' in its name; ${instead}` }];
  });
}

function bannedText(file: TreeFile): Finding[] {
  const { path } = file;
  if (!TEXT_FILE.test(path) || basename(path) === 'package-lock.json') return [];
  return file.text.split('\n').flatMap((line, index) =>
    IN_TEXT.flatMap(({ pattern, instead }) => {
      const word = pattern.exec(line)?.[0].trim();
      return word === undefined ? [] : [{ path, line: index + 1, message: `'${word}'; rather ${instead}` }];
    }),
  );
}
