import { expect, it } from 'vitest';
import { splitCommand } from './shell-session.js';

it.each([
  ['', []],
  ['bash', ['bash']],
  ['  sh  -c   "echo $((6*7))" ', ['sh', '-c', 'echo $((6*7))']],
  [`printf '%s "x"' a\\ b "c d"e`, ['printf', '%s "x"', 'a b', 'c de']],
  ['echo "a \\"quoted\\" word"', ['echo', 'a "quoted" word']],
])('%j is split like a shell line', (command, words) => {
  expect(splitCommand(command)).toEqual(words);
});
