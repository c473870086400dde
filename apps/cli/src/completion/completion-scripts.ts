import type { Command } from 'commander';

/** Shells for which a script can be made. */
export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of {@link COMPLETION_SHELLS}. */
export type CompletionShell = (typeof COMPLETION_SHELLS)[number];

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly words: readonly string[];
}

const optionsOf = (command: Command): string[] => [
  ...command.options.flatMap((option) => option.long ?? []),
  '--help',
];

const verbsOf = (program: Command): Verb[] =>
  program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    words: [
      ...command.commands.map((child) => child.name()),
      ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      ...optionsOf(command),
      ...program.options.flatMap((option) => option.long ?? []),
    ],
  }));

/** A script for the shell to load, made of the program's own verbs and options. */
export function completionScript(shell: CompletionShell, program: Command): string {
  const verbs = verbsOf(program);
  const globals = optionsOf(program);
  switch (shell) {
    case 'bash':
      return bashScript(program.name(), verbs, globals);
    case 'zsh':
      return `#compdef ${program.name()}\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(program.name(), verbs, globals)}`;
    case 'fish':
      return fishScript(program.name(), verbs, program);
  }
}

function bashScript(name: string, verbs: readonly Verb[], globals: readonly string[]): string {
  const cases = verbs.map((verb) => `      ${verb.name}) words="${verb.words.join(' ')}"; break ;;`);
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" word
  local words="${[...verbs.map((verb) => verb.name), ...globals].join(' ')}"
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      --) return ;;
${cases.join('\n')}
    esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

const fishQuote = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;

function fishScript(name: string, verbs: readonly Verb[], program: Command): string {
  const isFirst = "-n '__fish_use_subcommand'";
  const lines = [
    ...verbs.map(
      (verb) => `complete -c ${name} -f ${isFirst} -a ${verb.name} -d ${fishQuote(verb.description)}`,
    ),
    ...program.options.map((option) => fishOption(name, '', option.long, option.description)),
    ...program.commands.flatMap((command) => fishCommand(name, command)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function fishCommand(name: string, command: Command): string[] {
  const inside = ` -n ${fishQuote(`__fish_seen_subcommand_from ${command.name()}`)}`;
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  return [
    ...[...command.commands.map((child) => child.name()), ...choices].map(
      (word) => `complete -c ${name} -f${inside} -a ${word}`,
    ),
    ...command.options.map((option) => fishOption(name, inside, option.long, option.description)),
  ];
}

const fishOption = (name: string, inside: string, long: string | undefined, description: string): string =>
  `complete -c ${name}${inside} -l ${(long ?? '').replace(/^--/, '')} -d ${fishQuote(description)}`;
