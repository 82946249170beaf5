import { CLIENTS, placesOf, type System } from '../../connect/index.ts';
import { textWidth } from '../terminal/text.ts';
import { shortened } from './show.ts';

const PROTOCOLS = { chat: 'Chat', messages: 'Messages', responses: 'Responses' } as const;

/** Every client that there is a set-up for: what it speaks, where its file lies, and the version that was read. */
export function showList(system: System): string {
  const rows = CLIENTS.map((client) => {
    const [main] = placesOf(client.files, system, undefined) ?? ['--config FILE'];
    const place = client.files.length === 0 ? 'by hand' : shortened(main ?? '', system.home);
    const found = main !== undefined && client.files.length > 0 && system.exists(main) ? 'yes' : '';
    return [client.id, client.name, PROTOCOLS[client.protocol], place, found, client.version];
  });
  const table = [['CLIENT', 'NAME', 'PROTOCOL', 'FILE', 'THERE', 'MADE FOR'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => textWidth(row[column]!))));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - textWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
