// Where a server that listens on an address is reached from this machine, as the host part of a URL.

/** An address that stands for all of them is no address to connect to. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
