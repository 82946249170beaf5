import { cutTo, printable, textWidth } from './text.ts';

/**
 * Rows of cells under each other, two spaces between the columns. Columns in `right` hold figures. A row may have fewer
 * cells: its last one makes no column wide. Lines that are longer than `columns` are cut.
 */
export function table(
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
  right: readonly number[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      if (column === row.length - 1 && !right.includes(column)) return;
      widths[column] = Math.max(widths[column] ?? 0, textWidth(printable(cell)));
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = printable(cell);
      const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(text)));
      return right.includes(column) ? space + text : text + space;
    });
    return cutTo(cells.join('  ').trimEnd(), columns);
  });
}
