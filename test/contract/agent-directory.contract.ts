import type { AgentDirectory, AgentKick, ControlLink } from '@sallyport/fleet';
import type { ChannelId, InstanceId } from '@sallyport/kernel';
import { beforeEach, describe, expect, it } from 'vitest';

const ID = 'mi-one' as InstanceId;
const KICK: AgentKick = { kind: 'session', action: 'start', channelId: 'c' as ChannelId };

/** A control socket that remembers what it was told. */
class FakeLink implements ControlLink {
  readonly sent: AgentKick[] = [];
  isReplaced = false;
  isRemoved = false;
  constructor(readonly isOwnAgent = false) {}
  send(kick: AgentKick): void {
    this.sent.push(kick);
  }
  replaced(): void {
    this.isReplaced = true;
  }
  removed(): void {
    this.isRemoved = true;
  }
}

/** What every directory of agents must hold to. @param make an empty one */
export function agentDirectoryContract(make: () => AgentDirectory): void {
  describe('agent directory', () => {
    let directory: AgentDirectory;
    const presence = async (id = ID) => (await directory.presence([id])).get(id);

    beforeEach(() => (directory = make()));

    it('knows nothing of an instance that nobody has heard of', async () => {
      expect(await presence()).toEqual({
        isConnected: false,
        isReady: false,
        isOwnAgent: false,
        lastHeartbeatAtMs: undefined,
      });
      expect(await directory.kick(ID, KICK)).toBe(false);
    });

    it('kicks only agents that are connected and ready', async () => {
      const link = new FakeLink();
      await directory.arrive(ID, link);
      expect(await directory.kick(ID, KICK)).toBe(false);
      await directory.ready(ID);
      expect(await directory.kick(ID, KICK)).toBe(true);
      await directory.starting(ID);
      expect(await directory.kick(ID, KICK)).toBe(false);
      expect(link.sent).toEqual([KICK]);
    });

    it('lets the newest socket win and tells the older one', async () => {
      const [older, newer] = [new FakeLink(), new FakeLink(true)];
      const arrival = await directory.arrive(ID, older);
      await directory.arrive(ID, newer);
      await directory.ready(ID);
      expect([older.isReplaced, newer.isReplaced]).toEqual([true, false]);
      arrival.leave();
      expect(await presence()).toMatchObject({ isConnected: true, isOwnAgent: true });
      await directory.kick(ID, KICK);
      expect([older.sent, newer.sent]).toEqual([[], [KICK]]);
    });

    it('stays ready over a short absence of the socket: the agent still runs', async () => {
      const arrival = await directory.arrive(ID, new FakeLink());
      await directory.ready(ID);
      arrival.leave();
      expect(await presence()).toMatchObject({ isConnected: false, isReady: true });
      const again = new FakeLink();
      await directory.arrive(ID, again);
      expect(await directory.kick(ID, KICK)).toBe(true);
    });

    it('lists who is connected, remembers heart-beats, forgets whoever is removed', async () => {
      const link = new FakeLink();
      await directory.arrive(ID, link);
      await directory.heartbeat(ID, 1_234);
      await directory.heartbeat('mi-two' as InstanceId, 99);
      expect(await directory.connected()).toEqual([ID]);
      expect(await presence()).toMatchObject({ lastHeartbeatAtMs: 1_234 });
      await directory.forget(ID);
      expect([link.isReplaced, link.isRemoved]).toEqual([false, true]);
      expect(await directory.connected()).toEqual([]);
      expect(await presence()).toMatchObject({ isConnected: false, lastHeartbeatAtMs: undefined });
    });
  });
}
