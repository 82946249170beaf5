import { command, table } from '../measure.mjs';
import { path } from './setting.mjs';

const KILLS = process.env.BENCH_KILLS ?? '100';
const STEPS = process.env.BENCH_KILLED_STEPS ?? '500';
const PROGRAM = path('../../test/durable/run-kills.mjs');

/** How often a run can be killed. */
export async function kills() {
  console.log('### Kills survived\n');
  console.log(
    'SIGKILL of a process that works on a session, by the programs of `test/durable/run-kill*`. Every effect is a line in a file; ' +
      'the books balance each call that the model made against its record and these lines.\n',
  );
  const random = JSON.parse((await command(process.execPath, [PROGRAM, 'random', KILLS, STEPS])).stdout);
  const each = JSON.parse((await command(process.execPath, [PROGRAM, 'each'])).stdout);
  const rows = [
    row(`${random.steps} steps, killed at random, ${random.cuts} cuts of the prompt`, random.kills, [random]),
    row('a run for each record, killed before it and after it', each.killed.length, each.killed),
    row('a run whose processes live for one record each', each.everyLife.lives - 1, [each.everyLife]),
  ];
  table(
    [
      '',
      'kills',
      'calls',
      'effects',
      'flagged unverified',
      'made up for',
      'lost',
      'twice',
      'books that differ',
    ],
    rows,
  );
}

function row(name, kills, books) {
  const sum = (of) => books.reduce((total, book) => total + of(book), 0);
  const wrong = ({ misjudged, unanswered, nobodys, untold, neverLooked, difference }) =>
    [misjudged, unanswered, nobodys, untold, neverLooked].some((list) => list.length > 0) ||
    difference !== null;
  return [
    name,
    kills,
    sum(({ calls }) => calls),
    sum(({ effects }) => effects),
    sum(({ flagged }) => flagged.length),
    sum(({ madeUpFor }) => madeUpFor),
    sum(({ lost }) => lost.length),
    sum(({ twice }) => twice.length),
    books.filter(wrong).length,
  ];
}
