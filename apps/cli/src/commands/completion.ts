import { Argument, Command } from 'commander';
import {
  COMPLETION_SHELLS,
  completionScript,
  type CompletionShell,
} from '../completion/completion-scripts.js';
import type { CliContext } from '../context.js';

const HELP = `
Examples:
  eval "$(sallyport completion bash)"            in ~/.bashrc
  eval "$(sallyport completion zsh)"             in ~/.zshrc, after compinit
  sallyport completion fish > ~/.config/fish/completions/sallyport.fish`;

/** `completion bash|zsh|fish`: prints a script for the shell to load. */
export const completionCommand = (context: CliContext, program: Command): Command =>
  new Command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>').choices(COMPLETION_SHELLS))
    .addHelpText('after', HELP)
    .action((shell: CompletionShell) => void context.io.stdout.write(completionScript(shell, program)));
