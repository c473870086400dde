import type { HttpRequest } from '@sallyport/client';
import { FakeClock } from '@sallyport/testing';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CliContext } from './context.js';
import { runProgram } from './program.js';
import { readProfiles } from './settings/profiles.js';

const KEY = { accessKeyId: 'LTAIexample', accessKeySecret: 'secret' };

describe('runProgram', () => {
  let homeDir: string;
  beforeEach(async () => {
    homeDir = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  });
  afterEach(() => rm(homeDir, { recursive: true }));

  async function run(words: string[], options: { answers?: Record<string, object>; key?: object } = {}) {
    const { answers = {}, key = KEY } = options;
    const sent: HttpRequest[] = [];
    const printed = { out: '', err: '' };
    const stdin = Object.assign(new EventEmitter(), {
      setRawMode: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    });
    const stdout = Object.assign(new EventEmitter(), {
      write: (text: Uint8Array | string) => ((printed.out += String(text)), true),
    });
    const context: CliContext = {
      environment: { homeDir, ...key },
      io: {
        stdin,
        stdout,
        stderr: { write: (text) => (printed.err += text) },
        signals: new EventEmitter(),
        leaveOutputAlone: () => undefined,
      },
      clock: new FakeClock(),
      dial: () => () => {
        throw new Error('nothing is dialled here');
      },
      http: () => (request) => {
        sent.push(request);
        const answer = answers[request.headers['x-acs-action'] ?? ''];
        const error = { Code: 'InvalidInstance.NotFound', Message: 'No such instance.', RequestId: 'R' };
        return Promise.resolve({
          status: answer === undefined ? 404 : 200,
          text: JSON.stringify(answer ?? error),
        });
      },
      exitCode: 0,
    };
    await runProgram(context, words);
    return { ...printed, exitCode: context.exitCode, sent };
  }

  const parametersOf = (request: HttpRequest | undefined): Record<string, string> =>
    Object.fromEntries(new URL(request?.url ?? 'http://none').searchParams);

  it.each([
    [['--help'], 'Usage: sallyport', 'Examples:'],
    [['session', '--help'], 'Usage: sallyport session', '--user'],
    [['exec', '--help'], 'Usage: sallyport exec [options] <instance> -- <command...>', 'Examples:'],
    [['configure', '--help'], 'Usage: sallyport configure', 'Examples:'],
  ])('prints help of %j with examples', async (words, ...texts) => {
    const { out, exitCode } = await run(words);
    for (const text of texts) expect(out).toContain(text);
    expect(exitCode).toBe(0);
  });

  it.each([
    [['bogus']],
    [['session']],
    [['exec', 'web-1']],
    [['instances', '--bogus']],
    [['--output', 'xml', 'instances']],
  ])('refuses %j with status 255', async (words) => {
    const { err, exitCode, sent } = await run(words);
    expect(err).toMatch(/^error: /);
    expect(exitCode).toBe(255);
    expect(sent).toEqual([]);
  });

  it('sends the words of exec as one quoted line, options of the command included', async () => {
    const { sent } = await run(['exec', 'mi-12345678', '--user', 'app', '--', 'ls', '-la', '--help', 'a b']);
    expect(parametersOf(sent[0])).toEqual({
      RegionId: 'local',
      'InstanceId.1': 'mi-12345678',
      CommandLine: "ls -la --help 'a b'",
      Username: 'app',
    });
  });

  it('takes a command line of 512 characters and refuses one of 513', async () => {
    const longest = await run(['exec', 'mi-12345678', '--', 'x'.repeat(512)]);
    expect(longest.sent).toHaveLength(1);
    const tooLong = await run(['exec', 'mi-12345678', '--', 'x'.repeat(513)]);
    expect(tooLong.sent).toEqual([]);
    expect(tooLong.err).toContain('513 characters');
    expect(tooLong.exitCode).toBe(255);
  });

  it('tells what, why and what to do when an instance is unknown', async () => {
    const { err, exitCode } = await run(['session', 'mi-12345678']);
    expect(err).toBe(
      'sallyport: No such instance (InvalidInstance.NotFound, request R)\n  `sallyport instances` lists those there are.\n',
    );
    expect(exitCode).toBe(255);
  });

  it('warns when what is sent can be read on the way', async () => {
    const answers = { EndTerminalSession: {} };
    const open = await run(['end', 's-1', '--endpoint', 'http://door.example'], { answers });
    expect(open.err).toContain('warning: http://door.example is not encrypted');
    const loopback = await run(['end', 's-1', '--endpoint', 'http://127.0.0.1:1'], { answers });
    expect(loopback.err).toBe('');
  });

  it('ends a session and says so in either format', async () => {
    const answers = { EndTerminalSession: {} };
    const table = await run(['end', 's-1'], { answers });
    expect(table).toMatchObject({ out: 'ended s-1\n', exitCode: 0 });
    expect(parametersOf(table.sent[0])).toEqual({ RegionId: 'local', SessionId: 's-1' });
    const json = await run(['--output', 'json', 'end', 's-1'], { answers });
    expect(JSON.parse(json.out)).toEqual({ sessionId: 's-1' });
  });

  it('lists live sessions, and ended ones when asked', async () => {
    const session = (id: string, status: string) => ({
      SessionId: id,
      ClientIP: '127.0.0.1',
      CreationTime: '2026-01-01T00:00:00Z',
      PortNumber: 22,
      Connections: { Connection: [{ InstanceId: 'mi-1', Status: status, ClosedReason: 'Exit' }] },
    });
    const list = [session('s-live', 'Connected'), session('s-over', 'Terminated')];
    const answers = { DescribeTerminalSessions: { NextToken: '', Sessions: { Session: list } } };
    const live = await run(['sessions'], { answers });
    expect(live.out).toContain('s-live');
    expect(live.out).not.toContain('s-over');
    const all = await run(['sessions', '--all', '--output', 'json'], { answers });
    expect(JSON.parse(all.out)).toMatchObject([
      { sessionId: 's-live', target: 'localhost:22' },
      { sessionId: 's-over', closedReason: 'Exit' },
    ]);
  });

  it('stores, lists, shows and deletes profiles without printing a secret', async () => {
    const flags = [
      '--endpoint',
      'http://a',
      '--access-key-id',
      'id',
      '--access-key-secret',
      's3cret',
      '--ca',
      '/x/ca.pem',
    ];
    const stored = await run(['configure', '--profile', 'lab', ...flags]);
    expect(stored.exitCode).toBe(0);
    expect((await readProfiles(homeDir)).profiles['lab']).toEqual({
      endpoint: 'http://a',
      accessKeyId: 'id',
      accessKeySecret: 's3cret',
      ca: '/x/ca.pem',
    });
    const list = await run(['configure', 'list']);
    const shown = await run(['configure', 'get', 'lab']);
    expect(list.out).toContain('lab');
    expect(JSON.parse(shown.out)).toEqual({
      name: 'lab',
      endpoint: 'http://a',
      accessKeyId: 'id',
      ca: '/x/ca.pem',
    });
    expect(stored.err + list.out + shown.out).not.toContain('s3cret');
    await run(['configure', 'delete', 'lab']);
    expect((await readProfiles(homeDir)).profiles).toEqual({});
    expect((await run(['configure', 'delete', 'lab'])).err).toContain('there is no profile lab');
  });

  it('changes one part of a profile and keeps the rest', async () => {
    await run(['configure', '--endpoint', 'http://a', '--access-key-id', 'id', '--access-key-secret', 's']);
    await run(['configure', '--region', 'lab']);
    expect((await readProfiles(homeDir)).profiles['default']).toMatchObject({
      endpoint: 'http://a',
      region: 'lab',
    });
  });

  it('names the options that configure needs where it cannot ask', async () => {
    const { err, exitCode } = await run(['configure', '--endpoint', 'http://a']);
    expect(err).toContain('--access-key-id, --access-key-secret must be given');
    expect(exitCode).toBe(255);
  });

  it.each(['bash', 'zsh', 'fish'])(
    'prints a completion script for %s that knows every verb',
    async (shell) => {
      const { out, exitCode } = await run(['completion', shell]);
      for (const verb of ['configure', 'instances', 'session', 'exec', 'sessions', 'end', 'completion'])
        expect(out).toContain(verb);
      expect(exitCode).toBe(0);
    },
  );
});
