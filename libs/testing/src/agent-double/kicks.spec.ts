import { expect, it } from 'vitest';
import { takeKick } from './kicks.js';

it.each([
  ['kick_vm', 'accept:kick_vm', { kind: 'fetch-tasks' }],
  ['kick_vm noop', 'accept:kick_vm noop', { kind: 'none' }],
  ['kick_vm session start c1', 'accept:kick_vm session start c1', { kind: 'start-session', channelId: 'c1' }],
  ['kick_vm session stop c1', 'accept:kick_vm session stop c1', { kind: 'stop-session', channelId: 'c1' }],
  ['kick_vm task run t-1', 'accept:kick_vm task run t-1', { kind: 'fetch-tasks', taskId: 't-1' }],
  ['kick_vm bogus x', 'unknow:kick_vm bogus x', { kind: 'none' }],
  ['kick_vm session pause c1', 'unknow:kick_vm session pause c1', { kind: 'none' }],
  ['kick_vm  session start c1', 'unknow:kick_vm  session start c1', { kind: 'none' }],
  ['kick_vm agent deregister', 'unknow:kick_vm agent deregister', { kind: 'deregister' }],
  ['something else', 'unknow:something else', { kind: 'none' }],
])('takes "%s" as the agent does', (text, reply, action) => {
  expect(takeKick(text)).toEqual({ kind: 'reply', reply, action });
});

it.each(['kick_vm session', 'kick_vm task', 'kick_vm agent', 'kick_vm file'])('dies of "%s"', (text) => {
  expect(takeKick(text)).toEqual({ kind: 'reader-dies' });
});
