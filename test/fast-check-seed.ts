import fc from 'fast-check';

/**
 * The same cases every time, so that a red run is the fault of the change it stands on. To search for new ones:
 * `FC_SEED=random npx vitest run test/formats`; what is found goes into the test as an example.
 */
const wanted = process.env['FC_SEED'];
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted ?? 20261125) });
