import { afterAll, vi } from 'vitest';

/** Set-up file of the projects whose files share their worker processes: no file leaves a false clock or environment to the next. */
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
