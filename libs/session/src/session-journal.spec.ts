import type { AccountId, SessionId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from './live-sessions-harness.js';
import { SessionJournal } from './session-journal.js';
import type { SessionChange, SessionStore } from './session-store.port.js';

const ACCOUNT = '1000000000000001' as AccountId;
const ONE = 's-one' as SessionId;
const TWO = 's-two' as SessionId;

/** A store whose writes the test answers, in the order in which they came. */
class SlowStore {
  readonly calls: { readonly id: SessionId; readonly change: SessionChange; readonly atMs: number }[] = [];
  readonly #answers: ((error?: Error) => void)[] = [];
  constructor(private readonly clock: FakeClock) {}

  update(_: AccountId, id: SessionId, change: SessionChange): Promise<boolean> {
    this.calls.push({ id, change, atMs: this.clock.nowMs() });
    return new Promise((resolve, reject) => {
      this.#answers.push((error) => (error ? reject(error) : resolve(true)));
    });
  }

  /** Answers the oldest write that waits, with success or with `error`. */
  async answer(error?: Error): Promise<void> {
    this.#answers.shift()?.(error);
    await settle();
  }
}

let clock: FakeClock;
let store: SlowStore;
let errors: [unknown, SessionId][];
let journal: SessionJournal;

beforeEach(() => {
  clock = new FakeClock();
  store = new SlowStore(clock);
  errors = [];
  journal = new SessionJournal(store as unknown as SessionStore, clock, (error, id) =>
    errors.push([error, id]),
  );
});

const away = new Error('away');
const written = (id = ONE) => store.calls.filter((call) => call.id === id).map(({ change }) => change);

describe('the journal', () => {
  it('writes the changes of a session one after the other, and those that wait as one', async () => {
    journal.note(ACCOUNT, ONE, { state: 'opening' });
    journal.note(ACCOUNT, ONE, { state: 'open', openedAtMs: 5 });
    journal.note(ACCOUNT, ONE, { state: 'detached' });
    expect(written()).toEqual([{ state: 'opening' }]);
    await store.answer();
    expect(written()).toEqual([{ state: 'opening' }, { state: 'detached', openedAtMs: 5 }]);
    await store.answer();
    journal.note(ACCOUNT, ONE, { state: 'open' });
    expect(written()).toHaveLength(3);
  });

  it('lets no session wait for another', () => {
    journal.note(ACCOUNT, ONE, { state: 'opening' });
    journal.note(ACCOUNT, TWO, { state: 'opening' });
    expect(store.calls.map(({ id }) => id)).toEqual([ONE, TWO]);
  });

  it('tries again, later each time, with what has changed meanwhile', async () => {
    journal.note(ACCOUNT, ONE, { state: 'open', openedAtMs: 5 });
    await store.answer(away);
    journal.note(ACCOUNT, ONE, { state: 'closed', endReason: 'EndedByApi' });
    const waits: number[] = [];
    for (let tries = 1; tries < 8; tries++) {
      const failedAtMs = clock.nowMs();
      while (store.calls.length === tries) await clock.advanceAsync(50, 50);
      waits.push(clock.nowMs() - failedAtMs);
      await store.answer(away);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(written().at(-1)).toEqual({ state: 'closed', openedAtMs: 5, endReason: 'EndedByApi' });
    expect(errors).toEqual(Array.from({ length: 8 }, () => [away, ONE]));
  });

  it('is patient anew after a success', async () => {
    journal.note(ACCOUNT, ONE, { state: 'opening' });
    await store.answer(away);
    await clock.advanceAsync(250, 50);
    journal.note(ACCOUNT, ONE, { state: 'open' });
    await store.answer();
    await store.answer(away);
    await clock.advanceAsync(250, 50);
    expect(written()).toEqual([
      { state: 'opening' },
      { state: 'opening' },
      { state: 'open' },
      { state: 'open' },
    ]);
  });

  it('is settled when everything is written, of one session or of all', async () => {
    const done: string[] = [];
    await journal.settled();
    journal.note(ACCOUNT, ONE, { state: 'opening' });
    journal.note(ACCOUNT, TWO, { state: 'opening' });
    void journal.settled(ONE).then(() => done.push('one'));
    void journal.settled().then(() => done.push('all'));
    journal.note(ACCOUNT, ONE, { state: 'open' });
    await store.answer();
    expect(done).toEqual([]);
    await store.answer(away);
    await store.answer();
    expect(done).toEqual(['one']);
    await clock.advanceAsync(250, 50);
    await store.answer();
    expect(done).toEqual(['one', 'all']);
    expect(written(TWO)).toEqual([{ state: 'opening' }, { state: 'opening' }]);
    await journal.settled(ONE);
  });
});
