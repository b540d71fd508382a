// Where on the page the reader is, kept in the address, so that links and the back button work.
import { useSyncExternalStore } from 'react';

export type PageName = 'pictures' | 'try' | 'events' | 'stats' | 'files';

export interface Route {
  page: PageName;
  /** Shown large, over any page. */
  picture: number | undefined;
}

const PATHS: Partial<Record<string, PageName>> = { '/events/history': 'events', '/events/stats': 'stats', '/files': 'files' };

/** Some pages have a path; `#try` is one without, `#picture/12` a picture on any of them, and everything else is the pictures. */
export function parseRoute(path: string, hash: string): Route {
  const id = Number(hash.match(/^#picture\/(\d{1,15})$/)?.[1]);
  return { page: PATHS[path] ?? (hash === '#try' ? 'try' : 'pictures'), picture: id > 0 ? id : undefined };
}

export function useRoute(): Route {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return parseRoute(
    path,
    useSyncExternalStore(subscribe, () => location.hash),
  );
}

/** What stands behind the `?` of the address: filters and the place in a list. */
export function useSearch(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, () => location.search));
}

/**
 * Asks for something else on the same page; undefined takes a name out of the address.
 * @param step whether the back button leads back to what was asked before
 */
export function changeSearch(changes: Record<string, string | undefined>, step = true): void {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) search.set(name, value);
    else search.delete(name);
  }
  const address = search.size > 0 ? `${location.pathname}?${search}` : location.pathname;
  if (step) enter(address);
  else replace(address);
}

/** To another page, without loading this one anew. */
export function enter(address: string): void {
  history.pushState(null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
}

export function openPicture(id: number): void {
  location.hash = `picture/${id}`;
}

/** To the neighbour of an opened picture: closing it afterwards leads back to the list in one step. */
export function switchPicture(id: number): void {
  replace(`#picture/${id}`);
}

export function closePicture(): void {
  replace(location.pathname + location.search);
}

function replace(address: string): void {
  history.replaceState(null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener('hashchange', listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener('hashchange', listener);
  };
}
