import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const FOLDER = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** A value out of a YAML file; what it is, the test says that looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: a type of each file would say again what the file says
export type Value = any;

/** The text of a file of `deploy/`. */
export function textOf(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8');
}

/** The paths of all files in `deploy/`. */
export function allFiles(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.env')
    .map(({ parentPath, name }) => join(parentPath, name).slice(FOLDER.length))
    .sort();
}

/** The documents of a YAML file, aliases and merged maps in place. Throws for what is no YAML. */
export function documentsOf(path: string): Value[] {
  const documents = parseAllDocuments(textOf(path), { merge: true });
  return [...documents].map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]!.message}`);
    return document.toJS() as Value;
  });
}

/** The only document of a YAML file. */
export function yamlOf(path: string): Value {
  const documents = documentsOf(path);
  if (documents.length !== 1) throw new Error(`${path} has ${documents.length} documents`);
  return documents[0]!;
}

/** All manifests for Kubernetes. */
export function manifests(): Value[] {
  const names = allFiles().filter((path) => path.startsWith('kubernetes/'));
  return names.flatMap(documentsOf).filter((document) => document.kind !== undefined);
}

/** The manifest of a kind and name. */
export function manifest(kind: string, name: string): Value {
  const found = manifests().filter((each) => each.kind === kind && each.metadata?.name === name);
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`);
  return found[0]!;
}

/** The first group of each match. */
export function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group!);
}
