/** Time as the pure cores see it: handed in, so that a test decides what time it is. */
export interface Clock {
  /** Milliseconds of a monotonic clock: for durations and deadlines, never shown. */
  now(): number;
  /** Milliseconds since the epoch: for what people read, never for durations. */
  wall(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
