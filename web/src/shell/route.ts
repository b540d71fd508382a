// Where on the page the reader is, kept in the address after the #, so that links and the back button work.
import { useSyncExternalStore } from 'react';

export type Route = { page: 'pictures'; picture: number | undefined } | { page: 'try' };

/** `#try`, `#picture/12`, and everything else is the pictures. */
export function parseRoute(hash: string): Route {
  if (hash === '#try') return { page: 'try' };
  const id = Number(hash.match(/^#picture\/(\d{1,15})$/)?.[1]);
  return { page: 'pictures', picture: id > 0 ? id : undefined };
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

export function openPicture(id: number): void {
  location.hash = `picture/${id}`;
}

/** To the neighbour of an opened picture: closing it afterwards leads back to the list in one step. */
export function switchPicture(id: number): void {
  replace(`#picture/${id}`);
}

export function closePicture(): void {
  replace(location.pathname);
}

function replace(address: string): void {
  history.replaceState(null, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
