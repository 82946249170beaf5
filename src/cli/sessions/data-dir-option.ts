/** The option as a command needs it that is shown to be pasted, with a space in front; nothing where none was given. */
export function dataDirOption(dataDir: string | undefined): string {
  if (dataDir === undefined) return '';
  const isPlain = /^[\w.:/\\-]+$/.test(dataDir);
  return ` --data-dir ${isPlain ? dataDir : `'${dataDir.replaceAll("'", "'\\''")}'`}`;
}
