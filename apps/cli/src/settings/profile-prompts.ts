import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError } from '../cli-error.js';
import type { Profile } from './profiles.js';

/** A profile of which parts may be missing. */
export type ProfileDraft = Partial<Profile>;

/** The streams of the process, as far as asking needs them. */
export interface PromptIo {
  readonly stdin: object;
  readonly stderr: { write(text: string): unknown };
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8080';

/**
 * Asks on the terminal for what was not given; questions go to standard error, an empty answer keeps what is in brackets.
 * @param draft  values to offer
 * @param given  values that are not asked for
 * @throws CliError when an answer that is needed stays empty
 */
export async function askProfile(io: PromptIo, draft: ProfileDraft, given: ProfileDraft): Promise<Profile> {
  const prompt = new Prompt(io);
  try {
    const endpoint = given.endpoint ?? (await prompt.ask('Endpoint', draft.endpoint ?? DEFAULT_ENDPOINT));
    const accessKeyId = given.accessKeyId ?? (await prompt.ask('Access key id', draft.accessKeyId));
    const accessKeySecret =
      given.accessKeySecret ?? (await prompt.askSecret('Access key secret', draft.accessKeySecret));
    const ca = endpoint.startsWith('https:')
      ? (given.ca ?? (await prompt.askOptional('CA file', draft.ca)))
      : given.ca;
    return { ...draft, endpoint, accessKeyId, accessKeySecret, ...(ca === undefined ? {} : { ca }) };
  } finally {
    prompt.close();
  }
}

class Prompt {
  readonly #io: PromptIo;
  readonly #lines: Interface;
  readonly #gone = new AbortController();
  #isMuted = false;

  constructor(io: PromptIo) {
    this.#io = io;
    const echo = new Writable({
      write: (text: Buffer, _encoding, done) => {
        if (!this.#isMuted) io.stderr.write(text.toString());
        done();
      },
    });
    this.#lines = createInterface({ input: io.stdin as NodeJS.ReadableStream, output: echo, terminal: true });
    // ^C and ^D leave a question that nobody answers any more.
    this.#lines.on('SIGINT', () => this.#lines.close());
    this.#lines.on('close', () => this.#gone.abort());
  }

  async ask(what: string, offered?: string): Promise<string> {
    const answer = (await this.askOptional(what, offered)) ?? '';
    if (answer === '') throw new CliError(`${what.toLowerCase()} is needed`);
    return answer;
  }

  async askOptional(what: string, offered?: string): Promise<string | undefined> {
    const answer = await this.#question(`${what}${offered === undefined ? '' : ` [${offered}]`}: `);
    return answer.trim() || offered;
  }

  /** What is typed is not shown. */
  async askSecret(what: string, kept?: string): Promise<string> {
    this.#io.stderr.write(`${what}${kept === undefined ? '' : ' [kept]'}: `);
    this.#isMuted = true;
    const answer = await this.#question('');
    this.#isMuted = false;
    this.#io.stderr.write('\n');
    if (answer === '' && kept === undefined) throw new CliError(`${what.toLowerCase()} is needed`);
    return answer === '' ? (kept ?? '') : answer;
  }

  async #question(text: string): Promise<string> {
    try {
      return await this.#lines.question(text, { signal: this.#gone.signal });
    } catch (cause) {
      this.#io.stderr.write('\n');
      throw new CliError('nothing was stored', { cause });
    }
  }

  close(): void {
    this.#lines.close();
  }
}
