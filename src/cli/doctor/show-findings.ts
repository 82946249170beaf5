import type { Colors } from 'picocolors/types.js';
import { plural } from '../terminal/screen.ts';
import { printable } from '../terminal/text.ts';
import type { Finding } from './finding.ts';

/** The findings for people: a line for each, what to do below it, and a last line that sums up. */
export function showFindings(findings: readonly Finding[], colors: Colors): string {
  const hosts = new Set(findings.flatMap(({ host }) => host ?? []));
  const title = ({ check, host }: Finding) =>
    host !== undefined && hosts.size > 1 ? `${check} (${host})` : check;
  const width = Math.max(...findings.map((finding) => title(finding).length));
  const marks = { ok: colors.green('✓'), warn: colors.yellow('!'), fail: colors.red('✗') };
  const lines = findings.flatMap((finding) => {
    const { status, found, advice } = finding;
    const line = `${marks[status]} ${printable(`${title(finding).padEnd(width)}  ${found}`)}`;
    return advice === undefined ? [line] : [line, `  ${' '.repeat(width)}  → ${printable(advice)}`];
  });
  return `${lines.join('\n')}\n\n${summary(findings)}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (failed > 0)
    return `${plural(failed, 'thing')} must be put right${warned > 0 ? `, ${plural(warned, 'thing')} to look at` : ''}.`;
  return warned > 0 ? `It works, with ${plural(warned, 'thing')} to look at.` : 'All is well.';
}
