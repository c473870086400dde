import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('shows what was counted and what is live, by region', async () => {
    const live = { sessions: 1, channels: 2, agents: 3 };
    const metrics = new Metrics('local', () => live);
    metrics.relayed('to_client', 1000);
    metrics.relayed('to_client', 24);
    metrics.apiCall('StartTerminalSession', 'OK');
    metrics.refused('sessionsPerInstance');
    live.sessions = 4;
    expect((await metrics.expose()).split('\n')).toEqual(
      expect.arrayContaining([
        'sallyport_sessions{region="local"} 4',
        'sallyport_channels{region="local"} 2',
        'sallyport_agents{region="local"} 3',
        'sallyport_relayed_bytes_total{direction="to_client",region="local"} 1024',
        'sallyport_api_calls_total{action="StartTerminalSession",code="OK",region="local"} 1',
        'sallyport_refusals_total{limit="sessionsPerInstance",region="local"} 1',
      ]),
    );
  });

  it('shows the figures of the process', async () => {
    const metrics = new Metrics('local', () => ({ sessions: 0, channels: 0, agents: 0 }));
    expect(await metrics.expose()).toContain('process_resident_memory_bytes');
    expect(metrics.contentType).toContain('text/plain');
  });
});
