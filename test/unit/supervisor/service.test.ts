import { describe, expect, it } from 'vitest';
import { HubError } from '../../../src/shared/errors.ts';
import type { ProcessInfo } from '../../../src/shared/events.ts';
import { type Exit, type Running, Service } from '../../../src/supervisor/service.ts';

/** A supervised process that does what the test says: every life is handed out to be ended by hand. */
function stage(starts: (() => Promise<void>)[] = []) {
  const lives: { end(exit: Partial<Exit>): void; stopped: number[] }[] = [];
  const infos: ProcessInfo[] = [];
  const gone: string[] = [];
  const service = new Service(
    {
      name: 'gateway',
      detail: 'somewhere',
      start: async () => {
        await starts.shift()?.();
        const exited = Promise.withResolvers<Exit>();
        const end = (exit: Partial<Exit>) => exited.resolve({ code: null, signal: null, lines: [], ...exit });
        const stopped: number[] = [];
        lives.push({ end, stopped });
        const stop = async (graceMs: number) => {
          stopped.push(graceMs);
          end({ code: 0 });
        };
        return {
          pid: 100 + lives.length,
          detail: 'here',
          attached: false,
          exited: exited.promise,
          stop,
          kill: () => end({ signal: 'SIGKILL' }),
        } satisfies Running;
      },
    },
    {
      clock: { now: () => performance.now(), wall: () => Date.now() },
      onChange: (info) => infos.push(info),
      onReady: () => {},
      onGone: (reason) => gone.push(reason),
      log: () => {},
      isFatal: (error) => error.code === 'PORT_TAKEN',
    },
    () => 0,
  );
  const states = () => infos.map((info) => info.state).filter((state, i, all) => state !== all[i - 1]);
  const reached = async (state: string, times = 1) => {
    while (states().filter((each) => each === state).length < times) await new Promise(setImmediate);
  };
  return { service, lives, infos, gone, states, reached };
}

describe('Service', () => {
  it('becomes ready, and starts again at once after the first exit', async () => {
    const { service, lives, states, reached, gone } = stage();
    await service.start();
    expect(service.info).toMatchObject({ state: 'ready', pid: 101, detail: 'here', restarts: 0 });
    lives[0]?.end({ signal: 'SIGKILL' });
    await reached('ready', 2);
    expect(service.info).toMatchObject({ state: 'ready', pid: 102, restarts: 1, finding: null });
    expect(states()).toEqual(['starting', 'ready', 'starting', 'ready']);
    expect(gone).toEqual(['gateway was ended by SIGKILL']);
    await service.stop(10);
  });

  it('waits from the second exit on, says why and when it comes back, and a restart cuts the wait short', async () => {
    const { service, lives, reached } = stage();
    await service.start();
    lives[0]?.end({ code: 1 });
    await reached('ready', 2);
    lives[1]?.end({ code: 1, lines: ['out of cheese'] });
    await reached('backoff');
    expect(service.info.pid).toBeNull();
    expect(service.info.finding?.message).toBe('gateway exited with code 1\nout of cheese');
    expect(service.info.retryAt).toBeGreaterThan(Date.now());
    await service.restart();
    expect(service.info).toMatchObject({ state: 'ready', pid: 103, retryAt: null, finding: null });
    await service.stop(10);
  });

  it('fails after five exits, and a restart brings it back with a clean slate', async () => {
    const fail = () => Promise.reject(new HubError('BROWSER_FAILED', 'exit 21', 'mend it'));
    const { service, reached } = stage([fail, fail, fail, fail, fail]);
    await service.start();
    await reached('failed');
    expect(service.info.finding).toEqual({ message: 'exit 21', fix: 'mend it' });
    await service.restart();
    expect(service.info.state).toBe('ready');
    await service.stop(10);
  });

  it('gives up at once where waiting is no use, and only at the first start', async () => {
    const taken = () => Promise.reject(new HubError('PORT_TAKEN', 'taken by pid 7', 'kill 7'));
    const first = stage([taken]);
    await expect(first.service.start()).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: 'taken by pid 7',
    });
    expect(first.service.info.state).toBe('failed');

    const later = stage([() => Promise.resolve(), taken]);
    await later.service.start();
    later.lives[0]?.end({ code: 1 });
    await later.reached('ready', 2);
    await later.service.stop(10);
  });

  it('stops with the grace it is given, and starts no other life', async () => {
    const { service, lives, states } = stage();
    await service.start();
    await service.stop(1234);
    expect(lives[0]?.stopped).toEqual([1234]);
    expect(lives).toHaveLength(1);
    expect(states()).toEqual(['starting', 'ready', 'stopping', 'exited']);
  });

  it('stops out of a back-off without waiting for its end', async () => {
    const fail = () => Promise.reject(new HubError('BROWSER_FAILED', 'no', 'no'));
    const { service, reached } = stage([fail, fail, fail, fail, fail]);
    await service.start();
    await reached('failed');
    await service.stop(10);
    expect(service.info.state).toBe('exited');
  });

  it('is degraded by a finding and ready again without it', async () => {
    const { service, states } = stage();
    await service.start();
    service.degrade({ message: 'silent', fix: 'wait' });
    expect(service.info).toMatchObject({ state: 'degraded', finding: { message: 'silent' } });
    service.degrade(null);
    expect(states()).toEqual(['starting', 'ready', 'degraded', 'ready']);
    await service.stop(10);
    service.degrade({ message: 'late', fix: '' });
    expect(service.info.state).toBe('exited');
  });
});

it('stops watching what somebody else started, without ending it', async () => {
  const exited = new Promise<Exit>(() => {});
  const stops: number[] = [];
  const running: Running = {
    pid: null,
    detail: 'elsewhere',
    attached: true,
    exited,
    stop: async (ms) => void stops.push(ms),
    kill: () => {},
  };
  const hooks = {
    onChange: () => {},
    onReady: () => {},
    onGone: () => {},
    log: () => {},
    isFatal: () => false,
  };
  const clock = { now: () => performance.now(), wall: () => Date.now() };
  const service = new Service(
    { name: 'browser', detail: '', start: async () => running },
    { clock, ...hooks },
  );
  await service.start();
  expect(service.info.state).toBe('attached');
  await expect(service.restart()).rejects.toMatchObject({ code: 'CONTROL' });
  await service.stop(5);
  expect([service.info.state, stops]).toEqual(['exited', [5]]);
});
