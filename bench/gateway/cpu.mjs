import { check, figure, heading, median, table } from '../measure.mjs';
import { load, target } from './ask.mjs';
import { cpuSeconds } from './subjects.mjs';
import { WORKS } from './works.mjs';

const TURNS = Number(process.env.BENCH_TURNS ?? 15);
/** Others than the two that are compared are asked in every one of so many turns. */
const SELDOM = 5;

/** CPU for a unit of each work, of processes that have been at work for a minute or two. `compared`: who is asked in each turn. */
export async function cpuPerUnit(subjects, host, compared) {
  heading(
    'The gateway: CPU for a unit of work',
    `CPU of the process in the middle, user and system, as the kernel counts it, on a core of its own; client and host have ` +
      `another. ${TURNS} short turns, each work after all of them to warm up. Perigee with a key, conform and argument validation on; ` +
      'the burst ends in a call in native markers, which Perigee takes apart. × (a) is the ratio to the bare proxy, of the medians and of the lower quarters.',
  );
  const [base] = compared;
  for (const work of Object.values(WORKS)) {
    for (let turn = 0; turn < work.warm; turn++) {
      for (const name of compared) await ask(subjects[name], work, host, name);
    }
  }
  for (const [title, work] of Object.entries(WORKS)) {
    const cpu = {};
    for (let turn = 0; turn < TURNS; turn++) {
      for (const name of inTurn(subjects, work, compared, turn)) {
        (cpu[name] ??= []).push(await ask(subjects[name], work, host, name));
      }
    }
    table(
      [title, `CPU µs/${work.unit}`, '× (a)', 'lower quarter', '× (a)', 'lowest to highest', 'aim × (a)'],
      Object.keys(subjects)
        .filter((name) => cpu[name])
        .map((name) => [
          name,
          median(cpu[name]),
          median(cpu[name]) / median(cpu[base]),
          lowerQuarter(cpu[name]),
          lowerQuarter(cpu[name]) / lowerQuarter(cpu[base]),
          `${figure(Math.min(...cpu[name]))} to ${figure(Math.max(...cpu[name]))}`,
          name === 'Perigee' ? work.aim : '',
        ]),
    );
  }
}

/** Who is asked in a turn, every other time the other way round: whoever comes second finds the caches of the first. */
function inTurn(subjects, work, compared, turn) {
  const others = Object.keys(subjects).filter((name) => {
    const cannot = subjects[name].streams === false && (work.load.stream || work.load.agent);
    return !compared.includes(name) && !cannot;
  });
  const all = turn % SELDOM === 0 ? [...compared, ...others] : compared;
  return turn % 2 === 0 ? all : [...all].reverse();
}

/** CPU microseconds for a unit. */
async function ask(subject, work, host, name) {
  const before = await cpuSeconds(subject.child.pid);
  const result = await load({ ...work.load, ...target(subject, host) });
  check(work.expect.test(result.sample), `${name} answered ${result.sample.slice(0, 300)}`);
  return (((await cpuSeconds(subject.child.pid)) - before) * 1e6) / work.units;
}

function lowerQuarter(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)];
}
