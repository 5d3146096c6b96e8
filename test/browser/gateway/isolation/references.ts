/**
 * What the probes come to on Chrome itself, and in the hub without isolation: the proof that they can fail. It is
 * not the hub that they test, so `npm test` leaves them to `npm run test:full`.
 */
export const REFERENCES = process.env.CDP_HUB_TEST_FULL === '1';
