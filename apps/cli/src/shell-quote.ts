const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word that a POSIX shell reads back as exactly `word`. */
const quoteWord = (word: string): string =>
  SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command line that a POSIX shell splits into exactly `words`. */
export const quoteCommand = (words: readonly string[]): string => words.map(quoteWord).join(' ');
