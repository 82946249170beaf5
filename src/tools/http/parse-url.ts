/** A URL by the URL standard, undefined for what is none. Node 20 has no `URL.parse`. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
